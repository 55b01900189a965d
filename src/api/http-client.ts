/** The client over HTTP: to a server with a token, or to the engine on this machine over its socket. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { request as overTcp } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import { request as overTls } from "node:https";
import path from "node:path";
import { pipeline } from "node:stream/promises";

import type { Recorded } from "../core/deployment.ts";
import { approvalClient } from "./approval-client.ts";
import { auditClient } from "./audit-client.ts";
import { freezeClient } from "./freeze-client.ts";
import { messageClient } from "./message-client.ts";
import type { Query } from "./calls.ts";
import { peopleClient } from "./people-client.ts";
import { Refused, ServerUnreachable } from "./client.ts";
import type { Client, LogLineView, Whose } from "./client.ts";
import { secretsClient } from "./secrets-client.ts";
import type { DeploymentView, FindingView, ProblemView } from "./views.ts";

/** Where the API is. */
export type ServerAddress = ({ readonly socket: string } | { readonly url: string }) & {
  readonly token?: string | undefined;
};

/** A broken event stream is taken up again after this. */
const reconnectMilliseconds = 1_000;

export function connect(address: ServerAddress): Client {
  const call = new Caller(address);
  const post = async <T>(route: string, body: unknown = {}): Promise<T> => call.json("POST", route, body);
  const get = async <T>(route: string, query: Query = {}): Promise<T> => call.json("GET", withQuery(route, query));
  const remove = async <T>(route: string): Promise<T> => call.json("DELETE", route);
  const text = (route: string, query: Query = {}): AsyncIterable<string> => call.text(withQuery(route, query));
  const calls = { get, post, remove, text };
  return {
    approvals: approvalClient(calls),
    audit: auditClient(calls),
    people: peopleClient(calls),
    freezes: freezeClient(calls),
    messages: messageClient(calls),
    secrets: secretsClient(calls),
    deploy: async (request) => post("/deployments", request),
    rollBack: async (request) => post("/rollbacks", request),
    restart: async (request) => post("/restarts", request),
    adopt: async (request) => post("/adoptions", request),
    plan: async (request) => post("/plans", request),
    pause: async (ref) => post(`/deployments/${ref}/pause`),
    resume: async (ref) => post(`/deployments/${ref}/resume`),
    abort: async (ref, reason) => post(`/deployments/${ref}/abort`, { reason }),
    promote: async (ref) => post(`/deployments/${ref}/promote`),
    override: async (ref, reason) => post(`/deployments/${ref}/override`, { reason }),
    endWatch: async (ref) => post(`/deployments/${ref}/end-watch`),
    deployment: async (ref) => get(`/deployments/${ref}`),
    deployments: async (filter) => get("/deployments", filter),
    journal: async (ref, after = 0) => get(`/deployments/${ref}/journal`, { after }),
    watch: (ref, { after = 0, signal }) => watch(call, ref, after, signal),
    stepLog: (ref, filter) => call.lines<LogLineView>(withQuery(`/deployments/${ref}/log`, filter)),
    status: async (filter) => get("/status", filter),
    serviceLog: ({ service, environment, host }, { lines, follow, signal }) =>
      call.lines<LogLineView>(withQuery(`/services/${service}/${environment}/log`, { host, lines, follow }), signal),
    traffic: async (filter) => get("/traffic", filter),
    doctor: (filter) => call.lines<FindingView>(withQuery("/doctor", filter)),
    syncHost: async (host) => post(`/hosts/${host}/sync`),
    takeOver: async (host, reason) => post(`/hosts/${host}/take-over`, { reason }),
    uploadArtifact: async (file) => {
      const { size } = await stat(file);
      return call.upload(withQuery("/artifacts", { name: path.basename(file) }), file, size);
    },
    applyConfiguration: async (text, file) => post("/configuration", { text, file }),
    backup: async (file) => post("/backups", { file }),
    signIn: async (request) => post("/sign-in", request),
    createToken: async (request, whose) => post(tokensOf(whose), request),
    tokens: async (whose) => get(tokensOf(whose)),
    revokeToken: async (name, whose) => call.json("DELETE", `${tokensOf(whose)}/${name}`),
    thaw: async () => post("/thaw"),
    close: async () => {},
  };
}

function tokensOf(whose: Whose): string {
  return whose === "me" ? "/my/tokens" : "/tokens";
}

function withQuery(route: string, query: Query): string {
  const given = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  return given.length === 0 ? route : `${route}?${new URLSearchParams(given).toString()}`;
}

/** Events from one on; a broken connection is taken up again, and nothing is said twice. */
async function* watch(call: Caller, ref: string, after: number, signal: AbortSignal): AsyncIterable<Recorded> {
  for (let seen = after; !signal.aborted;) {
    try {
      const stream = await call.open("GET", withQuery(`/deployments/${ref}/events`, { after: seen }), signal);
      for await (const line of linesOf(stream)) {
        if (!line.startsWith("data: ")) continue;
        const recorded = JSON.parse(line.slice("data: ".length)) as Recorded;
        seen = recorded.sequence;
        yield recorded;
        if (recorded.event.kind === "finished") return;
      }
      // Nothing more to come; otherwise the server stopped in the middle, and the next one goes on.
      if ((await call.json<DeploymentView>("GET", `/deployments/${ref}`)).finishedAt !== null) return;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused) throw error;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, reconnectMilliseconds);
    });
  }
}

/** HTTP requests to one server. */
class Caller {
  readonly #address: ServerAddress;

  constructor(address: ServerAddress) {
    this.#address = address;
  }

  async json<T>(method: string, route: string, body?: unknown): Promise<T> {
    const answer = await this.#send(
      method,
      route,
      async (request) => {
        request.end(body === undefined ? undefined : JSON.stringify(body));
      },
      body === undefined ? {} : { "content-type": "application/json" },
    );
    return JSON.parse(await textOf(answer)) as T;
  }

  async *lines<T>(route: string, signal?: AbortSignal): AsyncIterable<T> {
    const answer = await this.open("GET", route, signal);
    try {
      for await (const line of linesOf(answer)) if (line !== "") yield JSON.parse(line) as T;
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    }
  }

  async *text(route: string): AsyncIterable<string> {
    const answer = await this.open("GET", route);
    for await (const chunk of answer.setEncoding("utf8")) yield chunk as string;
  }

  async upload<T>(route: string, file: string, bytes: number): Promise<T> {
    const headers = { "content-type": "application/octet-stream", "content-length": bytes };
    const answer = await this.#send(
      "POST",
      route,
      async (request) => pipeline(createReadStream(file), request),
      headers,
    );
    return JSON.parse(await textOf(answer)) as T;
  }

  open(method: string, route: string, signal?: AbortSignal): Promise<IncomingMessage> {
    return this.#send(method, route, async (request) => void request.end(), {}, signal);
  }

  async #send(
    method: string,
    route: string,
    write: (request: ClientRequest) => Promise<void>,
    headers: Record<string, string | number>,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = this.#request(method, `/api/v1${route}`, headers, signal);
      request.once("response", resolve);
      request.once("error", (error) =>
        reject(new ServerUnreachable(`the server at ${this.#place()} could not be asked: ${error.message}`)),
      );
      write(request).catch(reject);
    });
    if ((answer.statusCode ?? 500) < 400) return answer;
    throw new Refused(problemFrom(await textOf(answer), answer.statusCode ?? 500));
  }

  #request(
    method: string,
    route: string,
    headers: Record<string, string | number>,
    signal?: AbortSignal,
  ): ClientRequest {
    const { token } = this.#address;
    const authorised = token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` };
    const common = { method, headers: authorised, ...(signal === undefined ? {} : { signal }) };
    if ("socket" in this.#address) return overTcp({ ...common, socketPath: this.#address.socket, path: route });
    const full = new URL(route, this.#address.url);
    return (full.protocol === "https:" ? overTls : overTcp)(full, common);
  }

  #place(): string {
    return "socket" in this.#address ? this.#address.socket : this.#address.url;
  }
}

async function textOf(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

async function* linesOf(stream: IncomingMessage): AsyncIterable<string> {
  let rest = "";
  for await (const chunk of stream.setEncoding("utf8")) {
    const lines = (rest + (chunk as string)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

function problemFrom(body: string, status: number): ProblemView {
  try {
    const problem = JSON.parse(body) as ProblemView;
    if (typeof problem.detail === "string") return problem;
  } catch {
    // Not ours: a proxy in between answered.
  }
  return {
    type: "about:blank",
    title: "HTTP",
    status,
    code: "SB-API-HTTP",
    detail: `the server answered ${status}: ${body.slice(0, 200)}`,
    next: null,
  };
}
