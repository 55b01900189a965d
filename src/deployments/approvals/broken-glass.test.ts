/** Who breaks the glass with the request waits for nobody's answer, about this deployment or about another one. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { approvalEngine, type ApprovalEngine } from "../../../test/support/approval-engine.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { runDeployment } from "../run.ts";
import { pause, resume } from "../steer.ts";
import { listApprovals } from "./find.ts";

let engine: ApprovalEngine;
beforeEach(async () => {
  engine = await approvalEngine();
});
afterEach(async () => engine.close());

const emergency = { by: "root", breakGlass: "users can't pay" };
const bothLeads = { rule: { kind: "group", count: 2, group: "leads" } } as const;

async function waiting(policy = {}): Promise<string> {
  const id = await engine.deploy({}, policy);
  engine.begin();
  await engine.inState(id, "awaiting-approval");
  return id;
}

describe("a deployment that was asked for with broken glass", () => {
  it("does not wait for people who think about an older one, which has ended", async () => {
    const older = await waiting();
    const id = await engine.deploy(emergency, {}, "/2");
    expect((await engine.ended(id)).state).toBe("succeeded");
    expect((await engine.look(id)).approval?.given?.because).toBe("broken-glass");
    expect((await engine.ended(older)).state).toBe("withdrawn");
    expect((await engine.approvalOf(older)).ended?.end).toMatchObject({ kind: "withdrawn", by: "root" });
    expect(await engine.told("glass-broken")).toContain("kim: glass-broken");
    expect(await listApprovals({ open: true }, engine.world)).toEqual([]);
    expect(await listApprovals({ reviewOpen: true }, engine.world)).toHaveLength(1);
  });

  it("does not wait either where one of two has approved the older one", async () => {
    const older = await waiting(bothLeads);
    await engine.decide(older, "approve", "kim");
    const id = await engine.deploy(emergency, bothLeads, "/2");
    expect((await engine.ended(id)).state).toBe("succeeded");
    expect((await engine.ended(older)).state).toBe("withdrawn");
  });

  it("does not wait behind one that is approved and held up before its rollout", async () => {
    const older = await waiting();
    await pause(older, "dev", engine.world);
    await engine.decide(older, "approve", "kim");
    const id = await engine.deploy(emergency, {}, "/2");
    expect((await engine.ended(id)).state).toBe("succeeded");
    expect((await engine.look(older)).finished).toBeUndefined();
  });

  it("is through before people are asked about a newer one, so that nothing moves back", async () => {
    const id = await engine.deploy(emergency);
    await pause(id, "dev", engine.world);
    const newer = await engine.deploy({}, {}, "/2");
    await runDeployment(newer, engine.world, AbortSignal.timeout(4_000));
    expect((await engine.look(newer)).waitsBehind).toBe(id);
    engine.begin();
    await resume(id, "dev", engine.world);
    expect((await engine.ended(id)).state).toBe("succeeded");
    await eventually(async () => ((await engine.look(newer)).approval === undefined ? undefined : true));
  });

  it("makes no room for a newer one that nobody has approved", async () => {
    const id = await engine.deploy(emergency);
    const newer = await engine.deploy({}, {}, "/2");
    engine.begin();
    expect((await engine.ended(id)).state).toBe("succeeded");
    await eventually(async () => ((await engine.look(newer)).approval === undefined ? undefined : true));
    expect((await engine.look(newer)).finished).toBeUndefined();
  });
});
