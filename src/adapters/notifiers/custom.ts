/** A webhook of one's own: JSON with places that are filled in. */
import type { Channel, Json } from "../../core/channel.ts";
import type { Envelope, Notifier } from "../../ports/notifier.ts";
import { notifierOf } from "./chat.ts";
import { isGood, refusal, send } from "./http.ts";
import { headerSafe } from "./slack.ts";
import { cut, flat, plainBody } from "./text.ts";

type Settings = Extract<Channel, { kind: "custom" }>;

const who = "custom";
const most = { title: 300, text: 8000 } as const;

export function custom({ headers, body, url }: Settings, secret: (name: string) => Promise<string>): Notifier {
  return notifierOf({
    async post(envelope, signal) {
      const own: Record<string, string> = {};
      for (const [name, value] of Object.entries(headers)) own[name] = headerSafe(await secret(value));
      const answer = await send(
        who,
        { url: await secret(url), headers: own, json: filled(body, placesOf(envelope)) },
        signal,
      );
      if (!isGood(answer)) throw refusal(who, answer);
      return undefined;
    },
  });
}

function placesOf({ to, words, thread, key }: Envelope): Readonly<Record<string, string>> {
  const { title, link, tone } = words;
  const text = cut(plainBody(words), most.text);
  return { title: cut(flat(title), most.title), text, link: link?.url ?? "", tone, to, thread, key };
}

/** Fills texts in the parsed JSON, once: what is filled in is not looked at again, and cannot leave its text. */
function filled(json: Json, places: Readonly<Record<string, string>>): Json {
  if (typeof json === "string")
    return json.replace(/\{\{(\w+)\}\}/g, (whole, name: string) =>
      Object.hasOwn(places, name) ? places[name]! : whole,
    );
  if (Array.isArray(json)) return json.map((part: Json) => filled(part, places));
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, filled(value as Json, places)]));
}
