/** Discord, by a webhook. discord.com/developers/docs: "Webhook", "Embed limits", "Rate limits". */
import type { Envelope, Notifier, Words } from "../../ports/notifier.ts";
import { notifierOf } from "./chat.ts";
import { isGood, refusal, send, textOf, type Answer } from "./http.ts";
import { clean, cut, encoded, flat } from "./text.ts";

const who = "discord";
/** Together with title and link they stay below the 6,000 that one message may have. */
const most = { title: 256, description: 2500, name: 80, value: 250, fields: 8, answer: 400 } as const;

export function discord(address: () => Promise<string>): Notifier {
  const url = async (path: string, query: string): Promise<string> => {
    const webhook = (await address()).trim().replace(/[/?#]+$/, "");
    return `${webhook}${path}${query}`;
  };
  return notifierOf({
    async post(envelope, signal) {
      const answer = await send(who, { url: await url("", "?wait=true"), json: look(envelope) }, signal);
      if (!isGood(answer)) throw refused(answer);
      const id = textOf(answer.json, "id");
      return id !== undefined && /^\d{1,25}$/.test(id) ? id : undefined;
    },
    async change(envelope, ref, signal) {
      const request = { url: await url(`/messages/${ref}`, ""), method: "PATCH", json: look(envelope) } as const;
      const answer = await send(who, request, signal);
      if (isGood(answer)) return "changed";
      // 10008 is a message that somebody has deleted; the webhook itself may be gone as well.
      if (answer.status === 404 && answer.json["code"] === 10_008) return "gone";
      throw refused(answer);
    },
    async answer({ words }, _ref, signal) {
      const json = { content: encoded(flat(words.title), most.answer, escape), ...quiet };
      const answer = await send(who, { url: await url("", "?wait=true"), json }, signal);
      if (!isGood(answer)) throw refused(answer);
    },
  });
}

/** Nobody is mentioned, whatever stands in the words. */
const quiet = { allowed_mentions: { parse: [] } } as const;

const colours: Readonly<Record<Words["tone"], number>> = {
  ask: 0xf2_a9_00,
  good: 0x2e_7d_32,
  bad: 0xc6_28_28,
  plain: 0x60_7d_8b,
};

function look({ words: { title, paragraphs, facts, link, tone } }: Envelope) {
  const shown = paragraphs.map((text) => clean(text).trim()).join("\n\n");
  const embed = {
    title: encoded(flat(title), most.title, escape),
    description: encoded(shown, most.description, escape),
    color: colours[tone],
    fields: facts.slice(0, most.fields).map(({ name, value }) => ({
      name: encoded(flat(name), most.name, escape),
      value: encoded(flat(value), most.value, escape),
      inline: true,
    })),
    ...(link === undefined ? {} : { url: new URL(link.url).href, footer: { text: cut(flat(link.label), 100) } }),
  };
  return { embeds: [embed], ...quiet };
}

/** Discord takes a backslash before any of its marks. */
function escape(text: string): string {
  return text.replace(/[\\*_~`|<>[\]()#@:-]/g, String.raw`\$&`);
}

function refused(answer: Answer) {
  return refusal(who, answer, typeof answer.json["code"] === "number" ? `code ${answer.json["code"]}` : undefined);
}
