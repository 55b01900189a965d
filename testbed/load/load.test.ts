import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

import { afterEach, describe, expect, it } from "vitest";

import { until } from "../command.ts";
import { startLoad } from "./load.ts";
import type { Load } from "./load.ts";
import type { LoadOptions } from "./options.ts";
import { compareWithLedgers, flips, movedBack } from "./result.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const well: Handler = (_, response) => void response.setHeader("x-release", "1").end("ok\n");

/** A service that the test can make misbehave, and a load on it. */
async function aLoad(
  handler: Handler,
  options: Partial<LoadOptions> = {},
): Promise<{ load: Load; server: Server; change(next: Handler): void }> {
  let current = handler;
  const server = createServer((request, response) => current(request, response));
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const load = await startLoad({ url, perSecond: 200, connections: 4, slowMilliseconds: [1, 5], ...options });
  closing.push(() => {
    void load.stop().catch(() => {});
    server.closeAllConnections();
    server.close();
  });
  return { load, server, change: (next) => (current = next) };
}

/** Waits for so many more requests to have been answered, or to have failed. */
async function more(load: Load, count: number): Promise<void> {
  const { requests } = await load.glance();
  await until(`${count} more requests are through`, 20, async () =>
    (await load.glance()).requests >= requests + count ? true : undefined,
  );
}

describe("a load", () => {
  it("fails nothing where all is well, and asks in the mix that is wanted", async () => {
    const paths: string[] = [];
    const connections = new Set<unknown>();
    const { load } = await aLoad((request, response) => {
      paths.push(`${request.method} ${request.url!.split("?")[0]} ${request.headers.connection}`);
      connections.add(request.socket);
      well(request, response);
    });
    await more(load, 200);
    const seen = await load.stop();

    const share = (wanted: RegExp): number => paths.filter((path) => wanted.test(path)).length / paths.length;
    expect(seen.failed).toBe(0);
    expect(seen.requests).toBe(paths.length);
    expect(share(/^GET \/ /)).toBeCloseTo(0.7, 1);
    expect(share(/^POST \/orders /)).toBeCloseTo(0.2, 1);
    expect(share(/^POST \/orders keep-alive/)).toBeCloseTo(0.1, 1);
    expect(share(/ close$/)).toBeCloseTo(0.5, 1);
    expect(connections.size).toBeGreaterThan(paths.length / 3);
    expect(seen.phases["before"]!.releases).toEqual({ 1: seen.requests });
    expect((await load.stop()).requests).toBe(seen.requests);
  });

  it("names each failure, with its phase and its kind", async () => {
    const { load, server, change } = await aLoad(well);
    await more(load, 20);
    await load.mark("errors");
    change((_, response) => void response.writeHead(503).end());
    await more(load, 20);
    await load.mark("resets");
    change((request) => request.socket.resetAndDestroy());
    await more(load, 20);
    await load.mark("halves");
    change((request, response) => {
      response.writeHead(200, { "content-length": 100 }).write("half");
      setTimeout(() => request.socket.destroy(), 5);
    });
    await more(load, 20);
    await load.mark("nobody");
    server.close();
    server.closeAllConnections();
    await more(load, 20);
    const { phases, failuresByKind, examples, failed } = await load.stop();

    expect(phases["before"]!.failed).toBeLessThan(5);
    expect(phases["errors"]!.failed).toBeGreaterThan(10);
    expect(Object.keys(failuresByKind)).toEqual(
      expect.arrayContaining(["status 503", "reset", "reset on a reused connection", "cut short", "refused"]),
    );
    expect(Object.values(failuresByKind).reduce((sum, count) => sum + count, 0)).toBe(failed);
    expect(examples).toHaveLength(20);
    expect(examples[0]).toMatchObject({ kind: "status 503" });
  });

  it("goes on asking while nobody answers, and counts the wait from when each request was due", async () => {
    const held: (() => void)[] = [];
    const { load, change } = await aLoad(well);
    await more(load, 20);
    await load.mark("stall");
    change((request, response) => held.push(() => well(request, response)));
    await until("sixty requests wait", 20, () => (held.length >= 60 ? true : undefined));
    change(well);
    for (const answer of held) answer();
    const { failed, phases } = await load.stop();

    expect(failed).toBe(0);
    expect(phases["stall"]!.requests).toBeGreaterThanOrEqual(60);
    // Sixty at 200 a second: the first of them waited for the last one.
    expect(phases["stall"]!.longest).toBeGreaterThan(250);
    expect(phases["before"]!.p50).toBeLessThan(phases["stall"]!.p50);
  });

  it("gives up an answer that takes too long", async () => {
    const { load } = await aLoad(() => {}, { limitMilliseconds: 100 });
    await more(load, 20);
    const { failed, requests, failuresByKind } = await load.stop();

    expect(failed).toBe(requests);
    expect(failuresByKind).toEqual({ timeout: requests });
  });

  it("knows which POSTs were acknowledged, and finds them doubled or lost in a ledger", async () => {
    const ledger: string[] = [];
    let posts = 0;
    const { load } = await aLoad((request, response) => {
      const id = request.headers["x-request-id"] as string | undefined;
      if (id === undefined) return well(request, response);
      posts += 1;
      if (posts === 3) return void response.writeHead(500).end();
      if (posts !== 5) ledger.push(id);
      if (posts === 7) ledger.push(id);
      well(request, response);
    });
    await until("nine POSTs came", 20, () => (posts >= 9 ? true : undefined));
    const seen = await load.stop();

    expect(seen.posts.sent).toHaveLength(posts);
    expect(seen.posts.acknowledged).toHaveLength(posts - 1);
    const { doubled, lost } = compareWithLedgers(seen, [...ledger, "somebody-elses", "somebody-elses"]);
    expect(doubled).toHaveLength(1);
    expect(lost).toHaveLength(1);
  });
});

describe("users of a load", () => {
  it("bring their cookies back, one request at a time, and tell which releases answered", async () => {
    const asking = new Map<string, number>();
    let together = 0;
    let release = "1";
    let users = 0;
    const { load } = await aLoad(
      (request, response) => {
        const jar = request.headers.cookie ?? "";
        asking.set(jar, (asking.get(jar) ?? 0) + 1);
        if (jar !== "" && asking.get(jar)! > 1) together += 1;
        setTimeout(() => {
          asking.set(jar, asking.get(jar)! - 1);
          response.setHeader("x-release", release);
          if (jar === "") response.setHeader("set-cookie", `who=${(users += 1)}; Path=/; HttpOnly`);
          response.end();
        }, 5);
      },
      { users: 3, ofUsers: 1, connections: 1, perSecond: 100 },
    );
    await more(load, 40);
    release = "2";
    await more(load, 40);
    release = "1";
    await more(load, 40);
    const seen = await load.stop();

    expect(together).toBe(0);
    expect([...asking.keys()].filter((jar) => /^who=\d+$/.test(jar))).toHaveLength(3);
    expect(seen.users.map(({ stays }) => stays.map((stay) => stay.release))).toEqual(
      [1, 2, 3].map(() => ["1", "2", "1"]),
    );
    expect(flips(seen)).toBe(6);
    expect(seen.releases["2"]!.from).toBeGreaterThan(seen.releases["1"]!.from);
    expect(seen.releases["2"]!.until).toBeLessThan(seen.releases["1"]!.until);
    expect(movedBack(seen)).toEqual(["user-1", "user-2", "user-3"]);
  });
});

describe("WebSockets of a load", () => {
  const accept = (request: IncomingMessage, socket: Duplex): void => {
    const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const hash = createHash("sha1").update(key).digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${hash}\r\nX-Release: 4\r\n\r\n`,
    );
  };

  it("say who cut them and how, and are opened again", async () => {
    const open: Duplex[] = [];
    const { load, server } = await aLoad(well, { webSockets: 2 });
    server.on("upgrade", (request, socket) => {
      socket.on("error", () => {});
      // The first handshakes may have come before anybody listened for them; refused ones come again.
      if (open.length === 4) return void socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n");
      accept(request, socket);
      open.push(socket);
    });
    await until("two are open", 20, () => (open.length === 2 ? true : undefined));
    open[0]!.end(Buffer.from([0x88, 2, 1001 >> 8, 1001 & 0xff]));
    open[1]!.destroy();
    await until("both are open again", 20, () => (open.length === 4 ? true : undefined));
    const { webSockets } = await load.stop();

    expect(webSockets.cut.map(({ how, release }) => `${how} ${release}`).toSorted()).toEqual([
      "closed 1001 4",
      "ended 4",
    ]);
    expect(webSockets.opened).toBe(4);
    expect(webSockets.openAtTheEnd).toBe(2);
  });
});
