import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { canaryTarget } from "../../test/support/canary-journal.ts";
import { obedientHosts } from "../../test/support/engine.ts";
import { aRelease } from "../../test/support/targets.ts";
import { systemClock } from "../adapters/clock/system.ts";
import { memoryStore } from "../adapters/store/memory.ts";
import { membersOf } from "../core/members.ts";
import type { Target } from "../core/service.ts";
import { memberName } from "../core/traffic.ts";
import type { TrafficState } from "../core/traffic.ts";
import { ProxyFailed } from "../ports/traffic.ts";
import type { TrafficControl } from "../ports/traffic.ts";
import { preview } from "./preview.ts";
import type { Preview } from "./preview.ts";
import type { World } from "./world.ts";

describe("a plan that is only looked at", () => {
  let world: World;
  let states: TrafficControl["states"];
  beforeEach(async () => {
    states = async () => [stateOf("blue")];
    const traffic: Partial<TrafficControl> = { states: (...asked) => states(...asked) };
    const store = await memoryStore({ clock: systemClock });
    world = { store, clock: systemClock, hosts: obedientHosts(aRelease(41)), traffic } as unknown as World;
  });
  afterEach(async () => world.store.close());

  function stateOf(active: "blue" | "green"): TrafficState {
    const usual = { up: true, inFlight: 0, queued: 0 } as const;
    const members = membersOf(canaryTarget).map((member) => [
      memberName(member),
      { rotation: member.side === active ? "in" : "out", ...usual },
    ]);
    return { proxy: "lb-1", active, share: 0, startedAt: 0, members: Object.fromEntries(members) };
  }

  function look(target: Target = canaryTarget): Promise<Preview> {
    const options = { build: false, signal: AbortSignal.timeout(5_000) };
    return preview(target, { kind: "release", release: aRelease(42, "b") }, options, world);
  }

  it("begins where the traffic is: the candidate gets the other side", async () => {
    const sideOf = async () => (await look()).rollout?.targets[0].sides;
    expect(await sideOf()).toEqual({ baseline: "blue", candidate: "green" });
    states = async () => [stateOf("green")];
    expect(await sideOf()).toEqual({ baseline: "green", candidate: "blue" });
  });

  it("is not complete when a proxy can't be asked", async () => {
    states = async () => Promise.reject(new ProxyFailed("lb-1", false, "lb-1: no answer"));
    const seen = await look();
    expect([seen.rollout, seen.digest]).toEqual([undefined, undefined]);
    expect(seen.open).toEqual([expect.stringContaining("lb-1: no answer")]);
  });

  it("asks no proxy where there is none", async () => {
    states = async () => Promise.reject(new Error("nobody should ask"));
    expect((await look({ ...canaryTarget, traffic: { kind: "none" } })).open).toEqual([]);
  });

  it("names every interlock, and what a roll-back restores", async () => {
    const { interlocks, rollBackRestores } = await look();
    expect(interlocks.length).toBeGreaterThan(5);
    expect(rollBackRestores).toBe("release 41 on web-1, web-2");
  });
});
