import { describe, expect, it } from "vitest";

import { ProxyFailed } from "../../ports/traffic.ts";
import { agreementFindings, type Asked } from "./agreement.ts";
import type { Routing } from "./routing.ts";

function proxy(host: string, active: "blue" | "green", share: number, members: Routing["members"]): Asked {
  return { host, files: async () => ({ active, share, members }) };
}

const right = proxy("lb-1", "green", 0, { "blue/web-1": "out", "green/web-1": "in" });
const look = (...proxies: readonly Asked[]) =>
  agreementFindings(proxies, "orders.production", "systemctl reload haproxy");

describe("proxies of one service", () => {
  it("agree when each sends users where the first one does", async () => {
    const same = { ...right, host: "lb-2" };
    expect(await look(right, same)).toEqual([
      { proxy: "lb-2", check: "proxies-agree", level: "ok", message: "it sends users where lb-1 does", cure: null },
    ]);
    expect(await look(right)).toEqual([]);
  });

  it("are brought in step by what the finding says, whichever of them is right", async () => {
    const rebuilt = proxy("lb-2", "blue", 500, { "blue/web-1": "in", "green/web-1": "out" });
    const [finding] = await look(right, rebuilt);
    expect(finding).toMatchObject({
      level: "problem",
      message: expect.stringContaining(
        "blue is active instead of green, the share is 500 instead of 0, blue/web-1 is in",
      ),
    });
    const write = "sudo /usr/lib/signalbox/signalbox-proxy write orders.production";
    expect(finding!.cure!.split("\n")).toEqual([
      `where lb-1 is right, on lb-2: ${write} active=green share=0 member.blue/web-1=out member.green/web-1=in && sudo systemctl reload haproxy`,
      `where lb-2 is right, on lb-1: ${write} active=blue share=500 member.blue/web-1=in member.green/web-1=out && sudo systemctl reload haproxy`,
    ]);
  });

  it("that do not answer are not compared", async () => {
    const silent: Asked = { host: "lb-1", files: () => Promise.reject(new ProxyFailed("lb-1", false, "silent")) };
    expect(await look(silent, right)).toEqual([]);
  });
});
