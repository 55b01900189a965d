/** Whoever decides at the same moment: one of them does, and both journals say the same. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { approvalEngine, type ApprovalEngine } from "../../../test/support/approval-engine.ts";
import { aPolicy, asked, oneOfLeads } from "../../../test/support/approvals.ts";
import { Dice } from "../../../test/support/simulated-requests.ts";
import { aRelease, aTarget } from "../../../test/support/targets.ts";
import { requestApproval } from "../../core/approval-request.ts";
import type { DeploymentEvent } from "../../core/deployment.ts";
import { fold } from "../../core/fold.ts";
import { planPrepare } from "../../core/plan.ts";
import { abort } from "../steer.ts";
import { runDeployment } from "../run.ts";
import { DecisionRefused } from "./decide.ts";
import { write } from "./docket.ts";
import { tendApproval } from "./tend.ts";
import { todayIn } from "./today.ts";

const tries = process.env["SIGNALBOX_TEST_ALL"] === "1" ? 10_000 : 300;
const digest = "a".repeat(64);
const leads = { rule: oneOfLeads, withinSeconds: 3600, remindAfterSeconds: [], escalations: [] };

describe("people who decide in the same millisecond", () => {
  let engine: ApprovalEngine;
  beforeAll(async () => {
    engine = await approvalEngine();
  });
  afterAll(async () => engine.close());

  /** A deployment that waits for its approval, put into the store at once. */
  async function put(number: number): Promise<string> {
    const { world } = engine;
    const id = `d-${number}`;
    const at = world.clock.now();
    const today = await todayIn("production", world);
    const wish = { kind: "deploy", service: `s${number}`, environment: "production", by: "dev" } as const;
    const prepare = planPrepare(aTarget({ service: wish.service }), { kind: "restart", release: aRelease(1) });
    const begin: DeploymentEvent = { kind: "requested", request: wish, prepare, policy: aPolicy(leads) };
    const after = fold(id, [{ sequence: 1, at, event: begin }]);
    await world.store.commit({ at, journals: [{ deployment: id, expected: 0, events: [begin], after, dueAt: null }] });
    const subject = { deployment: id, digest, requestedBy: "dev", writtenBy: [] };
    const { events } = requestApproval(subject, aPolicy(leads), today, at);
    const docket = { id: `a-${number}`, service: wish.service, environment: "production", seen: 0 };
    await write({ entries: [{ docket, events: [...events, asked("kim", "lee")], today, at, audit: [] }] }, world);
    return id;
  }

  const ways: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
    "kim approves": (id) => engine.decideAs(id, { kind: "approve", digest }, "kim"),
    "lee approves": (id) => engine.decideAs(id, { kind: "approve", digest }, "lee"),
    "lee rejects": (id) => engine.decideAs(id, { kind: "reject", digest, reason: "no" }, "lee"),
    "root breaks the glass": (id) => engine.decideAs(id, { kind: "break-glass", digest, reason: "fire" }, "root"),
    "dev withdraws": (id) => engine.decideAs(id, { kind: "withdraw", reason: "wrong" }, "dev"),
    "dev aborts": async (id) => {
      await abort(id, "dev", "wrong", engine.world);
      await runDeployment(id, engine.world, AbortSignal.timeout(10_000));
    },
    "the clock": (id) => tendApproval(id.replace("d-", "a-"), engine.world),
  };

  it(`end it exactly once, ${tries} times, and both journals agree`, { timeout: 600_000 }, async () => {
    const dice = new Dice(7);
    const ends = new Set<string>();
    const wrong: string[] = [];
    const unexpected: unknown[] = [];
    for (let number = 0; number < tries; number += 1) {
      const id = await put(number);
      const names = Object.keys(ways).filter(() => dice.next() < 0.5);
      const isLate = dice.next() < 0.2;
      if (isLate) engine.clock.forward(3_600_000);
      const order = names.map((name) => ({ name, at: dice.next() })).toSorted((a, b) => a.at - b.at);
      const results = await Promise.allSettled([...order.map(({ name }) => ways[name]!(id)), ways["the clock"]!(id)]);
      unexpected.push(...results.flatMap((result) => (result.status === "rejected" ? [result.reason] : [])));

      const must = isLate || names.some((name) => name !== "the clock");
      const end = await whatIsWrong(number, { id, must, isLate });
      if ("wrong" in end) wrong.push(`try ${number} (${names.join(", ")}): ${end.wrong}`);
      else ends.add(end.kind);
    }
    expect(unexpected.filter((error) => !mayBeToldSo(error))).toEqual([]);
    expect(wrong).toEqual([]);
    expect([...ends]).toEqual(expect.arrayContaining(["approved", "rejected", "withdrawn", "expired", "broken-glass"]));
  });

  async function whatIsWrong(
    number: number,
    { id, must, isLate }: { readonly id: string; readonly must: boolean; readonly isLate: boolean },
  ): Promise<{ readonly wrong: string } | { readonly kind: string }> {
    const kept = (await engine.world.store.approvals.find(`a-${number}`))!;
    const ended = kept.events.flatMap(({ event }) => (event.kind === "ended" ? [event.end.kind] : []));
    const { state } = await engine.look(id);
    const events = (await engine.world.store.journal(id)).map(({ event }) => event.kind);
    const count = (kind: string): number => events.filter((one) => one === kind).length;
    const [kind = "none"] = ended;
    const opens = kind === "approved" || kind === "broken-glass";
    if (ended.length !== Number(must)) return { wrong: `it has ${ended.length} ends` };
    if (count("approval-given") !== Number(opens))
      return { wrong: `${kind}, but given ${count("approval-given")} times` };
    if (count("finished") > 1) return { wrong: "its deployment has several ends" };
    if (must && !opens && state !== kind) return { wrong: `${kind}, but its deployment is ${state}` };
    return isLate && kind !== "expired" ? { wrong: `${kind} after its deadline` } : { kind };
  }
});

function mayBeToldSo(error: unknown): boolean {
  return error instanceof DecisionRefused || (error instanceof Error && error.name === "AlreadyFinished");
}
