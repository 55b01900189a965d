import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  aRequest,
  aSubject,
  aToday,
  after,
  asked,
  hour,
  leadsAndDba,
  oneOfDba,
  oneOfLeads,
  people,
} from "../../test/support/approvals.ts";
import type { Approval } from "./approval.ts";
import { decide } from "./approval-decide.ts";
import { due, dueAt } from "./approval-due.ts";
import { tend, type Rotation } from "./approval-tend.ts";
import type { Standing, Today } from "./approval-people.ts";
import type { Interval } from "./fairness-presence.ts";

const minute = 60_000;
const today = aToday();
const rotation: Rotation = { asks: [], turn: 0, members: new Map() };
const awayFrom = (login: string, ...away: readonly Interval[]): Record<string, Standing> => ({
  [login]: { ...people[login]!, away },
});

/** Asks whom the clock wants to be asked at this time, and leaves the reminders. */
function settled(approval: Approval, now: number, here: Today = today): Approval {
  const wanted = due(approval, here, now);
  if (wanted?.kind !== "ask" && wanted?.kind !== "escalate") return approval;
  return settled(after(approval, now, ...tend(approval, here, rotation, now).events), now, here);
}

const openLogins = ({ asks }: Approval): readonly string[] =>
  asks.filter(({ closed }) => closed === undefined).map(({ login }) => login);

describe("the clock", () => {
  it("asks as soon as there is a request, for every seat of the rule", () => {
    const request = aRequest({ rule: leadsAndDba });
    expect(dueAt(request, today, 0)).toBe(0);
    const asking = settled(request, 0);
    expect(openLogins(asking)).toEqual(["kim", "choi"]);
    expect(due(asking, today, 0)).toBeUndefined();
    expect(dueAt(asking, today, 0)).toBe(2 * hour);
  });

  it("reminds those whose answer is missing, once for all reminders that were missed", () => {
    const request = aRequest({ rule: leadsAndDba, remindAfterSeconds: [3600, 7200, 10_800] });
    const asking = after(settled(request, 0), 1, { kind: "approved", by: "kim", digest: aSubject().digest });
    expect(due(asking, today, 2.5 * hour)).toEqual({ kind: "remind", reminder: 1, whom: ["choi"] });
    const reminded = after(asking, 2.5 * hour, { kind: "reminded", reminder: 1 });
    expect(due(reminded, today, 2.5 * hour)).toBeUndefined();
    expect(dueAt(reminded, today, 2.5 * hour)).toBe(3 * hour);
  });

  it("expires it at the deadline, before everything that was missed", () => {
    const request = aRequest({ escalations: [{ afterSeconds: 60 }] });
    expect(due(request, today, 4 * hour)).toEqual({ kind: "expire" });
    expect(due(request, today, 400 * hour)).toEqual({ kind: "expire" });
    const expired = after(request, 4 * hour, { kind: "ended", end: { kind: "expired" } });
    expect(due(expired, today, 400 * hour)).toBeUndefined();
    expect(dueAt(expired, today, 400 * hour)).toBeUndefined();
  });

  it("asks somebody else when who was asked goes away, and does not wait for that to be noticed", () => {
    const asking = settled(aRequest(), 0);
    const leaving = aToday(awayFrom("kim", { from: hour, until: 9 * hour }));
    expect(dueAt(asking, leaving, 0)).toBe(hour);
    expect(openLogins(settled(asking, hour, leaving))).toEqual(["kim", "lee"]);
  });

  it("asks whoever is back sooner than they had said, and does not try those again who help nobody", () => {
    const gone = {
      ...awayFrom("kim", { from: 0, until: 90 * hour }),
      ...awayFrom("lee", { from: 0, until: 9 * hour }),
    };
    const away = aToday({ ...gone, ...awayFrom("moon", { from: 0, until: 90 * hour }) });
    const request = settled(aRequest(), 0, away);
    expect([openLogins(request), request.unfilled?.againAt]).toEqual([[], 9 * hour]);
    const back = aToday({ ...gone, ...awayFrom("moon") });
    expect(dueAt(request, back, hour)).toBe(hour);
    expect(openLogins(settled(request, hour, back))).toEqual(["moon"]);
    const other = settled(request, hour, aToday({ ...gone, ...awayFrom("moon", { from: 0, until: 90 * hour }) }));
    expect(openLogins(other)).toEqual([]);
  });

  it("ends it as approved when those who have approved are enough again", () => {
    const request = settled(aRequest({ rule: { kind: "group", count: 2, group: "leads" } }), 0);
    const { digest } = aSubject();
    const lost = aToday({ kim: { ...people["kim"]!, rights: [] } });
    const first = after(request, 1, ...decide(request, { kind: "approve", digest, by: "kim", today }, 1).events);
    const both = after(first, 2, ...decide(first, { kind: "approve", digest, by: "lee", today: lost }, 2).events);
    expect(both.ended).toBeUndefined();
    expect(dueAt(both, today, 3)).toBe(3);
    expect(tend(both, today, rotation, 3).events).toEqual([
      { kind: "ended", end: { kind: "approved", by: ["kim", "lee"] } },
    ]);
  });

  it("asks only for the seat of whoever is missing", () => {
    const asking = settled(aRequest({ rule: leadsAndDba }), 0);
    const leaving = aToday(awayFrom("kim", { from: hour, until: 9 * hour }));
    expect(openLogins(settled(asking, hour, leaving))).toEqual(["kim", "choi", "lee"]);
  });

  it("asks somebody else when who was asked may not approve any more", () => {
    const asking = settled(aRequest(), 0);
    const without = aToday({ kim: { ...people["kim"]!, rights: [] } });
    expect(openLogins(settled(asking, 1, without))).toEqual(["kim", "lee"]);
  });

  it("asks somebody else when the newer plan is by who was asked", () => {
    const asking = settled(aRequest(), 0);
    const moved = after(asking, 1, { kind: "moved", subject: aSubject({ digest: "b", writtenBy: ["kim"] }) });
    expect(openLogins(settled(moved, 1))).toEqual(["kim", "lee"]);
  });

  it("waits until somebody is back when nobody is there", () => {
    const nobody = aToday({
      ...awayFrom("kim", { from: 0, until: hour }, { from: hour, until: 3 * hour }),
      ...awayFrom("lee", { from: 0, until: 2 * hour }),
      ...awayFrom("moon", { from: 0, until: 9 * hour }),
    });
    const waiting = settled(aRequest({ remindAfterSeconds: [] }, {}, nobody), 0, nobody);
    expect(waiting.unfilled).toEqual({
      reason: "nobody is there for one of leads; away: kim, lee, moon",
      againAt: 2 * hour,
    });
    expect(dueAt(waiting, nobody, 0)).toBe(2 * hour);
    expect(openLogins(settled(waiting, 2 * hour, nobody))).toEqual(["lee"]);
  });

  it("does not wait any longer when the plan, the rule or the people change", () => {
    const { kim, lee, moon } = people;
    const gone = [{ from: 0, until: 9 * hour }];
    const here = aToday({ lee: { ...lee!, away: gone }, moon: { ...moon!, away: gone } });
    const escalations = [{ afterSeconds: 3600, rule: oneOfDba }];
    const waiting = settled(aRequest({ escalations }, { writtenBy: ["kim"] }, here), 0, here);
    expect(waiting.unfilled?.againAt).toBe(9 * hour);
    expect(openLogins(settled(after(waiting, 1, { kind: "moved", subject: aSubject() }), 1, here))).toEqual(["kim"]);

    const escalated = after(waiting, hour, { kind: "escalated", step: 0 });
    expect(due(escalated, here, hour)).toEqual({ kind: "ask" });
    const handedOver = after(waiting, 1, { kind: "handed-over", from: "moon", to: "lee" });
    expect(due(handedOver, aToday({ kim: kim!, lee: { ...lee!, rights: [] } }), 1)).toEqual({ kind: "ask" });
  });

  it("waits for the deadline when nobody will be there at all", () => {
    const request = aRequest({ remindAfterSeconds: [] });
    const nobody: Today = new Map();
    const waiting = settled(request, 0, nobody);
    expect(waiting.unfilled).toEqual({ reason: "nobody is there for one of leads" });
    expect(dueAt(waiting, nobody, 0)).toBe(4 * hour);
  });

  it("reminds of a broken glass until somebody has looked at it", () => {
    const broken = after(aRequest(), hour, { kind: "ended", end: { kind: "broken-glass", by: "root", reason: "!" } });
    expect(dueAt(broken, today, hour)).toBe(25 * hour);
    expect(due(broken, today, 25 * hour)).toEqual({ kind: "remind-of-review", brokenBy: "root" });
    const reminded = after(broken, 26 * hour, { kind: "review-reminded" });
    expect(dueAt(reminded, today, 26 * hour)).toBe(50 * hour);
    const reviewed = after(reminded, 27 * hour, { kind: "reviewed", by: "kim", note: "fine" });
    expect(dueAt(reviewed, today, 99 * hour)).toBeUndefined();
  });
});

describe("tending a request", () => {
  it("writes down one thing after the other until nothing is due", () => {
    const events = (from: Approval, now: number): readonly string[] => {
      const [event, ...more] = tend(from, today, rotation, now).events;
      if (event === undefined) return [];
      return [event.kind, ...more.map(({ kind }) => kind), ...events(after(from, now, event, ...more), now)];
    };
    const request = aRequest({ escalations: [{ afterSeconds: 3600 }] });
    expect(events(request, 0)).toEqual(["asked"]);
    expect(events(request, 3 * hour)).toEqual(["escalated", "asked", "reminded"]);
    expect(events(request, 5 * hour)).toEqual(["ended"]);
    const broken = after(request, 0, { kind: "ended", end: { kind: "broken-glass", by: "root", reason: "!" } });
    expect(events(broken, 25 * hour)).toEqual(["review-reminded"]);
  });
});

describe("an escalation", () => {
  it("to the next person asks beside the first one", () => {
    const asking = settled(aRequest({ escalations: [{ afterSeconds: 60 }, { afterSeconds: 120 }] }), 0);
    const once = settled(asking, minute);
    expect(openLogins(once)).toEqual(["kim", "lee"]);
    expect(openLogins(settled(once, 2 * minute))).toEqual(["kim", "lee", "moon"]);
    expect(openLogins(settled(asking, 2 * minute))).toEqual(["kim", "lee", "moon"]);
  });

  it("asks nobody for what has been approved already", () => {
    const asking = settled(aRequest({ rule: leadsAndDba, escalations: [{ afterSeconds: 60 }] }), 0);
    const half = after(asking, 1, { kind: "approved", by: "kim", digest: aSubject().digest });
    expect(openLogins(settled(half, minute))).toEqual(["choi", "moon"]);
  });

  it("to another rule makes that one enough", () => {
    const asking = settled(aRequest({ escalations: [{ afterSeconds: 60, rule: oneOfDba }] }), 0);
    const escalated = settled(asking, minute);
    expect(openLogins(escalated)).toEqual(["kim", "choi"]);
    expect(escalated.rule).toEqual({ kind: "any", of: [oneOfLeads, oneOfDba] });
  });

  it("to a rule that is met already is the end", () => {
    const asking = settled(aRequest({ rule: leadsAndDba, escalations: [{ afterSeconds: 60, rule: oneOfLeads }] }), 0);
    const half = after(asking, 1, { kind: "approved", by: "kim", digest: aSubject().digest });
    expect(settled(half, minute).ended).toEqual({ at: minute, end: { kind: "approved", by: ["kim"] } });
  });
});

const interval = fc
  .tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 200 }))
  .map(([from, length]) => ({ from: from * minute, until: (from + length) * minute }));

describe("the next time", () => {
  it("is the first at which something is due, wherever the clock stands", () => {
    const absences = fc.record({ kim: fc.array(interval), lee: fc.array(interval), moon: fc.array(interval) });
    const times = fc.array(fc.integer({ min: 1, max: 239 }), { maxLength: 3 });
    const start = fc.integer({ min: 0, max: 300 });
    fc.assert(
      fc.property(absences, times, times, start, fc.boolean(), (away, reminders, escalations, from, isAsked) => {
        const here = aToday(
          Object.fromEntries(Object.entries(away).map(([login, list]) => [login, { ...people[login]!, away: list }])),
        );
        const request = aRequest({
          remindAfterSeconds: reminders.map((at) => at * 60),
          escalations: escalations.map((at) => ({ afterSeconds: at * 60 })),
        });
        const approval = isAsked ? settled(request, 0, here) : request;
        const found = dueAt(approval, here, from * minute);
        let expected = from;
        while (due(approval, here, expected * minute) === undefined) expected += 1;
        expect(found).toBe(expected * minute);
      }),
      { numRuns: 500 },
    );
  });

  it("is none while an answer alone is missing", () => {
    expect(due(after(aRequest(), 0, asked("kim")), today, minute)).toBeUndefined();
  });
});
