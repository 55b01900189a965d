/** Telegram, by a bot. core.telegram.org/bots/api: "sendMessage", "editMessageText", "ResponseParameters". */
import type { Envelope, Notifier } from "../../ports/notifier.ts";
import { NotifyFailed } from "../../ports/notifier.ts";
import { notifierOf } from "./chat.ts";
import { isGood, refusal, send, type Answer } from "./http.ts";
import { cut, flat, plainBody } from "./text.ts";

const who = "telegram";
/** A message has at most 4,096 UTF-16 units. */
const most = { title: 300, body: 3400, label: 100 } as const;

export function telegram(api: string, token: () => Promise<string>): Notifier {
  const call = async (method: string, json: object, signal: AbortSignal): Promise<Answer> => {
    const bot = await token();
    // The token is a part of the address.
    if (!/^\d{1,20}:[\w-]{1,100}$/.test(bot)) throw new NotifyFailed(`${who}: the secret is not a bot's token`);
    return send(who, { url: `${api}/bot${bot}/${method}`, json }, signal);
  };
  return notifierOf({
    async post(envelope, signal) {
      const answer = await call("sendMessage", { chat_id: envelope.to, ...look(envelope) }, signal);
      if (!isGood(answer)) throw refused(answer);
      const result = answer.json["result"] as { readonly message_id?: unknown } | undefined;
      return Number.isSafeInteger(result?.message_id) ? String(result!.message_id) : undefined;
    },
    async change(envelope, ref, signal) {
      const json = { chat_id: envelope.to, message_id: Number(ref), ...look(envelope) };
      const answer = await call("editMessageText", json, signal);
      if (isGood(answer) || describes(answer, "message is not modified")) return "changed";
      if (describes(answer, "message to edit not found") || describes(answer, "message can't be edited")) return "gone";
      throw refused(answer);
    },
    async answer({ words, to }, ref, signal) {
      const reply_parameters = { message_id: Number(ref), allow_sending_without_reply: true };
      const json = { chat_id: to, text: cut(unnamed(flat(words.title)), most.title), reply_parameters, ...quiet };
      const answer = await call("sendMessage", json, signal);
      if (!isGood(answer)) throw refused(answer);
    },
  });
}

const quiet = { link_preview_options: { is_disabled: true } } as const;

/** Plain text, in which only the title and the link are marked, by their places: nothing in it is read as markup. */
function look({ words }: Envelope) {
  const title = cut(unnamed(flat(words.title)), most.title);
  const body = cut(unnamed(plainBody(words)), most.body);
  const { link } = words;
  const start = `${title}\n\n${body}`;
  const bold = { type: "bold", offset: 0, length: title.length };
  if (link === undefined) return { text: start, entities: [bold], ...quiet };
  const label = cut(flat(link.label), most.label);
  const linked = { type: "text_link", offset: start.length + 2, length: label.length, url: new URL(link.url).href };
  return { text: `${start}\n\n${label}`, entities: [bold, linked], ...quiet };
}

/** Telegram makes mentions and commands of words after `@`, `#` and `/`; an invisible space after them prevents it. */
function unnamed(text: string): string {
  return text.replace(/[@#/$](?=\w)/g, "$&\u200B");
}

function describes({ json }: Answer, words: string): boolean {
  return typeof json["description"] === "string" && json["description"].includes(words);
}

function refused(answer: Answer): NotifyFailed {
  const parameters = answer.json["parameters"] as { readonly retry_after?: unknown } | undefined;
  const seconds = parameters?.retry_after;
  const isAddress = answer.status === 403 || describes(answer, "chat not found");
  const retryAfterMilliseconds = typeof seconds === "number" ? seconds * 1000 : answer.retryAfterMilliseconds;
  return refusal(who, { ...answer, retryAfterMilliseconds }, undefined, isAddress);
}
