import { describe, expect, it } from "vitest";

import type { TrafficState } from "../../core/traffic.ts";
import type { Command, Hosts } from "../../ports/hosts.ts";
import { ProxyFailed } from "../../ports/traffic.ts";
import { changeProxies } from "./haproxy-change.ts";
import type { HaproxyProxy } from "./haproxy-proxy.ts";
import { Turns } from "./turns.ts";

interface Faults {
  /** From this look on the proxy does not answer. */
  readonly silentFrom?: number;
  /** Writes of its files that are refused, by their number. */
  readonly refuses?: readonly number[];
}

/** Proxies whose files and whose service are one value each. */
function proxies(faults: Readonly<Record<string, Faults>>) {
  const said: string[] = [];
  const one = (host: string): HaproxyProxy => {
    let looks = 0;
    const state = async (): Promise<TrafficState> => {
      looks += 1;
      if (looks >= (faults[host]!.silentFrom ?? Infinity)) throw new ProxyFailed(host, false, `${host} is silent`);
      return { proxy: host, active: "blue", share: 0, startedAt: 1, members: {} };
    };
    const serve = async (): Promise<void> => void said.push(`${host} serves`);
    return { host, state, serve, prove: async () => [], takeOut: async () => {} } as unknown as HaproxyProxy;
  };
  const writes = new Map<string, number>();
  const run = async (host: string, { argv }: Command) => {
    const count = (writes.get(host) ?? 0) + 1;
    writes.set(host, count);
    said.push(`${host} ${argv.slice(5).join(" ")}`);
    if (faults[host]!.refuses?.includes(count)) return { code: 3, stdout: "error=x\nmessage=no\n", stderr: "" };
    return { code: 0, stdout: "active=blue\nshare=0\n", stderr: "" };
  };
  const setup = { hosts: { run } as unknown as Hosts, place: "orders.test", upWithinMs: 1, turns: new Turns() };
  const change = (): Promise<unknown> =>
    changeProxies(setup, Object.keys(faults).map(one), { share: 0 }, {}).catch((error: unknown) => error);
  return { change, said };
}

describe("a change of HAProxies that fails", () => {
  it("may have changed something as soon as the files are written, whoever is silent then", async () => {
    // The first look is whether it answers, the second what it was.
    for (const faults of [
      { "lb-1": {}, "lb-2": { silentFrom: 3 } },
      { "lb-1": { silentFrom: 3 }, "lb-2": {} },
    ]) {
      const world = proxies(faults);
      expect(await world.change()).toMatchObject({ name: "ProxyFailed", mayHaveChanged: true });
      expect(world.said).toContain("lb-2 serves");
    }
  });

  it("has changed nothing while no file is written, or where those that were are as before", async () => {
    for (const faults of [
      { "lb-1": {}, "lb-2": { silentFrom: 2 } },
      { "lb-1": {}, "lb-2": { refuses: [1] } },
    ]) {
      const world = proxies(faults);
      expect(await world.change()).toMatchObject({ name: "ProxyFailed", proxy: "lb-2", mayHaveChanged: false });
    }
  });

  it("may have changed something where files could not be taken back", async () => {
    const world = proxies({ "lb-1": { refuses: [2] }, "lb-2": { refuses: [1] } });
    expect(await world.change()).toMatchObject({
      proxy: "lb-2",
      mayHaveChanged: true,
      message: expect.stringContaining("lb-1 has the change in its files"),
    });
    expect(world.said).toEqual(["lb-1 share=0", "lb-2 share=0", "lb-1 share=0"]);
  });
});
