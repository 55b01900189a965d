/**
 * JANDI, by an incoming webhook; by one of a team, `to` is the mail address of a member. support.jandi.com:
 * "Receiving Incoming Webhooks", "Team Incoming Webhook".
 */
import type { Envelope, Notifier, Words } from "../../ports/notifier.ts";
import { notifierOf } from "./chat.ts";
import { isGood, refusal, send } from "./http.ts";
import { clean, cut, encoded, flat, soften } from "./text.ts";

const who = "jandi";
const most = { title: 400, paragraph: 3000, facts: 2000 } as const;

export function jandi(address: () => Promise<string>): Notifier {
  return notifierOf({
    async post(envelope, signal) {
      const headers = { accept: "application/vnd.tosslab.jandi-v2+json" };
      const answer = await send(who, { url: await address(), headers, json: look(envelope) }, signal);
      if (!isGood(answer)) throw refusal(who, answer);
      return undefined;
    },
  });
}

const colours: Readonly<Record<Words["tone"], string>> = {
  ask: "#F2A900",
  good: "#2E7D32",
  bad: "#C62828",
  plain: "#607D8B",
};

function look({ to, words: { title, paragraphs, facts, link, tone } }: Envelope) {
  const [first = "", ...rest] = paragraphs.map((text) => clean(text).trim());
  const text = [first, ...rest].filter((part) => part !== "").join("\n\n");
  const lines = facts.map(({ name, value }) => `${flat(name)}: ${flat(value)}`).join("\n");
  const headline = encoded(flat(title), most.title, soften);
  return {
    ...(to === "" ? {} : { email: to }),
    body:
      link === undefined
        ? headline
        : `${headline}\n[${cut(soften(flat(link.label)), 200)}](${parenthesised(link.url)})`,
    connectColor: colours[tone],
    connectInfo: [{ title: encoded(text, most.paragraph, soften), description: encoded(lines, most.facts, soften) }],
  };
}

function parenthesised(url: string): string {
  return new URL(url).href.replaceAll("(", "%28").replaceAll(")", "%29");
}
