/** Who hears how it ended with a deployment that people decided about. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { approvalEngine, type ApprovalEngine } from "../../../test/support/approval-engine.ts";
import { abort, pause } from "../steer.ts";

let engine: ApprovalEngine;
beforeEach(async () => {
  engine = await approvalEngine();
});
afterEach(async () => engine.close());

async function waiting(differences = {}): Promise<string> {
  const id = await engine.deploy(differences);
  engine.begin();
  await engine.inState(id, "awaiting-approval");
  return id;
}

describe("people", () => {
  it("who heard that it was approved hear that it was called off before it began", async () => {
    const id = await waiting();
    await pause(id, "dev", engine.world);
    await engine.decide(id, "approve", "kim");
    await abort(id, "dev", "not today", engine.world);
    expect((await engine.ended(id)).state).toBe("withdrawn");
    expect(await engine.told("deployment-ended")).toEqual(
      expect.arrayContaining(["dev: deployment-ended", "channel: deployment-ended"]),
    );
  });

  it("whose push it was hear that it was rejected", async () => {
    const id = await waiting({ by: "token:ci", pushedBy: "dev" });
    await engine.decide(id, "reject", "kim");
    expect(await engine.told("approval-ended")).toContain("dev: approval-ended");
  });

  it("read in the audit log which older one made room", async () => {
    const older = await waiting();
    const newer = await engine.deploy({}, {}, "/2");
    await engine.inState(newer, "awaiting-approval");
    const rows = await engine.world.store.audit({ object: "orders@production", action: "supersede" });
    expect(rows.map(({ detail }) => detail)).toEqual([{ deployment: older, message: expect.stringContaining(newer) }]);
  });
});
