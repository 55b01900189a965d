/**
 * Requests to the services behind channels.
 *
 * Addresses come from the operator, by the configuration or as a secret, and may lie in a private network. What comes
 * back is never shown: a status, and an error code where a service has such codes.
 */
import { NotifyFailed } from "../../ports/notifier.ts";
import { isLoopback } from "./options.ts";

const limitMilliseconds = 15_000;
const mostAnswerBytes = 64 * 1024;

export interface Post {
  /** With its secrets in it; it is in no error. */
  readonly url: string;
  readonly method?: "POST" | "PATCH";
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly retryAfterMilliseconds: number | undefined;
  /** The body as JSON, and an empty object where it is none. */
  readonly json: Readonly<Record<string, unknown>>;
}

/**
 * Follows no redirect, since secrets would go along.
 *
 * @param who names the service in errors
 * @throws {NotifyFailed} when there is no answer
 */
export async function send(
  who: string,
  { url, method = "POST", headers, json, form }: Post,
  signal: AbortSignal,
): Promise<Answer> {
  const address = checked(who, url);
  const body = form === undefined ? JSON.stringify(json ?? {}) : new URLSearchParams(form).toString();
  const type = form === undefined ? "application/json; charset=utf-8" : "application/x-www-form-urlencoded";
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMilliseconds)]);
  try {
    const response = await fetch(address, {
      method,
      headers: { accept: "application/json", "content-type": type, "user-agent": "signalbox", ...headers },
      body,
      redirect: "manual",
      signal: limit,
    });
    const retryAfterMilliseconds = retryAfterOf(response.headers.get("retry-after"));
    return { status: response.status, retryAfterMilliseconds, json: await readJson(response) };
  } catch (error) {
    throw new NotifyFailed(`${who}: ${reasonOf(error, limit)}`);
  }
}

function checked(who: string, url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  const isSafe = address !== undefined && (address.protocol === "https:" || isLoopback(address.hostname));
  // Whoever puts the secret right makes it work, so it is tried again.
  if (!isSafe || address.username !== "") throw new NotifyFailed(`${who}: its address is not one of https://`);
  return address;
}

/** Without what `fetch` says itself: it may name the whole address. */
function reasonOf(error: unknown, limit: AbortSignal): string {
  if (limit.aborted) return "no answer in time";
  const cause = error instanceof Error ? (error.cause as { readonly code?: unknown } | undefined) : undefined;
  return typeof cause?.code === "string" && /^[A-Z_0-9]{1,60}$/.test(cause.code)
    ? `cannot be reached (${cause.code})`
    : "cannot be reached";
}

/** Seconds; dates are not used by any of the services. */
function retryAfterOf(header: string | null): number | undefined {
  return header !== null && /^\d{1,8}(?:\.\d{1,6})?$/.test(header) ? Math.ceil(Number(header) * 1000) : undefined;
}

async function readJson(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop ends the answer; more than this is no answer to a message.
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > mostAnswerBytes) return {};
    parts.push(part);
  }
  try {
    const read: unknown = JSON.parse(Buffer.concat(parts).toString("utf8"));
    return typeof read === "object" && read !== null ? (read as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

export function isGood({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

/**
 * What an answer that is not good means. What somebody can put right (a token, the address of a webhook) is tried
 * again; `code` is the service's own word for it.
 */
export function refusal(
  who: string,
  { status, retryAfterMilliseconds }: Answer,
  code?: string,
  never = false,
): NotifyFailed {
  const word = code === undefined ? "" : ` (${cleanCode(code)})`;
  if (status >= 300 && status < 400)
    return new NotifyFailed(`${who}: it answered with a redirect, which is not followed`);
  const isItsFault = status === 400 || status === 413 || status === 422;
  return new NotifyFailed(`${who}: it answered ${status}${word}`, {
    never: never || isItsFault,
    ...(retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds }),
  });
}

/** Codes are words; anything else that a service says is left out. */
function cleanCode(code: string): string {
  return /^[\w .:,'-]{1,80}$/.test(code) ? code : "no code";
}

export function textOf(json: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = Object.hasOwn(json, key) ? json[key] : undefined;
  return typeof value === "string" && value.length <= 200 ? value : undefined;
}
