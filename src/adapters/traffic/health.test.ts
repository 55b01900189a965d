import { describe, expect, it } from "vitest";

import { aTarget } from "../../../test/support/targets.ts";
import { HostUnreachable, type Command, type Hosts } from "../../ports/hosts.ts";
import type { TrafficChange } from "../../ports/traffic.ts";
import { Health } from "./health.ts";

const target = aTarget({
  traffic: {
    kind: "health",
    drainPath: "/drain",
    readmitPath: "/readmit",
    detectSeconds: 0.3,
    drain: { graceSeconds: 0, deadlineSeconds: 10, longLived: "wait" },
  },
});

/** web-1 and web-2, of which each answers 200 until it gets the POST that ends that. */
function aService(gone?: string) {
  const status = new Map([
    ["web-1", "200"],
    ["web-2", "200"],
  ]);
  const posts: string[] = [];
  const run = async (host: string, { argv }: Command) => {
    if (host === gone) throw new HostUnreachable(host, "connection-refused", false, `${host} is gone`);
    const [path, method] = argv.slice(-2);
    if (method === "POST") {
      posts.push(`${host} ${path}`);
      status.set(host, path === "/drain" ? "503" : "200");
    }
    const said = method === "POST" ? "204" : status.get(host);
    return { code: 0, stdout: `connection\nstatus ${said}\n`, stderr: "", truncated: false };
  };
  const health = new Health({ hosts: { run } as unknown as Hosts, upWithinSeconds: 0.2 });
  const change = (wanted: TrafficChange) => health.change(target, wanted).catch((error: unknown) => error);
  const web1 = async () => (await health.states(target))[0]?.members["blue/web-1"];
  return { health, change, posts, status, web1 };
}

describe("traffic by the service's own health answer", () => {
  it("waits until whatever is in front has noticed that a copy is out, once", async () => {
    const { change, posts, web1 } = aService();
    const began = performance.now();
    await change({ members: { "blue/web-1": "draining" } });
    expect(await web1()).toMatchObject({ rotation: "out", inFlight: 1 });
    await change({ members: { "blue/web-1": "out" } });
    expect(performance.now() - began).toBeGreaterThanOrEqual(300);
    await change({ members: { "blue/web-1": "out" } });
    expect(posts).toEqual(["web-1 /drain"]);
  });

  it("does not call a copy up that has just begun to answer well", async () => {
    const { change, posts, status, web1 } = aService();
    await change({ members: { "blue/web-1": "out" } });
    // As by a restart.
    status.set("web-1", "200");
    expect(await web1()).toMatchObject({ rotation: "in", up: false });
    await change({ members: { "blue/web-1": "in" } });
    expect(await web1()).toMatchObject({ rotation: "in", up: true });
    expect(posts).toEqual(["web-1 /drain"]);
  });

  it("believes a copy that was out before anybody asked only after the whole time", async () => {
    const { change, posts, status } = aService();
    status.set("web-1", "503");
    const began = performance.now();
    await change({ members: { "blue/web-1": "out" } });
    expect(performance.now() - began).toBeGreaterThanOrEqual(300);
    expect(posts).toEqual(["web-1 /drain"]);
  });

  it.each([{ active: "green" }, { share: 100 }, { members: { "green/web-1": "in" } }] as const)(
    "refuses %j, before anything is changed",
    async (wanted) => {
      const { change, posts } = aService();
      const members = { "blue/web-2": "out", ...("members" in wanted ? wanted.members : {}) } as const;
      expect(await change({ ...wanted, members })).toMatchObject({ name: "ProxyFailed", mayHaveChanged: false });
      expect(posts).toEqual([]);
    },
  );

  it("tells of the other hosts when one is gone, and on the way back changes them", async () => {
    const { health, change } = aService("web-2");
    expect((await health.states(target))[0]?.members).toMatchObject({
      "blue/web-1": { rotation: "in", up: true },
      "blue/web-2": { rotation: "in", up: false },
    });
    const members = { "blue/web-1": "in", "blue/web-2": "in" } as const;
    expect(await change({ members })).toMatchObject({ name: "ProxyFailed", proxy: "web-2", mayHaveChanged: false });
    expect(await health.change(target, { members }, { evenIfSomeFail: true })).toEqual(["web-2"]);
  });
});
