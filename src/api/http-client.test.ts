import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import { connect } from "./http-client.ts";

const finished = { kind: "finished", state: "succeeded", message: "", behind: [] };

describe("the client that watches a deployment", () => {
  let server: Server;
  afterEach(() => server.close());

  async function serve(answer: RequestListener): Promise<string> {
    server = createServer(answer).listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it("goes on when the server stops in good order and another one comes", async () => {
    let streams = 0;
    const url = await serve((request, response) => {
      if (!request.url!.includes("/events")) {
        response.end(JSON.stringify({ finishedAt: null }));
        return;
      }
      streams += 1;
      const event = streams === 1 ? { kind: "resumed", by: "kim" } : finished;
      response.end(`id: ${streams}\ndata: ${JSON.stringify({ sequence: streams, at: 1, event })}\n\n`);
    });
    const kinds: string[] = [];
    const signal = AbortSignal.timeout(5_000);
    for await (const { event } of connect({ url }).watch("d-1", { after: 0, signal })) kinds.push(event.kind);
    expect(kinds).toEqual(["resumed", "finished"]);
  });

  it("ends when nothing more is to come", async () => {
    const url = await serve((request, response) => {
      response.end(request.url!.includes("/events") ? "" : JSON.stringify({ finishedAt: 1 }));
    });
    const signal = AbortSignal.timeout(5_000);
    for await (const _ of connect({ url }).watch("d-1", { after: 9, signal })) expect.unreachable();
    expect(signal.aborted).toBe(false);
  });
});
