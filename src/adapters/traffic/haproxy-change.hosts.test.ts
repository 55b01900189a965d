import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { cleanHosts, sharedHosts } from "../../../test/support/shared-hosts.ts";
import { install, proxiedService, type ProxiedService } from "./proxied-service.contract.ts";

const program = "/usr/lib/signalbox/signalbox-proxy";

describe("a change that one of two HAProxies cannot write", () => {
  let world: ProxiedService;
  const broken = () => sharedHosts().host("web-4");

  beforeAll(async () => {
    await cleanHosts();
    world = await proxiedService(sharedHosts(), "haproxy");
    await world.traffic.change(world.target, { members: { "blue/web-1": "out" }, share: 500 });
    const refusing =
      '#!/bin/sh\n[ "$1" != write ] || { echo error=failed; echo message=disk; exit 1; }\nexec "$0.real" "$@"\n';
    await broken().mustRun(["mv", program, `${program}.real`]);
    await broken().writeFile(program, refusing, { mode: "0755" });
  });
  afterAll(() => world.stop());

  const filesOf = (proxy: string): Promise<string> =>
    sharedHosts()
      .host(proxy)
      .mustRun(["grep", "-E", "^(active|share|member)", "/var/lib/signalbox/proxies/orders.production/state"]);

  it("is taken back on the other, in its files and in what serves", async () => {
    const change = { active: "green", share: 0, members: { "blue/web-1": "in", "green/web-2": "out" } } as const;
    const [files, states] = [await filesOf("web-3"), await world.traffic.states(world.target)];
    const failed = await world.traffic.change(world.target, change).catch((error: unknown) => error);

    expect(failed).toMatchObject({ name: "ProxyFailed", proxy: "web-4", mayHaveChanged: true });
    expect(await filesOf("web-3")).toBe(files);
    expect(await world.traffic.states(world.target)).toEqual(states);
  });

  it("is made on the other, on the way back", async () => {
    const left = await world.traffic.change(world.target, { share: 0 }, { evenIfSomeFail: true });
    expect(left).toEqual(["web-4"]);
    expect((await world.traffic.states(world.target)).map(({ share }) => share)).toEqual([0, 500]);
  });

  it("is made on both when the program is installed again", async () => {
    await install(broken(), world.list);
    await world.traffic.change(world.target, { share: 0, members: { "blue/web-1": "in" } });
    const states = await world.traffic.states(world.target);
    expect(states.map(({ share, members }) => [share, members["blue/web-1"]?.rotation])).toEqual([
      [0, "in"],
      [0, "in"],
    ]);
  });
});

describe("changes that are made side by side", () => {
  let world: ProxiedService;

  beforeAll(async () => {
    await cleanHosts();
    world = await proxiedService(sharedHosts(), "haproxy");
  });
  afterAll(() => world.stop());

  it("all come about: no member that comes back is taken out by another one's change", async () => {
    const members = ["blue/web-1", "green/web-1", "green/web-2"] as const;
    const each = (rotation: "in" | "out") =>
      Promise.all(members.map((member) => world.traffic.change(world.target, { members: { [member]: rotation } })));
    for (let round = 0; round < 3; round += 1) {
      await each("out");
      await each("in");
      for (const state of await world.traffic.states(world.target)) {
        expect(members.map((member) => [state.members[member]?.rotation, state.members[member]?.up])).toEqual(
          members.map(() => ["in", true]),
        );
      }
    }
  });
});
