import { afterEach, describe, expect, it } from "vitest";

import { eventually } from "../../../test/support/eventually.ts";
import { aTarget } from "../../../test/support/targets.ts";
import type { Command, Hosts } from "../../ports/hosts.ts";
import { NginxFeed } from "./nginx-feed.ts";
import { NginxProxy } from "./nginx-proxy.ts";

const shown = "active=blue\nshare=0\nmember.blue/web-1=in\naddress.blue/web-1=web-1.example:8081\n";
const line = (server: string, differences: object = {}): string => {
  const times = { seconds: "0.004", "upstream-seconds": "0.003", "connect-seconds": "0.001" };
  return `${JSON.stringify({ side: "blue", server, status: "200", probe: "0", ...times, ...differences })}\n`;
};
const request = line("10.0.0.11:8081");
const probe = line("", { status: "400", probe: "1" });

describe("the feed of nginx", () => {
  const feeds: NginxFeed[] = [];
  afterEach(() => feeds.splice(0).forEach((feed) => feed.close()));

  /** A feed whose log is what the test says. */
  async function aFeed() {
    let follow: { readonly hear: NonNullable<Command["onOutput"]>; readonly end: () => void } | undefined;
    const run = async (_host: string, { argv, channel, onOutput }: Command) => {
      const said = argv.includes("show") ? shown : argv[0] === "getent" ? "10.0.0.11 STREAM web-1.example\n" : "";
      const ended = Promise.withResolvers<void>();
      if (channel === "follow") follow = { hear: onOutput!, end: ended.resolve };
      else ended.resolve();
      await ended.promise;
      return { code: 0, stdout: said, stderr: "", truncated: false };
    };
    const hosts = { run } as unknown as Hosts;
    const feed = new NginxFeed(hosts, [new NginxProxy("lb-1", hosts, aTarget())], 8080);
    feeds.push(feed);
    const { hear, end } = await eventually(async () => follow);
    const log = (text: string): void => hear(text, "stdout");
    const beat = (source = "100 7"): void => hear(`beat ${source}\n`, "stderr");
    const begin = (): void => {
      log(probe);
      beat();
      feed.take();
    };
    return { feed, log, beat, begin, end };
  }

  it("is complete only from when a request of ours has come through", async () => {
    const { feed, log, beat } = await aFeed();
    beat();
    expect(feed.take().complete).toBe(false);
    log(probe);
    beat();
    expect(feed.take().complete).toBe(false);
    expect(feed.take().complete).toBe(true);
  });

  it("tells requests when the next of ours has come through, however the lines are cut", async () => {
    const { feed, log, beat, begin } = await aFeed();
    begin();
    log(request.slice(0, 30));
    log(request.slice(30) + request);
    beat();
    expect(feed.take()).toEqual({ complete: true, members: {}, unserved: 0 });
    log(line("orders_blue", { status: "502" }) + probe);
    beat();
    expect(feed.take()).toMatchObject({ complete: true, members: { "blue/web-1": { requests: 2 } }, unserved: 1 });
  });

  it.each([
    ["another process", "200 7"],
    ["another file", "100 8"],
  ])("may have missed something with %s", async (_, source) => {
    const { feed, log, beat, begin } = await aFeed();
    begin();
    log(request + probe);
    beat(source);
    expect(feed.take()).toMatchObject({ complete: false, members: { "blue/web-1": { requests: 1 } } });
    log(probe);
    beat(source);
    expect(feed.take().complete).toBe(true);
  });

  it("may have missed something with a line that it does not understand", async () => {
    const { feed, log, begin } = await aFeed();
    begin();
    log(line("10.0.0.99:8081"));
    expect(feed.take().complete).toBe(false);
    expect(feed.take().complete).toBe(true);
  });

  it("has missed something when it has ended", async () => {
    const { feed, begin, end } = await aFeed();
    begin();
    expect(feed.take().complete).toBe(true);
    end();
    await eventually(async () => !feed.take().complete || undefined);
  });
});
