import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { CanaryJournal, canarySteps, canaryTarget } from "../../test/support/canary-journal.ts";
import { aTarget } from "../../test/support/targets.ts";
import { inProcessBell } from "../adapters/bell/in-process.ts";
import { systemClock } from "../adapters/clock/system.ts";
import { memoryStore } from "../adapters/store/memory.ts";
import type { Target } from "../core/service.ts";
import { Journal } from "./journal.ts";
import { request } from "./request.ts";
import { AlreadyFinished, endWatch, NotNow, override, promote } from "./steer.ts";
import type { World } from "./world.ts";

const { compare, watch } = canarySteps;

describe("a person who steers a deployment", () => {
  let world: World;
  let woken: string[];
  beforeEach(async () => {
    woken = [];
    const queue = { wake: (id: string) => void woken.push(id) };
    const store = await memoryStore({ clock: systemClock });
    world = { store, clock: systemClock, bell: inProcessBell(), queue } as unknown as World;
  });
  afterEach(async () => world.store.close());

  /** A deployment in the store with these events behind its request. */
  async function put(canary: CanaryJournal, target: Target = canaryTarget): Promise<string> {
    const asked = { kind: "deploy", service: "orders", environment: "production", by: "kim" } as const;
    const { artifact } = canary.release;
    const id = await request(asked, target, { kind: "artifact", artifact }, world);
    const journal = await Journal.open(world, id);
    await journal.decide(canary.journal.slice(1).map(({ event }) => event));
    woken = [];
    return id;
  }

  async function lastEvent(id: string) {
    return (await world.store.journal(id)).at(-1)!.event;
  }

  it("promotes a canary while it is compared, and wakes it", async () => {
    const id = await put(new CanaryJournal().upTo(compare));
    await promote(id, "kim", world);
    expect(await lastEvent(id)).toEqual({ kind: "promoted", by: "kim" });
    expect(woken).toEqual([id]);
  });

  it.each([
    ["before its rollout", new CanaryJournal(0), canaryTarget, "has not begun"],
    ["that has all traffic already", new CanaryJournal().upTo(watch), canaryTarget, "has all traffic already"],
    ["that is no canary", new CanaryJournal(0), aTarget(), "no canary (its strategy is rolling)"],
  ])("does not promote a deployment %s, and nothing is written", async (_, canary, target, why) => {
    const id = await put(canary, target);
    const before = (await world.store.journal(id)).length;
    await expect(promote(id, "kim", world)).rejects.toThrow(why);
    await expect(promote(id, "kim", world)).rejects.toBeInstanceOf(NotNow);
    expect(await world.store.journal(id)).toHaveLength(before);
  });

  it("does not promote what is called off", async () => {
    const id = await put(new CanaryJournal().upTo(compare).record({ kind: "abort-requested", by: "lee", reason: "" }));
    await expect(promote(id, "kim", world)).rejects.toThrow("on the way back");
    await expect(override(id, "kim", "", world)).rejects.toThrow("on the way back");
  });

  it("sets the capacity guard aside with a reason, which the audit log keeps", async () => {
    const id = await put(new CanaryJournal());
    await override(id, "kim", "the load falls", world);
    expect(await lastEvent(id)).toEqual({ kind: "overridden", by: "kim", reason: "the load falls" });
    const [newest] = await world.store.audit({ limit: 1 });
    expect(newest).toMatchObject({ actor: "kim", action: "overridden", detail: { reason: "the load falls" } });
  });

  it("ends a watch, but no rollout", async () => {
    const comparing = await put(new CanaryJournal().upTo(compare));
    await expect(endWatch(comparing, "kim", world)).rejects.toThrow("its rollout is not done");
    const watching = await put(new CanaryJournal().upTo(watch));
    await endWatch(watching, "kim", world);
    expect(await lastEvent(watching)).toEqual({ kind: "watch-ended", by: "kim" });
  });

  it("has nothing to steer when it is over", async () => {
    const over = new CanaryJournal().upTo(watch);
    const id = await put(over.record({ kind: "finished", state: "succeeded", message: "", behind: [] }));
    await expect(endWatch(id, "kim", world)).rejects.toBeInstanceOf(AlreadyFinished);
  });
});
