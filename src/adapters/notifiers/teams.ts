/**
 * Microsoft Teams, by a webhook of the Workflows app that posts a card. learn.microsoft.com: "Create incoming webhooks
 * with Workflows", "Adaptive Cards: RichTextBlock". It cannot be changed afterwards.
 */
import type { Envelope, Notifier, Words } from "../../ports/notifier.ts";
import { notifierOf } from "./chat.ts";
import { isGood, refusal, send } from "./http.ts";
import { clean, cut, flat } from "./text.ts";

const who = "teams";
/** A card has at most 28 KB; a character has up to three bytes of UTF-8, and JSON needs its own. */
const most = { title: 300, paragraphs: 4000, value: 300, facts: 10 } as const;

export function teams(address: () => Promise<string>): Notifier {
  return notifierOf({
    async post(envelope, signal) {
      const answer = await send(who, { url: await address(), json: look(envelope) }, signal);
      if (!isGood(answer)) throw refusal(who, answer);
      return undefined;
    },
  });
}

const colours: Readonly<Record<Words["tone"], string>> = {
  ask: "warning",
  good: "good",
  bad: "attention",
  plain: "default",
};

function look({ words: { title, paragraphs, facts, link, tone } }: Envelope) {
  const shown = cut(paragraphs.map((text) => clean(text).trim()).join("\n\n"), most.paragraphs).split("\n\n");
  const card = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body: [
      rich([{ ...run(cut(flat(title), most.title)), size: "large", weight: "bolder", color: colours[tone] }]),
      ...shown.filter((text) => text !== "").map((text) => rich([run(text)])),
      ...facts
        .slice(0, most.facts)
        .map(({ name, value }) =>
          rich([{ ...run(`${cut(flat(name), most.value)}: `), weight: "bolder" }, run(cut(flat(value), most.value))]),
        ),
    ],
    ...(link === undefined
      ? {}
      : { actions: [{ type: "Action.OpenUrl", title: cut(flat(link.label), 100), url: new URL(link.url).href }] }),
  };
  const attachment = { contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content: card };
  return { type: "message", attachments: [attachment] };
}

/** Of all the texts of a card, these alone are never read as Markdown. */
function rich(inlines: readonly object[]) {
  return { type: "RichTextBlock", inlines };
}

function run(text: string) {
  // `{{DATE(...)}}` is filled in by the card's reader.
  return { type: "TextRun", text: text.replaceAll("{{", "{\u200B{") };
}
