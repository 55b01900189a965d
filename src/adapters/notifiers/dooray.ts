/** Dooray! messenger, by an incoming hook. helpdesk.dooray.com: "Incoming hook". */
import type { Envelope, Notifier, Words } from "../../ports/notifier.ts";
import { notifierOf } from "./chat.ts";
import { isGood, refusal, send } from "./http.ts";
import { clean, encoded, flat, soften } from "./text.ts";

const who = "dooray";
const most = { title: 400, text: 3000, facts: 2000 } as const;

export function dooray(address: () => Promise<string>): Notifier {
  return notifierOf({
    async post(envelope, signal) {
      const answer = await send(who, { url: await address(), json: look(envelope) }, signal);
      const header = answer.json["header"] as { readonly isSuccessful?: unknown } | undefined;
      if (!isGood(answer) || header?.isSuccessful === false) throw refusal(who, answer);
      return undefined;
    },
  });
}

const colours: Readonly<Record<Words["tone"], string>> = { ask: "orange", good: "green", bad: "red", plain: "gray" };

function look({ words: { title, paragraphs, facts, link, tone } }: Envelope) {
  const text = paragraphs.map((paragraph) => clean(paragraph).trim()).join("\n\n");
  const lines = facts.map(({ name, value }) => `${flat(name)}: ${flat(value)}`).join("\n");
  const headline = encoded(flat(title), most.title, soften);
  const details = { text: encoded(lines, most.facts, soften), color: colours[tone] };
  const attachment =
    link === undefined
      ? { title: headline, ...details }
      : { title: encoded(flat(link.label), 200, soften), titleLink: new URL(link.url).href, ...details };
  return { botName: "Signalbox", text: `${headline}\n${encoded(text, most.text, soften)}`, attachments: [attachment] };
}
