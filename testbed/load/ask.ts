/** One request, sent once. */
import { request } from "node:http";
import type { Agent, IncomingMessage } from "node:http";

import type { FailureKind } from "./result.ts";

export interface Question {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Missing: a connection of its own. */
  readonly agent: Agent | undefined;
  readonly limitMilliseconds: number;
}

export interface Answer {
  /** Missing: all is well. */
  readonly failure?: FailureKind;
  readonly release?: string;
  readonly host?: string;
  readonly setCookies: readonly string[];
}

class OverTheLimit extends Error {}

/** Never rejects: what went wrong is in the answer. */
export function ask({ url, method, path, headers, agent, limitMilliseconds }: Question): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const sent = request(new URL(path, url), { method, headers, agent: agent ?? false }, (response) => {
    const who = whoAnswered(response);
    const failed = (failure: FailureKind): void => resolve({ ...who, failure });
    response.resume();
    response.on("error", (error) => failed(error instanceof OverTheLimit ? "timeout" : "cut short"));
    response.once("close", () => failed("cut short"));
    response.once("end", () => {
      const { statusCode = 0, complete } = response;
      if (!complete) failed("cut short");
      else if (statusCode < 200 || statusCode > 299) failed(`status ${statusCode}`);
      else resolve(who);
    });
  });
  // Node's own timeout counts silence only; an answer that trickles is late, too.
  const limit = setTimeout(() => sent.destroy(new OverTheLimit()), limitMilliseconds);
  sent.on("error", (error) => resolve({ failure: failureOf(error, sent.reusedSocket), setCookies: [] }));
  sent.once("close", () => clearTimeout(limit));
  sent.end();
  return promise;
}

function whoAnswered({ headers }: IncomingMessage): Answer {
  const { "x-release": release, "x-host": host, "set-cookie": setCookies = [] } = headers;
  return {
    setCookies,
    ...(typeof release === "string" ? { release } : {}),
    ...(typeof host === "string" ? { host } : {}),
  };
}

export function failureOf(error: Error & { code?: string }, reused = false): FailureKind {
  if (error instanceof OverTheLimit) return "timeout";
  switch (error.code) {
    case "ECONNREFUSED":
      return "refused";
    case "ECONNRESET":
    case "EPIPE":
      return reused ? "reset on a reused connection" : "reset";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "unreachable";
    case "ETIMEDOUT":
      return "timeout";
    default:
      return `other: ${error.code ?? error.message}`;
  }
}
