/** A server on loopback that stands for a chat: it checks what it gets, and answers as the chat's documentation says. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import type { Behaviour, NotifierUnderTest, ShownMessage } from "../../ports/notifier.contract.ts";
import type { Notifier } from "../../ports/notifier.ts";

/** What came, before anything has looked at it. */
export type Parsed = ReturnType<typeof JSON.parse>;

export interface ChatRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly json: Parsed;
  readonly form: URLSearchParams;
}

export interface ChatAnswer {
  readonly status?: number;
  readonly json?: unknown;
}

export interface ChatService {
  /** Throws when the request is not as the documentation wants it: that is answered with 400. */
  answer(request: ChatRequest, server: ChatServer): ChatAnswer;
  /** What `busy` looks like; a header `retry-after` without it. */
  readonly busy?: ChatAnswer;
  read(json: Parsed): ShownMessage;
}

export class ChatServer {
  readonly messages = new Map<string, Parsed>();
  /** Every request as it came, for tests that look at them. */
  readonly requests: ChatRequest[] = [];
  #behaviour: Behaviour = "well";
  #count = 0;
  readonly #service: ChatService;
  readonly #server = createServer((request, response) => void this.#take(request, response));

  constructor(service: ChatService) {
    this.#service = service;
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Keeps a new message, and gives it an id. */
  keep(json: unknown): string {
    this.#count += 1;
    this.messages.set(String(this.#count), json);
    return String(this.#count);
  }

  async behave(how: Behaviour): Promise<void> {
    this.#behaviour = how;
    if (how === "closed") await this.stop();
  }

  shown(): readonly ShownMessage[] {
    return [...this.messages.values()].map((json) => this.#service.read(json));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request).catch(() => "");
    switch (this.#behaviour) {
      case "silent":
        return;
      case "failing":
        return reply(response, { status: 503, json: { error: "down" } });
      case "busy":
        response.setHeader("retry-after", "7");
        return reply(response, this.#service.busy ?? { status: 429, json: {} });
      case "redirecting":
        response.setHeader("location", "/elsewhere");
        return reply(response, { status: 307, json: {} });
      case "endless":
        return pour(response);
      case "well":
      case "closed":
        return reply(response, this.#answer(request, body));
    }
  }

  #answer(request: IncomingMessage, body: string): ChatAnswer {
    const isForm = String(request.headers["content-type"]).includes("urlencoded");
    const { method = "", url: path = "", headers } = request;
    try {
      const json: unknown = isForm ? {} : JSON.parse(body);
      const seen = { method, path, headers, json, form: new URLSearchParams(isForm ? body : "") };
      this.requests.push(seen);
      return this.#service.answer(seen, this);
    } catch (error) {
      return { status: 400, json: { message: String(error) } };
    }
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

function reply(response: ServerResponse, { status = 200, json }: ChatAnswer): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(json === undefined ? "" : JSON.stringify(json));
}

function pour(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const more = (): void => {
    while (!response.destroyed && response.write(" ".repeat(65_536)));
  };
  response.on("drain", more);
  more();
}

export function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(`not as documented: ${what}`);
}

export function isText(value: unknown, most: number, least = 1): boolean {
  return typeof value === "string" && value.length >= least && value.length <= most && value.isWellFormed();
}

const httpBehaviours = ["well", "failing", "busy", "silent", "closed", "redirecting", "endless"] as const;

export async function aChatUnderTest(
  service: ChatService,
  make: (url: string) => Notifier,
  more: Pick<NotifierUnderTest, "known" | "changes" | "secrets"> & { readonly unknown?: string },
): Promise<NotifierUnderTest & { readonly server: ChatServer }> {
  const server = new ChatServer(service);
  const url = await server.start();
  return {
    ...more,
    server,
    notifier: make(url),
    behaviours: httpBehaviours,
    behave: async (how) => server.behave(how),
    shown: () => server.shown(),
    forget: () => server.messages.clear(),
    stop: async () => server.stop(),
  };
}
