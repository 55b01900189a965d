import { setTimeout } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { approvalEngine, type ApprovalEngine } from "../../../test/support/approval-engine.ts";
import { hour } from "../../../test/support/approvals.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { Journal } from "../journal.ts";
import { abort, pause, resume } from "../steer.ts";
import { wakeDue } from "../work.ts";
import { DecisionRefused } from "./decide.ts";
import { listApprovals } from "./find.ts";
import { peopleChanged } from "./wake.ts";

let engine: ApprovalEngine;
beforeEach(async () => {
  engine = await approvalEngine();
});
afterEach(async () => engine.close());

/** A deployment whose approvers think about it. */
async function waiting(...more: Parameters<ApprovalEngine["deploy"]>): Promise<string> {
  const id = await engine.deploy(...more);
  engine.begin();
  await engine.inState(id, "awaiting-approval");
  return id;
}

const kinds = async (id: string): Promise<readonly string[]> =>
  (await engine.world.store.journal(id)).map(({ event }) => event.kind);

describe("a deployment that has to be approved", () => {
  it("asks one of the approvers and the channel, and changes nothing before the answer", async () => {
    const id = await waiting();
    const approval = await engine.approvalOf(id);
    expect(approval.asks).toHaveLength(1);
    const [asked] = approval.asks;
    expect(await engine.told()).toEqual([`${asked!.login}: asked`, "channel: asked"]);
    expect((await engine.look(id)).epoch).toBeUndefined();
    expect(approval.subject).toMatchObject({ deployment: id, requestedBy: "dev", digest: expect.any(String) });
  });

  it("goes on by itself when it is approved", async () => {
    const id = await waiting();
    await engine.decide(id, "approve", "kim");
    expect((await engine.ended(id)).state).toBe("succeeded");
    const [audit] = await engine.world.store.audit({ object: "orders@production" });
    expect(audit).toBeDefined();
    const { approval } = await engine.look(id);
    expect(approval?.given).toEqual({ by: ["kim"], because: "approved" });
  });

  it("ends when it is rejected, with the reason, and tells who asked for it", async () => {
    const id = await waiting();
    await engine.decide(id, "reject", "lee");
    const { state, finished } = await engine.ended(id);
    expect([state, finished?.message]).toEqual(["rejected", "rejected by lee: because"]);
    expect(await engine.told("approval-ended")).toContain("dev: approval-ended");
    expect(await engine.world.store.locks()).toEqual([]);
  });

  it("ends when somebody takes the request back", async () => {
    const id = await waiting();
    await engine.decideAs(id, { kind: "withdraw", reason: "the wrong branch" }, "dev");
    expect((await engine.ended(id)).state).toBe("withdrawn");
  });

  it.each(["dev", "root", "nobody"])("is not approved by %s", async (by) => {
    const id = await waiting();
    await expect(engine.decide(id, "approve", by)).rejects.toMatchObject({ code: "not-an-approver" });
    expect((await engine.look(id)).state).toBe("awaiting-approval");
  });

  it("is not approved by whoever asked for it, also at the server's own socket", async () => {
    const id = await waiting({ by: "local:kim" });
    const refused = await engine.decide(id, "approve", "kim").catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DecisionRefused);
    expect(refused).toMatchObject({ code: "own-change" });
    expect((await engine.approvalOf(id)).subject.requestedBy).toBe("kim");
  });

  it("fails at once when nobody can ever approve it", async () => {
    const rule = { kind: "people", count: 1, people: ["dev"] } as const;
    const id = await engine.deploy({}, { rule });
    engine.begin();
    const { state, finished } = await engine.ended(id);
    expect([state, finished?.message]).toEqual(["failed", expect.stringContaining("can't be approved")]);
  });

  it("takes the request for approval along when it is called off", async () => {
    const id = await waiting();
    await abort(id, "dev", "a mistake", engine.world);
    expect((await engine.ended(id)).state).toBe("withdrawn");
    expect((await engine.approvalOf(id)).ended?.end).toEqual({ kind: "withdrawn", by: "dev", reason: "a mistake" });
    expect(await listApprovals({ open: true }, engine.world)).toEqual([]);
  });

  it("is not approved any more from the moment in which somebody called it off", async () => {
    const id = await waiting();
    const journal = await Journal.open(engine.world, id);
    await journal.decide([{ kind: "abort-requested", by: "dev", reason: "a mistake" }]);
    await expect(engine.decide(id, "approve", "kim")).rejects.toMatchObject({ code: "ended" });
  });

  it("refuses a decision about another plan than the one that is asked about", async () => {
    const id = await waiting();
    const decision = { kind: "approve", digest: "f".repeat(64) } as const;
    await expect(engine.decideAs(id, decision, "kim")).rejects.toMatchObject({ code: "other-plan" });
  });

  it("is looked at again when another rollout ended meanwhile, and stays as it is where the plan is the same", async () => {
    const id = await waiting();
    const before = await engine.approvalOf(id);
    const limits = { floor: 0, tolerate: 0, progressSeconds: 300, load: 0.75 };
    expect((await engine.ended(await engine.restart({ limits }))).state).toBe("succeeded");
    await eventually(async () => ((await kinds(id)).includes("overtaken") ? true : undefined));
    await engine.inState(id, "awaiting-approval");
    expect((await engine.approvalOf(id)).subject).toEqual(before.subject);
    await engine.decide(id, "approve", "kim");
    expect((await engine.ended(id)).state).toBe("succeeded");
    expect((await kinds(id)).filter((kind) => kind === "approval-asked")).toHaveLength(1);
  });

  it("begins nothing when its journal says that it was approved, and the request itself does not", async () => {
    const id = await waiting();
    const { digest, approval } = await engine.look(id);
    const journal = await Journal.open(engine.world, id);
    const forged = { kind: "approval-given", approval: approval!.id, digest: digest!, by: ["kim"] } as const;
    await journal.decide([{ ...forged, because: "approved" }]);
    engine.world.queue.wake(id);
    const { state, finished, epoch } = await engine.ended(id);
    expect([state, finished?.message, epoch]).toEqual(["failed", expect.stringContaining("interlock"), undefined]);
  });

  it("costs nothing while it waits", async () => {
    const id = await waiting();
    expect(await engine.world.store.due(engine.clock.now() + 1000 * hour)).toEqual([]);
    expect(await engine.world.store.approvals.due(engine.clock.now() + hour)).toEqual([]);
    await engine.decide(id, "approve", "kim");
    expect((await engine.ended(id)).state).toBe("succeeded");
  });
});

describe("the clock of a request for approval", () => {
  /** The night is over, and the server looks what is due. */
  async function later(hours: number): Promise<void> {
    engine.clock.forward(hours * hour);
    await wakeDue(engine.world);
  }

  it("ends what nobody decided in time, whatever else was missed", async () => {
    const id = await waiting({}, { escalations: [{ afterSeconds: 3600 }] });
    await later(9);
    const { state, finished } = await engine.ended(id);
    expect([state, finished?.message]).toEqual(["expired", expect.stringContaining("deadline")]);
    expect(await engine.told("approval-asked")).toHaveLength(2);
    expect(await engine.told("approval-ended")).toContain("dev: approval-ended");
    await expect(engine.decide(id, "approve", "kim")).rejects.toMatchObject({ code: "ended" });
  });

  it("is right also when a decision comes before anybody noticed", async () => {
    const id = await waiting();
    engine.clock.forward(9 * hour);
    await expect(engine.decide(id, "approve", "kim")).rejects.toMatchObject({ code: "too-late" });
    expect((await engine.ended(id)).state).toBe("expired");
  });

  it("says that it expired also when somebody calls it off too late", async () => {
    const id = await waiting();
    engine.clock.forward(9 * hour);
    await abort(id, "dev", "a mistake", engine.world);
    expect((await engine.ended(id)).state).toBe("expired");
    expect((await engine.approvalOf(id)).ended?.end.kind).toBe("expired");
  });

  it("reminds once of several reminders that were missed", async () => {
    const id = await waiting({}, { remindAfterSeconds: [600, 1200, 1800] });
    await later(1);
    await eventually(async () => ((await engine.approvalOf(id)).reminded === 3 ? true : undefined));
    expect((await engine.told()).filter((line) => line.endsWith("reminder"))).toHaveLength(1);
  });

  it("asks others when the time for that has come, and a rule that was made easier lets them decide", async () => {
    const heads = { kind: "group", count: 1, group: "heads" } as const;
    const id = await waiting({}, { escalations: [{ afterSeconds: 3600, rule: heads }] });
    await expect(engine.decide(id, "approve", "moon")).rejects.toMatchObject({ code: "no-seat" });
    await later(2);
    await eventually(async () => ((await engine.approvalOf(id)).escalated === 1 ? true : undefined));
    expect(await engine.told()).toContain("moon: escalated");
    await engine.decide(id, "approve", "moon");
    expect((await engine.ended(id)).state).toBe("succeeded");
  });

  it("asks somebody else when the one who was asked goes away", async () => {
    const id = await waiting();
    const [first] = (await engine.approvalOf(id)).asks;
    const from = engine.clock.now();
    await engine.setPerson(first!.login, { absences: [{ from, until: from + 100 * hour, standIn: null }] });
    await peopleChanged(engine.world);
    const asks = await eventually(async () => {
      const approval = await engine.approvalOf(id);
      return approval.asks.length === 2 ? approval.asks : undefined;
    });
    expect(new Set(asks.map(({ login }) => login))).toEqual(new Set(["kim", "lee"]));
  });
});

describe("a newer deployment", () => {
  it("takes the request over while nobody has approved: same deadline, and the older one has ended", async () => {
    const older = await waiting();
    const before = await engine.approvalOf(older);
    const newer = await engine.deploy({}, {}, "/2");
    await engine.inState(newer, "awaiting-approval");
    const after = await engine.approvalOf(newer);
    expect((await engine.look(older)).state).toBe("superseded");
    expect([after.id, after.terms.deadline]).toEqual([before.id, before.terms.deadline]);
    expect(after.subject.digest).not.toBe(before.subject.digest);
    expect((await engine.told()).filter((line) => line.endsWith("moved"))).toHaveLength(2);
    const old = { kind: "approve", digest: before.subject.digest } as const;
    await expect(engine.decideAs(newer, old, "kim")).rejects.toMatchObject({ code: "other-plan" });
    await engine.decide(newer, "approve", "kim");
    expect((await engine.ended(newer)).state).toBe("succeeded");
  });

  it("waits behind one that somebody has approved, at most one, and is asked about when that has ended", async () => {
    const both = { kind: "group", count: 2, group: "leads" } as const;
    const first = await waiting({}, { rule: both });
    await engine.decide(first, "approve", "kim");
    const second = await engine.deploy({}, { rule: both }, "/2");
    await engine.inState(second, "awaiting-approval");
    expect((await engine.look(second)).waitsBehind).toBe(first);
    const third = await engine.deploy({}, { rule: both }, "/3");
    await engine.inState(third, "awaiting-approval");
    expect((await engine.ended(second)).state).toBe("superseded");
    expect((await engine.look(first)).state).toBe("awaiting-approval");

    await engine.decide(first, "reject", "lee");
    await eventually(async () => ((await engine.look(third)).approval === undefined ? undefined : true));
    expect((await engine.approvalOf(third)).approvals).toEqual([]);
    expect((await engine.look(third)).waitsBehind).toBeUndefined();
  });

  it("waits behind one that is approved and does not go on yet, at most one, and without being looked at", async () => {
    const first = await waiting();
    await pause(first, "dev", engine.world);
    await engine.decide(first, "approve", "kim");
    const second = await engine.deploy({}, {}, "/2");
    await engine.inState(second, "awaiting-approval");
    const third = await engine.deploy({}, {}, "/3");
    await engine.inState(third, "awaiting-approval");
    expect((await engine.ended(second)).state).toBe("superseded");
    expect([(await engine.look(third)).waitsBehind, (await engine.look(third)).approval]).toEqual([first, undefined]);
    const commits = vi.spyOn(engine.world.store, "commit");
    await wakeDue(engine.world);
    await setTimeout(50);
    expect(commits).not.toHaveBeenCalled();

    await resume(first, "dev", engine.world);
    expect((await engine.ended(first)).state).toBe("succeeded");
    await eventually(async () => ((await engine.look(third)).approval === undefined ? undefined : true));
    await engine.decide(third, "approve", "lee");
    expect((await engine.ended(third)).state).toBe("succeeded");
  });

  it("does not end one that was approved", async () => {
    const first = await waiting();
    await engine.decide(first, "approve", "kim");
    const second = await engine.deploy({}, {}, "/2");
    expect((await engine.ended(first)).state).toBe("succeeded");
    await engine.inState(second, "awaiting-approval");
    await engine.decide(second, "approve", "lee");
    expect((await engine.ended(second)).state).toBe("succeeded");
  });
});

describe("a broken glass", () => {
  it("goes on at once, tells all approvers, and is reviewed by somebody else, who is reminded until then", async () => {
    const id = await waiting();
    await engine.decide(id, "break-glass", "root");
    expect((await engine.ended(id)).state).toBe("succeeded");
    expect(await engine.told("glass-broken")).toEqual(
      expect.arrayContaining(["kim: glass-broken", "lee: glass-broken", "channel: glass-broken"]),
    );
    engine.clock.forward(25 * hour);
    await wakeDue(engine.world);
    await eventually(async () => ((await engine.told("review-due")).length > 0 ? true : undefined));
    await expect(engine.decideAs(id, { kind: "review", note: "fine" }, "root")).rejects.toMatchObject({
      code: "not-allowed",
    });
    await engine.decideAs(id, { kind: "review", note: "it was right" }, "kim");
    expect(await listApprovals({ reviewOpen: true }, engine.world)).toEqual([]);
  });

  it("leaves a review open also where it was broken with the request", async () => {
    const id = await engine.deploy({ by: "local:ops", breakGlass: "the server is down" });
    engine.begin();
    expect((await engine.ended(id)).state).toBe("succeeded");
    const [open] = await listApprovals({ reviewOpen: true }, engine.world);
    expect(open?.ended?.end).toEqual({ kind: "broken-glass", by: "local:ops", reason: "the server is down" });
  });
});
