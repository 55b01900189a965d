/** What is asked of a service, how often, and by whom. */

export interface LoadOptions {
  /** Where users come in, e.g. `http://10.0.0.5:8080`; of several each takes the next in turn. */
  readonly url: string | readonly string[];
  readonly perSecond: number;
  /** Parts of each kind of request: `GET /`, `GET /slow`, `POST /orders`. */
  readonly mix?: Readonly<Record<RequestKind, number>>;
  /** The least and the most that a slow request asks for. */
  readonly slowMilliseconds?: readonly [number, number];
  /** Of the requests, from 0 to 1: those on kept-alive connections. Each other one has a connection of its own. */
  readonly keptAlive?: number;
  /** Kept-alive connections that are open from the start, and mostly idle: those meet connections that close. */
  readonly connections?: number;
  /** People with a cookie jar each, who wait for an answer before they ask again. */
  readonly users?: number;
  /** Of the requests, from 0 to 1: those of users. The others are of strangers without cookies. */
  readonly ofUsers?: number;
  /** Held open all the time. */
  readonly webSockets?: number;
  /** An answer that takes longer counts as failed. */
  readonly limitMilliseconds?: number;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The name of the first phase. */
  readonly phase?: string;
}

export type RequestKind = "quick" | "slow" | "post";

export type CompleteOptions = Required<Omit<LoadOptions, "url">> & { readonly urls: readonly string[] };

export function complete({ url, ...options }: LoadOptions): CompleteOptions {
  const urls = typeof url === "string" ? [url] : url;
  if (urls.length === 0) throw new Error("a load needs a url");
  if (!(options.perSecond > 0)) throw new Error("a load needs a rate of more than 0 per second");
  return {
    mix: { quick: 7, slow: 1, post: 2 },
    slowMilliseconds: [300, 1200],
    keptAlive: 0.5,
    connections: 20,
    users: 20,
    ofUsers: 0.5,
    webSockets: 0,
    limitMilliseconds: 10_000,
    headers: {},
    phase: "before",
    ...options,
    urls,
  };
}
