import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { aPolicy } from "../../test/support/approvals.ts";
import { testEngine } from "../../test/support/engine.ts";
import type { TestEngine } from "../../test/support/engine.ts";
import { aRelease, aTarget } from "../../test/support/targets.ts";
import type { Request } from "../core/deployment.ts";
import type { RolloutStep } from "../core/step.ts";
import { Journal } from "./journal.ts";
import { request } from "./request.ts";
import { NoWayBack } from "./past-contract.ts";
import { rollBack } from "./roll-back.ts";

const place = { service: "orders", environment: "production" };

describe("the way back", () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await testEngine();
  });
  afterEach(async () => engine.close());

  /** A deployment that put the release in place, as far as the store can tell. */
  async function put(
    number: number,
    kind: Request["kind"] = "deploy",
    hosts?: readonly string[],
    steps: readonly RolloutStep[] = [],
  ): Promise<void> {
    const release = aRelease(number, String(number));
    const target = aTarget();
    const asked = { ...place, kind, by: "kim", ...(hosts === undefined ? {} : { hosts }) };
    const id = await request(asked, target, { kind: "release", release }, engine.world);
    const journal = await Journal.open(engine.world, id);
    const plan = {
      format: 1,
      kind: "deploy",
      targets: [{ target, release, before: {}, goal: {} }],
      steps,
    } as const;
    await journal.decide(
      [
        { kind: "rollout-planned", release, plan, digest: "" },
        ...steps.map(
          (_, step) => ({ kind: "step-started", track: "rollout", step, hosts: ["web-1"], attempt: 1 }) as const,
        ),
        { kind: "finished", state: "succeeded", message: "", behind: [] },
      ],
      { releases: [{ ...place, release, deployment: id, verdict: "good" }] },
    );
  }

  async function goal(): Promise<number> {
    const id = await rollBack(aTarget(), { by: "kim", reason: "looks wrong" }, engine.world);
    const { prepare } = await engine.look(id);
    return prepare!.origin.kind === "return" ? prepare!.origin.release.number : -1;
  }

  it("leads to what served before", async () => {
    await put(1);
    await put(2);
    expect(await goal()).toBe(1);
  });

  it("does not lead past a contract migration, to a release that needs what it took away", async () => {
    await put(1);
    await put(2, "deploy", undefined, [{ kind: "migrate", hosts: ["web-1"], migration: "contract" }]);
    await expect(goal()).rejects.toThrow(/contract migration.*release 1 needs/);
    await put(3);
    expect(await goal()).toBe(2);
  });

  it("needs an approval only where it leads further than to the last good release", async () => {
    for (const number of [1, 2, 3]) await put(number);
    const policy = () => ({ policy: aPolicy(), breakGlass: undefined });
    const asked = { by: "kim", reason: "looks wrong", policy };
    const usual = await rollBack(aTarget(), asked, engine.world);
    expect((await engine.look(usual)).policy).toBeUndefined();
    const named = await rollBack(aTarget(), { ...asked, to: 2 }, engine.world);
    expect((await engine.look(named)).policy).toBeUndefined();
    const further = await rollBack(aTarget(), { ...asked, to: 1 }, engine.world);
    expect((await engine.look(further)).policy).toEqual(aPolicy());
  });

  it("does not call off what only waits for an approval: it may be the remedy", async () => {
    for (const number of [1, 2]) await put(number);
    const release = aRelease(3, "3");
    const wish = { ...place, kind: "deploy", by: "dev" } as const;
    const waiting = await request(wish, aTarget(), { kind: "release", release }, engine.world, aPolicy());
    expect(await goal()).toBe(1);
    expect((await engine.look(waiting)).aborted).toBeUndefined();
  });

  it("is found all the same when what was under way ends in the same moment", async () => {
    for (const number of [1, 2]) await put(number);
    const wish = { ...place, kind: "deploy", by: "dev" } as const;
    const release = aRelease(3, "3");
    const going = await request(wish, aTarget(), { kind: "release", release }, engine.world);
    const { store } = engine.world;
    const deployments: typeof store.deployments = async (filter) => {
      const seen = await store.deployments(filter);
      const journal = await Journal.open(engine.world, going);
      if (journal.deployment.finished === undefined)
        await journal.decide([{ kind: "finished", state: "failed", message: "", behind: [] }]);
      return seen;
    };
    const world = { ...engine.world, store: { ...store, deployments } };
    const id = await rollBack(aTarget(), { by: "kim", reason: "looks wrong" }, world);
    expect((await engine.look(id)).request.kind).toBe("roll-back");
  });

  it("leads past a migration that fits both releases", async () => {
    await put(1);
    await put(2, "deploy", undefined, [{ kind: "migrate", hosts: ["web-1"], migration: "expand" }]);
    expect(await goal()).toBe(1);
  });

  it("does not lead to what somebody rolled back from", async () => {
    await put(5);
    await put(6);
    await put(5, "roll-back");
    await put(7);
    expect(await goal()).toBe(5);
  });

  it("leads from an old release that was deployed again to what served before it", async () => {
    await put(1);
    await put(2);
    await put(1);
    expect(await goal()).toBe(2);
  });

  it("leads from what one host tried to what the others serve", async () => {
    await put(1);
    await put(2);
    await put(1, "deploy", ["web-1"]);
    expect(await goal()).toBe(2);
  });

  it("leads nowhere from the first release", async () => {
    await put(1);
    await expect(goal()).rejects.toThrow(NoWayBack);
  });

  it("calls off the one that runs and those that wait behind it", async () => {
    const running = await engine.restart();
    await (await Journal.open(engine.world, running)).decide([{ kind: "admitted", epoch: 1 }]);
    const waiting = await engine.restart();
    expect(await rollBack(aTarget(), { by: "kim", reason: "looks wrong" }, engine.world)).toBe(running);
    expect((await engine.look(running)).aborted?.by).toBe("kim");
    expect((await engine.look(waiting)).aborted?.by).toBe("kim");
  });
});
