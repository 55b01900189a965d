import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ApprovalWorld, worldActs } from "../../test/support/approval-world.ts";
import { ApprovalJournal, aPolicy, aSubject, aToday, hour, leadsAndDba } from "../../test/support/approvals.ts";
import type { Answer, Approval } from "./approval.ts";
import { decide, type Decision } from "./approval-decide.ts";
import { foldApproval } from "./approval-fold.ts";
import { overtakenBy, replanned } from "./approval-plan-change.ts";
import { requestApproval, ruleOf } from "./approval-request.ts";
import { tend } from "./approval-tend.ts";

const today = aToday();
const digest = aSubject().digest;
const newer = aSubject({ deployment: "d-2", digest: "b".repeat(64) });

/** Somebody with a mind made up: asked about a state, they always say the same. */
type Actor = (approval: Approval, now: number) => Answer;

const person =
  (decision: Decision): Actor =>
  (approval, now) =>
    decide(approval, decision, now);

const clock: Actor = (approval, now) =>
  tend(approval, today, { asks: approval.asks, turn: 0, members: new Map() }, now);

const cast: Readonly<Record<string, Actor>> = {
  "kim says yes": person({ kind: "approve", by: "kim", digest, today }),
  "kim says yes again": person({ kind: "approve", by: "kim", digest, today }),
  "lee says no": person({ kind: "reject", by: "lee", digest, reason: "no", today }),
  "park says yes": person({ kind: "approve", by: "park", digest, today }),
  "moon says yes": person({ kind: "approve", by: "moon", digest, today }),
  "choi says no": person({ kind: "reject", by: "choi", digest, reason: "no", today }),
  "a stranger says yes": person({ kind: "approve", by: "mallory", digest, today }),
  "dev withdraws": person({ kind: "withdraw", by: "dev", reason: "no", today }),
  "root breaks the glass": person({ kind: "break-glass", by: "root", digest, reason: "now", today }),
  "the clock": clock,
  "a newer push": (approval, now) => overtakenBy(approval, newer, now),
  "another plan": (approval, now) => replanned(approval, { ...newer, deployment: "d-1" }, now),
};

/**
 * Everybody reads at some time and writes at some later time. Who finds that the journal has moved on reads and
 * decides again, until it is written or there is nothing to write.
 */
function race(journal: ApprovalJournal, actors: readonly Actor[], now: number, order: readonly number[]): void {
  const seen = new Map<number, { readonly version: number; readonly answer: Answer }>();
  const done = new Set<number>();
  const turn = (index: number): void => {
    const before = seen.get(index);
    if (before === undefined) {
      seen.set(index, { version: journal.version, answer: actors[index]!(journal.read(), now) });
      return;
    }
    seen.delete(index);
    if (journal.append(before.version, now, before.answer.events)) done.add(index);
  };
  for (const index of order) if (!done.has(index % actors.length)) turn(index % actors.length);
  for (const [index] of actors.entries()) while (!done.has(index)) turn(index);
}

function asked(rule: typeof leadsAndDba | ReturnType<typeof ruleOf>): ApprovalJournal {
  const journal = new ApprovalJournal();
  const { events } = requestApproval(aSubject(), aPolicy({ rule }), today, 0);
  journal.append(0, 0, events);
  return journal;
}

const order = fc.array(fc.nat({ max: 11 }), { maxLength: 40 });
const moment = fc.constantFrom(1, 4 * hour - 1, 4 * hour, 4 * hour + 1);

describe("two people in the same millisecond", () => {
  it("make exactly one end, 10,000 times, whoever reads and writes first", () => {
    const either = ruleOf({ approvers: ["kim", "lee"], quorum: 1 });
    const ends: Record<string, number> = {};
    fc.assert(
      fc.property(order, (turns) => {
        const journal = asked(either);
        race(journal, [cast["kim says yes"]!, cast["lee says no"]!], hour, turns);
        expect(journal.ends).toHaveLength(1);
        ends[journal.ends[0]!] = (ends[journal.ends[0]!] ?? 0) + 1;
      }),
      { numRuns: 10_000 },
    );
    expect(Object.keys(ends).toSorted()).toEqual(["approved", "rejected"]);
  }, 60_000);

  it("and everybody else beside them make one end at most, and the end stays", () => {
    const names = Object.keys(cast);
    const ends = new Set<string>();
    fc.assert(
      fc.property(fc.subarray(names, { minLength: 2 }), order, moment, (actors, turns, now) => {
        const journal = asked(leadsAndDba);
        race(
          journal,
          actors.map((name) => cast[name]!),
          now,
          turns,
        );
        const end = journal.ends[0];
        if (end !== undefined) ends.add(end);
        expect(journal.ends.length).toBeLessThanOrEqual(1);
        expect([journal.ends, now >= 4 * hour && journal.ends.some((one) => one !== "expired")]).toEqual([
          journal.ends,
          false,
        ]);
        expect(foldApproval("a-1", journal.events)).toEqual(journal.read());
      }),
      { numRuns: 10_000 },
    );
    expect([...ends].toSorted()).toEqual(["approved", "broken-glass", "expired", "rejected", "voided", "withdrawn"]);
  }, 60_000);
});

describe("whatever people, clocks and pushes do", () => {
  it("nobody opens the gate who may not, nothing that is over begins again, and no plan passes for another", () => {
    const seen: Record<string, number> = {};
    fc.assert(
      fc.property(fc.array(worldActs, { minLength: 5, maxLength: 40 }), fc.nat({ max: 3 }), (acts, which) => {
        const world = new ApprovalWorld(which);
        for (const act of acts) {
          world.do(act);
          expect(world.wrongs).toEqual([]);
        }
        expect(world.isReplayed()).toBe(true);
        const end = world.journal.ends[0] ?? "none";
        seen[end] = (seen[end] ?? 0) + 1;
      }),
      { numRuns: 10_000 },
    );
    // A walk that never got anywhere would prove nothing.
    for (const end of ["approved", "rejected", "expired", "voided", "withdrawn", "broken-glass", "none"]) {
      expect([end, (seen[end] ?? 0) >= 20]).toEqual([end, true]);
    }
  }, 60_000);
});
