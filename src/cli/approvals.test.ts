import { describe, expect, it } from "vitest";

import { request } from "../../test/support/deployments.ts";
import { aPlace, fakeClient, viewOf } from "../../test/support/fake-client.ts";
import { signalbox } from "../../test/support/fake-shell.ts";
import type { ApprovalView } from "../api/approval-views.ts";
import { peopleWords } from "./progress/waiting.ts";

const now = Date.UTC(2026, 0, 5, 9);
const digest = "4f".repeat(32);

function anApproval(differences: Partial<ApprovalView> = {}): ApprovalView {
  return {
    id: "01j0",
    service: "orders",
    environment: "production",
    deployment: "01j1",
    number: 12,
    digest,
    revision: "1a2b3c4d5e6f7a8b",
    release: 42,
    requestedBy: "dev",
    pushedBy: null,
    writtenBy: ["dev"],
    requestedAt: now,
    deadline: now + 3 * 3_600_000,
    rule: "one of kim, lee",
    asked: [{ login: "kim", at: now, for: null, because: null }],
    approvals: [],
    unfilled: null,
    ended: null,
    review: null,
    reviewOpen: false,
    risk: [{ kind: "files", count: 3 }],
    plan: ["drain web-1", "activate release 42 on web-1"],
    isMine: true,
    objection: null,
    ...differences,
  };
}

const ended = (kind: string) => ({ at: now, kind, by: ["kim"], reason: null });
const approved = anApproval({ ended: ended("approved") });

describe("signalbox approve", () => {
  it("shows plan, risk and digest before it asks, and approves the plan that it showed", async () => {
    const client = fakeClient({ approvals: [anApproval()] });
    const { exitCode, err } = await signalbox("approve d-12", { client, says: true });
    for (const shown of ["d-12  orders@production", "activate release 42 on web-1", "3 files changed", digest])
      expect(err).toContain(shown);
    expect(err.indexOf(digest)).toBeLessThan(err.indexOf("Approve this?"));
    expect(client.calls.at(-1)).toBe(`approvals.approve "01j0" {"digest":"${digest}"}`);
    expect(exitCode).toBe(0);
  });

  it("decides nothing when the answer is no", async () => {
    const client = fakeClient({ approvals: [anApproval()] });
    const { exitCode, err } = await signalbox("approve d-12", { client, says: false });
    expect(err).toContain("Nothing was decided.");
    expect(client.calls).toEqual(['approvals.find "d-12"']);
    expect(exitCode).toBe(3);
  });

  it("needs the digest, or --yes, where nobody can be asked", async () => {
    const client = fakeClient({ approvals: [anApproval()] });
    const { exitCode, err } = await signalbox("approve d-12", { client });
    expect(err).toContain(`signalbox approve d-12 --plan ${digest}`);
    expect([exitCode, client.calls.length]).toEqual([2, 1]);
    expect((await signalbox("approve d-12 --yes", { client: fakeClient({ approvals: [approved] }) })).exitCode).toBe(0);
    const scripted = fakeClient({ approvals: [approved] });
    const other = "a".repeat(64);
    const { out } = await signalbox(`approve d-12 --plan ${other} --json`, { client: scripted });
    expect(scripted.calls.at(-1)).toContain(other);
    expect(JSON.parse(out).approval.ended.kind).toBe("approved");
  });

  it("says what is still missing, and why one's own approval would not count", async () => {
    const objection = "dev requested this change";
    const client = fakeClient({ approvals: [anApproval({ objection })] });
    const { out, err } = await signalbox("approve d-12 --yes", { client });
    expect(err).toContain(`Your approval would not count: ${objection}`);
    expect(out).toContain("It still waits for kim.");
  });

  it("takes the only one that waits, and asks which one where there are several", async () => {
    const one = fakeClient({ approvals: [anApproval()] });
    expect((await signalbox("approve --yes", { client: one })).err).toContain("the only one that waits for you");
    const two = fakeClient({ approvals: [anApproval(), anApproval({ number: 13 })] });
    const { exitCode, err } = await signalbox("approve --yes", { client: two });
    expect([exitCode, err]).toEqual([2, expect.stringContaining("d-12 (orders@production), d-13")]);
  });

  it("speaks Korean to who reads it", async () => {
    const client = fakeClient({ approvals: [anApproval()] });
    const { err } = await signalbox("approve d-12 --yes", { client, env: { LANG: "ko_KR.UTF-8" } });
    for (const shown of ["배포 계획", "변경된 파일 3개", "3시간 남음"]) expect(err).toContain(shown);
  });

  it("shows nothing to the terminal that steers it", async () => {
    const evil = anApproval({ rule: "one\u001B]0;x\u0007 of", requestedBy: "\u001B[31mdev", plan: ["a\u001B[2Jb"] });
    const { err } = await signalbox("approve d-12 --yes", { client: fakeClient({ approvals: [evil] }) });
    expect(err).not.toContain("\u001B");
  });
});

describe("signalbox inbox", () => {
  it("shows what waits for me, with the time left, and open reviews", async () => {
    const { out } = await signalbox("inbox", { client: fakeClient({ approvals: [anApproval()] }) });
    for (const shown of [
      "Waits for you",
      "d-12  orders@production",
      "3 h left",
      "3 files changed",
      "signalbox approve d-12",
    ])
      expect(out).toContain(shown);
  });

  it("shows what waits for others when it is asked to", async () => {
    const client = () => fakeClient({ approvals: [anApproval({ isMine: false })] });
    expect((await signalbox("inbox", { client: client() })).out).toContain("Nothing waits for you.");
    expect((await signalbox("inbox --all", { client: client() })).out).toContain("Waits for others");
  });
});

describe("the other decisions", () => {
  it.each([
    ["reject d-12 --reason no", `approvals.reject "01j0" {"digest":"${digest}","reason":"no"}`],
    ["handover d-12 --to lee", 'approvals.handOver "01j0" {"to":"lee"}'],
    ["withdraw d-12 --reason mistake", 'approvals.withdraw "d-12" {"reason":"mistake"}'],
    ["revoke d-12", 'approvals.revoke "d-12"'],
    ["review d-12 --note fine", 'approvals.review "d-12" {"note":"fine"}'],
    ["approve d-12 --yes --break-glass down", `approvals.breakGlass "01j0" {"digest":"${digest}","reason":"down"}`],
  ])("signalbox %s", async (line, call) => {
    const client = fakeClient({ approvals: [anApproval()] });
    expect((await signalbox(line, { client })).exitCode).toBe(0);
    expect(client.calls.at(-1)).toBe(call);
  });

  it.each(["reject d-12", "withdraw d-12", "review d-12", "handover d-12"])("need their words: %s", async (line) => {
    const client = fakeClient({ approvals: [anApproval()] });
    expect([(await signalbox(line, { client })).exitCode, client.calls]).toEqual([2, []]);
  });
});

describe("what a deployment waits for", () => {
  const last = viewOf([{ sequence: 1, at: now, event: { kind: "requested", request } }]);
  const lastDeployment = { ...last, id: "01j1", state: "awaiting-approval" };

  it("stands in the status and in the history", async () => {
    const client = () =>
      fakeClient({ approvals: [anApproval()], deployments: [lastDeployment], places: [aPlace({ lastDeployment })] });
    expect((await signalbox("status", { client: client() })).out).toContain("d-12: awaiting approval of kim until");
    expect((await signalbox("history", { client: client() })).out).toContain("awaiting approval of kim");
  });

  it("is said with names and the time, and with who has approved", () => {
    const asked = ["kim", "lee"].map((login) => ({ login, at: now, for: null, because: null }));
    expect(peopleWords(anApproval({ asked }), now)).toMatch(/^awaiting approval of kim, lee until \d\d:\d\d$/);
    const half = anApproval({ approvals: [{ by: "kim", at: now, comment: null }] });
    expect(peopleWords(half, now)).toContain("; approved so far by kim");
  });
});
