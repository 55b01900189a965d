import http from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";

import { afterEach, describe, expect, it } from "vitest";

import { eventually } from "../../../test/support/eventually.ts";
import type { ProbeCounts, Probing } from "../../ports/prober.ts";
import { httpProber } from "./http.ts";

let server: http.Server | undefined;
let probing: Probing | undefined;

afterEach(() => {
  probing?.close();
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function serve(listener: http.RequestListener): Promise<string> {
  server = http.createServer(listener);
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Takes until the sum of what was taken is as the test waits for. */
async function until(isEnough: (sum: ProbeCounts) => boolean): Promise<ProbeCounts> {
  let sum: ProbeCounts = { sent: 0, failed: 0, slowestMilliseconds: 0 };
  return eventually(async () => {
    const { sent, failed, slowestMilliseconds } = probing!.take();
    const slowest = Math.max(slowestMilliseconds, sum.slowestMilliseconds);
    sum = { sent: sum.sent + sent, failed: sum.failed + failed, slowestMilliseconds: slowest };
    return isEnough(sum) ? sum : undefined;
  });
}

describe("the prober", () => {
  it("says what it is, and in turns takes a kept connection and a new one", async () => {
    const connections: string[] = [];
    const headers = new Set<string | string[] | undefined>();
    const url = await serve((request, response) => {
      connections.push(`${request.headers.connection} ${request.socket.remotePort}`);
      headers.add(request.headers["x-signalbox-probe"]);
      response.end();
    });
    probing = httpProber.start(url, 100);
    await eventually(async () => (connections.length >= 6 ? true : undefined));

    const kept = connections.filter((connection) => connection.startsWith("keep-alive"));
    expect(kept.length).toBeGreaterThanOrEqual(2);
    expect(new Set(kept).size).toBe(1);
    expect(new Set(connections.filter((one) => one.startsWith("close"))).size).toBeGreaterThanOrEqual(3);
    expect([...headers]).toEqual(["1"]);
  });

  it("counts errors of the service, and not what a client did wrong", async () => {
    let count = 0;
    const url = await serve((_request, response) => {
      count += 1;
      response.writeHead(count <= 3 ? 500 : 404).end();
    });
    probing = httpProber.start(url, 200);
    expect(await until(({ sent }) => sent >= 20)).toMatchObject({ failed: 3 });
  });

  it("counts every request of a time in which nobody listens", async () => {
    const url = await serve(() => {});
    await new Promise((resolve) => server!.close(resolve));
    server = undefined;
    probing = httpProber.start(url, 100);
    const { sent, failed } = await until((sum) => sum.failed >= 10);
    expect(failed).toBeGreaterThanOrEqual(10);
    expect(failed).toBeLessThanOrEqual(sent);
  });

  it("goes on asking while an answer hangs, and tells how long it has been waited for", async () => {
    let asked = 0;
    const url = await serve(() => {
      asked += 1;
    });
    probing = httpProber.start(url, 50);
    const seen = await until(({ slowestMilliseconds }) => slowestMilliseconds >= 200);
    expect(seen.sent).toBeGreaterThanOrEqual(5);
    // Those for the one kept connection wait in line, as a user's requests would; the others go out.
    expect(asked).toBeGreaterThanOrEqual(3);
    expect(seen.failed).toBe(0);
  });

  it("sends late what became due while this process was busy, and counts the delay", async () => {
    const url = await serve((_request, response) => response.end());
    probing = httpProber.start(url, 100);
    await until(({ sent }) => sent >= 2);
    const end = performance.now() + 300;
    while (performance.now() < end);
    await setTimeout(50);
    const { sent, slowestMilliseconds } = await until((sum) => sum.sent >= 25);
    expect(sent).toBeGreaterThanOrEqual(25);
    expect(slowestMilliseconds).toBeGreaterThanOrEqual(200);
  });

  it("asks no more when it is closed", async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      response.end();
    });
    probing = httpProber.start(url, 100);
    await eventually(async () => (asked >= 2 ? true : undefined));
    probing.close();
    const after = asked;
    await setTimeout(100);
    // One may have been on its way.
    expect(asked - after).toBeLessThanOrEqual(1);
  });
});
