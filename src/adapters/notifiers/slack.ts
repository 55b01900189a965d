/**
 * Slack, by `chat.postMessage` and `chat.update`. docs.slack.dev: "chat.postMessage", "Block Kit", "Rate limits".
 *
 * All words are `plain_text`, which Slack does not read for marks or mentions. Only the link is in its own markup.
 */
import type { Envelope, Notifier } from "../../ports/notifier.ts";
import { NotifyFailed } from "../../ports/notifier.ts";
import type { Answer } from "./http.ts";
import { isGood, refusal, send, textOf } from "./http.ts";
import { notifierOf } from "./chat.ts";
import { clean, cut, encoded, flat } from "./text.ts";

const who = "slack";
const most = { header: 150, section: 3000, field: 2000, fields: 10, text: 4000 } as const;

export function slack(api: string, token: () => Promise<string>): Notifier {
  const call = async (method: string, json: object, signal: AbortSignal): Promise<Answer> => {
    const headers = { authorization: `Bearer ${headerSafe(await token())}` };
    return send(who, { url: `${api}/${method}`, headers, json }, signal);
  };
  return notifierOf({
    async post(envelope, signal) {
      const answer = await call("chat.postMessage", { channel: envelope.to, ...look(envelope) }, signal);
      if (!isFine(answer)) throw refused(answer);
      const [channel, ts] = [textOf(answer.json, "channel"), textOf(answer.json, "ts")];
      return channel === undefined || ts === undefined ? undefined : `${channel}/${ts}`;
    },
    async change(envelope, ref, signal) {
      const answer = await call("chat.update", { ...placeOf(ref), ...look(envelope) }, signal);
      if (isFine(answer)) return "changed";
      if (gone.has(textOf(answer.json, "error") ?? "")) return "gone";
      throw refused(answer);
    },
    async answer(envelope, ref, signal) {
      const { channel, ts } = placeOf(ref);
      const { text } = look(envelope);
      const answer = await call("chat.postMessage", { channel, thread_ts: ts, text, ...quiet }, signal);
      if (!isFine(answer)) throw refused(answer);
    },
  });
}

/** Nothing is looked up on the web, and no name becomes a mention. */
const quiet = { parse: "none", mrkdwn: false, link_names: false, unfurl_links: false, unfurl_media: false } as const;

const gone = new Set(["message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"]);

/** About the address or the message; asking again changes nothing. */
const hopeless = new Set([
  "channel_not_found",
  "user_not_found",
  "is_archived",
  "not_in_channel",
  "restricted_action",
  "cannot_dm_bot",
  "messages_tab_disabled",
  "msg_too_long",
  "msg_blocks_too_long",
  "invalid_blocks",
  "no_text",
]);

/** The rest: a token, a limit, a fault of Slack. */
function refused(answer: Answer): NotifyFailed {
  const code = textOf(answer.json, "error");
  return refusal(who, answer, code, code !== undefined && hopeless.has(code));
}

function isFine(answer: Answer): boolean {
  return isGood(answer) && answer.json["ok"] === true;
}

function placeOf(ref: string): { readonly channel: string; readonly ts: string } {
  const [channel = "", ts = ""] = ref.split("/");
  return { channel, ts };
}

function look({ words: { title, paragraphs, facts, link } }: Envelope) {
  const plain = (text: string, length: number) =>
    ({ type: "plain_text", text: cut(text, length), emoji: false }) as const;
  const shown = paragraphs.map(clean).filter((text) => text.trim() !== "");
  const pairs = facts
    .slice(0, most.fields)
    .map(({ name, value }) => plain(`${flat(name)}: ${flat(value)}`, most.field));
  const blocks = [
    { type: "header", text: plain(flat(title), most.header) },
    ...shown.slice(0, 20).map((text) => ({ type: "section", text: plain(text, most.section) })),
    ...(pairs.length === 0 ? [] : [{ type: "section", fields: pairs }]),
    ...(link === undefined
      ? []
      : [{ type: "section", text: { type: "mrkdwn", text: linkText(link), verbatim: true } }]),
  ];
  return { text: encoded(flat(title), most.text, escape), blocks, ...quiet };
}

function linkText({ label, url }: { readonly label: string; readonly url: string }): string {
  // `|` and `>` end an address; as parts of a URL they are written in percent.
  const address = escape(new URL(url).href).replaceAll("|", "%7C");
  return `<${address}|${escape(flat(label)).replaceAll("|", "")}>`;
}

/** The three characters with which Slack's markup begins. */
function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** @throws {NotifyFailed} without the value: it is a secret */
export function headerSafe(value: string): string {
  if (/^[\u0021-\u007e]{1,4096}$/.test(value)) return value;
  throw new NotifyFailed("a secret has characters in it that no header can carry");
}
