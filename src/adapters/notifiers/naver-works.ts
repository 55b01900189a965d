/**
 * NAVER WORKS, by a bot. developers.worksmobile.com: "Bot: Send message", "Service account authentication (JWT)".
 *
 * `to` is the id of a channel; `user:kim@example.com` is a member.
 */
import { createPrivateKey, sign } from "node:crypto";

import type { Channel } from "../../core/channel.ts";
import type { Envelope, Notifier } from "../../ports/notifier.ts";
import { NotifyFailed } from "../../ports/notifier.ts";
import { notifierOf } from "./chat.ts";
import { isGood, refusal, send, textOf, type Answer } from "./http.ts";
import { headerSafe } from "./slack.ts";
import { cut, encoded, flat, plainBody, soften } from "./text.ts";

type Settings = Extract<Channel, { kind: "naver-works" }>;

const who = "naver-works";
const most = { text: 2000, button: 20, contentText: 1000, title: 200 } as const;
/** Tokens hold a day; a new one is asked for in time, and whenever one is refused. */
const tokenMilliseconds = 60 * 60 * 1000;

export interface NaverWorksSecrets {
  clientSecret(): Promise<string>;
  privateKey(): Promise<string>;
  now(): number;
}

export function naverWorks(settings: Settings, secrets: NaverWorksSecrets): Notifier {
  let kept: { readonly token: string; readonly until: number } | undefined;
  const token = async (signal: AbortSignal): Promise<string> => {
    if (kept === undefined || kept.until <= secrets.now())
      kept = { token: await logIn(settings, secrets, signal), until: secrets.now() + tokenMilliseconds };
    return kept.token;
  };
  return notifierOf({
    async post(envelope, signal) {
      const headers = { authorization: `Bearer ${headerSafe(await token(signal))}` };
      const url = `${settings.api}/bots/${settings.bot}/${placeOf(envelope.to)}/messages`;
      const answer = await send(who, { url, headers, json: look(envelope) }, signal);
      if (answer.status === 401) kept = undefined;
      if (!isGood(answer)) throw refused(answer);
      return undefined;
    },
  });
}

function placeOf(to: string): string {
  const member = /^user:(.+)$/.exec(to)?.[1];
  return member === undefined ? `channels/${encodeURIComponent(to)}` : `users/${encodeURIComponent(member)}`;
}

/** One text, or a text with a button: the title and what is said first, and the rest below. */
function look({ words }: Envelope) {
  const whole = `${cut(flat(words.title), most.title)}\n\n${plainBody(words)}`;
  if (words.link === undefined) return { content: { type: "text", text: encoded(whole, most.text, soften) } };
  const action = { type: "uri", label: cut(flat(words.link.label), most.button), uri: new URL(words.link.url).href };
  return {
    content: { type: "button_template", contentText: encoded(whole, most.contentText, soften), actions: [action] },
  };
}

/** Shows with the private key who it is, and gets a token for the bot. */
async function logIn(
  { login, clientId, serviceAccount }: Settings,
  { clientSecret, privateKey, now }: NaverWorksSecrets,
  signal: AbortSignal,
): Promise<string> {
  const seconds = Math.floor(now() / 1000);
  const claims = { iss: clientId, sub: serviceAccount, iat: seconds, exp: seconds + 600 };
  const form = {
    assertion: signed(claims, await privateKey()),
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    client_id: clientId,
    client_secret: await clientSecret(),
    scope: "bot",
  };
  const answer = await send(who, { url: `${login}/token`, form }, signal);
  const token = answer.json["access_token"];
  if (isGood(answer) && typeof token === "string" && token.length <= 4096) return token;
  // A wrong key or secret can be put right, so it is tried again.
  const { message, retryAfterMilliseconds } = refusal(`${who}: the bot's login`, answer);
  throw new NotifyFailed(message, retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds });
}

function signed(claims: object, privateKey: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
  try {
    const key = createPrivateKey(privateKey);
    return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
  } catch {
    throw new NotifyFailed(`${who}: the secret is not a private key in PEM`);
  }
}

function refused(answer: Answer): NotifyFailed {
  const code = textOf(answer.json, "code");
  return refusal(who, answer, code, answer.status === 404);
}
