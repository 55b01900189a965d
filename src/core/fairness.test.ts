import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Office, day, usualAbsences } from "../../test/support/approval-office.ts";
import { hour, leadsAndDba, oneOfLeads } from "../../test/support/approvals.ts";
import type { Ask } from "./approval.ts";
import type { Rule } from "./approval-rule.ts";
import { chooseWhom, type Question } from "./fairness.ts";
import { loadOf, type Member } from "./fairness-load.ts";
import { backAt, isAway, presentMilliseconds } from "./fairness-presence.ts";
import { fairnessReport } from "./fairness-report.ts";

const now = 100 * day;
const lead = (login: string, differences: Partial<Member> = {}): Member => ({
  login,
  groups: ["leads"],
  away: [],
  ...differences,
});
const dba = (login: string): Member => lead(login, { groups: ["dba"] });
const away = { away: [{ from: now - day, until: now + day }] };
const answered = (login: string, daysAgo: number, how: "approved" | "handed-over" = "approved"): Ask => {
  const at = now - daysAgo * day;
  return { login, at, why: "rotation", closed: { at: at + hour, how } };
};
const open = (login: string): Ask => ({ login, at: now - hour, why: "rotation" });
const ask = (question: Partial<Question>): readonly string[] =>
  chooseWhom({ rule: oneOfLeads, taken: [], members: [], asks: [], now, turn: 0, ...question }).people.map(
    ({ login }) => login,
  );
const three = [lead("kim"), lead("lee"), lead("moon")];

describe("the rotation", () => {
  it("asks who has been asked least lately", () => {
    const asks = [answered("kim", 1), answered("lee", 2), answered("lee", 3), answered("moon", 1), answered("moon", 2)];
    expect(ask({ members: three, asks })).toEqual(["kim"]);
  });

  it("forgets what was two weeks ago", () => {
    const asks = [answered("lee", 15), answered("lee", 16), answered("kim", 1), answered("moon", 1)];
    expect(ask({ members: three, asks })).toEqual(["lee"]);
  });

  it("counts what is open twice", () => {
    const asks = [open("kim"), answered("lee", 0.01), answered("moon", 1), answered("moon", 2)];
    expect(ask({ members: three, asks })).toEqual(["lee"]);
  });

  it("does not count what was handed over", () => {
    const asks = [answered("kim", 0.1, "handed-over"), answered("lee", 1), answered("moon", 1)];
    expect(ask({ members: three, asks })).toEqual(["kim"]);
  });

  it("takes who was asked longest ago where that is equal, and begins with another name each time", () => {
    expect(ask({ members: three, asks: [answered("kim", 1), answered("lee", 3), answered("moon", 2)] })).toEqual([
      "lee",
    ]);
    expect([0, 1, 2, 3].map((turn) => ask({ members: three, turn })[0])).toEqual(["kim", "lee", "moon", "kim"]);
  });

  it("fills every seat with as few people as the rule needs", () => {
    const members = [...three, dba("park"), dba("choi")];
    expect(ask({ rule: leadsAndDba, members, asks: [answered("choi", 1), answered("kim", 1)] })).toEqual([
      "lee",
      "park",
    ]);
    expect(ask({ rule: leadsAndDba, members, taken: [{ login: "lee", groups: ["leads"] }] })).toEqual(["choi"]);
    const either: Rule = { kind: "any", of: [leadsAndDba, { kind: "people", count: 1, people: ["moon"] }] };
    expect(ask({ rule: either, members })).toEqual(["moon"]);
  });

  it("takes the way whose people have less to do", () => {
    const person = (login: string): Rule => ({ kind: "people", count: 1, people: [login] });
    const rule: Rule = { kind: "all", of: [person("kim"), { kind: "any", of: [person("lee"), person("moon")] }] };
    expect(ask({ rule, members: three, asks: [answered("lee", 1)] })).toEqual(["kim", "moon"]);
  });

  it("takes the way on which nobody is missing", () => {
    const rule: Rule = { kind: "any", of: [{ kind: "people", count: 1, people: ["kim"] }, leadsAndDba] };
    expect(ask({ rule, members: [lead("kim", away), lead("lee"), dba("park")] })).toEqual(["lee", "park"]);
  });

  it("says why", () => {
    expect(
      chooseWhom({ rule: oneOfLeads, taken: [], members: three, asks: [open("kim")], now, turn: 0 }).people,
    ).toEqual([{ login: "lee", because: "0 open, asked 0 times in 14 days, 3 could be asked" }]);
  });
});

describe("who is away", () => {
  it("is never asked, even when nobody else is there", () => {
    const members = [lead("kim", away), lead("lee", { away: [{ from: now, until: now + 3 * day }] })];
    expect(chooseWhom({ rule: oneOfLeads, taken: [], members, asks: [], now, turn: 0 })).toEqual({
      people: [],
      unfilled: { reason: "nobody is there for one of leads; away: kim, lee", againAt: now + day },
    });
  });

  it("is asked again from the moment of their return", () => {
    expect(ask({ members: [lead("kim", { away: [{ from: now - day, until: now }] })] })).toEqual(["kim"]);
  });

  it("finds no backlog afterwards: they are asked once, and then as often as the others", () => {
    const kim = lead("kim", { away: [{ from: now - 20 * day, until: now - hour }] });
    const busy = [lead("lee"), lead("moon")].flatMap(({ login }) => [1, 2, 3, 4].map((days) => answered(login, days)));
    expect(ask({ members: [kim, lead("lee"), lead("moon")], asks: busy })).toEqual(["kim"]);
    expect(ask({ members: [kim, lead("lee"), lead("moon")], asks: [...busy, open("kim")] })).not.toEqual(["kim"]);
  });

  it("and somebody new are alike in that", () => {
    const eve = lead("eve", { since: now - hour });
    expect(loadOf(eve, [open("eve")], now).weight).toBeGreaterThan(10 * loadOf(lead("lee"), [open("lee")], now).weight);
  });

  it("is stood in for by whom they named, in their turn", () => {
    const members = [lead("kim", { ...away, standIn: "moon" }), lead("lee"), lead("moon")];
    const asks = [answered("lee", 1), answered("moon", 1)];
    const choice = chooseWhom({ rule: oneOfLeads, taken: [], members, asks, now, turn: 0 });
    expect(choice.people).toEqual([
      {
        login: "moon",
        for: "kim",
        because: "stands in for kim; 0 open, asked 1 times in 14 days, 2 could be asked",
      },
    ]);
  });

  it("is stood in for no more often than it would have been their turn", () => {
    const loads = { lee: 1, choi: 4, park: 4 };
    const asks = Object.entries(loads).flatMap(([login, times]) =>
      Array.from({ length: times }, () => answered(login, 1)),
    );
    const inTheirTurn: readonly Ask[] = [1, 2].map((days) => ({ ...answered("moon", days), for: "kim" }));
    const members = [
      lead("kim", { ...away, standIn: "moon" }),
      ...Object.keys(loads).map((one) => lead(one)),
      lead("moon"),
    ];
    expect(ask({ members, asks })).toEqual(["moon"]);
    expect(ask({ members, asks: [...asks, ...inTheirTurn] })).toEqual(["lee"]);
  });

  it("is not stood in for by somebody who is away too, or has no seat, or can't be asked", () => {
    const members = (standIn: Member): readonly Member[] => [
      lead("kim", { ...away, standIn: standIn.login }),
      lead("lee"),
      standIn,
    ];
    const asks = [answered("lee", 1)];
    for (const standIn of [lead("moon", away), dba("park")]) {
      expect(ask({ members: members(standIn), asks })).toEqual(["lee"]);
    }
    expect(ask({ members: [lead("kim", { ...away, standIn: "mallory" }), lead("lee")], asks })).toEqual(["lee"]);
  });
});

describe("a cap", () => {
  const capped = [lead("kim", { most: { open: 1 } }), lead("lee", { most: { inADay: 2 } })];

  it("turns the rotation to somebody else", () => {
    const asks = [open("kim"), ...[3, 4, 5, 6].map((days) => answered("lee", days))];
    expect(ask({ members: capped, asks })).toEqual(["lee"]);
    expect(ask({ members: capped, asks: [answered("lee", 0.1), answered("lee", 0.2), answered("kim", 3)] })).toEqual([
      "kim",
    ]);
  });

  it("holds up nobody: when all are at their most, the least loaded is asked and it is said", () => {
    const asks = [open("kim"), answered("lee", 0.1), answered("lee", 0.2), answered("lee", 0.3)];
    const choice = chooseWhom({ rule: oneOfLeads, taken: [], members: capped, asks, now, turn: 0 });
    expect(choice.people).toEqual([
      {
        login: "kim",
        because:
          "1 open, asked 1 times in 14 days, 2 could be asked; that is beyond their most, but so it is with the others who are there",
      },
    ]);
  });
});

describe("a way to meet a rule", () => {
  it("is left for another one when its people are at their most", () => {
    const rule: Rule = {
      kind: "any",
      of: ["lee", "moon"].map((login) => ({ kind: "people", count: 1, people: [login] })),
    };
    const members = [lead("lee", { most: { open: 1 } }), lead("moon")];
    const asks = [open("lee"), ...[1, 2, 3, 4, 5].map((days) => answered("moon", days))];
    expect(ask({ rule, members, asks })).toEqual(["moon"]);
  });
});

describe("presence", () => {
  it("counts overlapping absences once", () => {
    const absences = [
      { from: 10, until: 30 },
      { from: 20, until: 25 },
      { from: 90, until: 200 },
      { from: -5, until: 5 },
    ];
    expect(presentMilliseconds(absences, { from: 0, until: 100 })).toBe(65);
    const span = fc.tuple(fc.nat(60), fc.nat(30)).map(([from, length]) => ({ from, until: from + length }));
    fc.assert(
      fc.property(fc.array(span), span, (away, during) => {
        const each = Array.from({ length: during.until - during.from }, (_, index) => during.from + index);
        expect(presentMilliseconds(away, during)).toBe(each.filter((at) => !isAway(away, at)).length);
      }),
    );
  });

  it("begins when the last of the absences that follow on each other ends", () => {
    const absences = [
      { from: 0, until: 10 },
      { from: 10, until: 20 },
      { from: 15, until: 30 },
    ];
    expect(backAt(absences, 5)).toBe(30);
    expect(backAt(absences, 30)).toBe(30);
  });
});

describe("1,000 requests to 7 approvers", () => {
  const people = ["kim", "lee", "park", "choi", "jung", "kang", "yoon"];
  const story = { requests: 1000, people, requestsADay: 10 };

  it.each([1, 2, 3, 4, 5])("are shared evenly, and nobody is asked while away (seed %i)", (seed) => {
    const end = new Office({ ...story, seed, absences: usualAbsences(people, 100, seed) }).run();
    expect(end.askedWhileAway).toBe(0);
    expect(Object.values(end.ends).reduce((sum, count) => sum + count, 0)).toBe(1000);
    expect(end.report.mostByMean).toBeLessThanOrEqual(1.2);
    expect(end.report.mostByMeanPerDay).toBeLessThanOrEqual(1.1);
  });

  it("are shared evenly by the day when one is away for two months and another comes in the middle", () => {
    const absences = usualAbsences(people, 100, 6).set("kim", [{ from: 20 * day, until: 80 * day }]);
    const members = new Map([["yoon", { since: 50 * day }]]);
    absences.set("yoon", [{ from: 0, until: 50 * day }]);
    const end = new Office({ ...story, seed: 6, absences, members }).run();
    expect(end.askedWhileAway).toBe(0);
    expect(end.report.mostByMeanPerDay).toBeLessThanOrEqual(1.15);
  });

  it("are shared evenly when one stands in for another one", () => {
    const absences = usualAbsences(people, 100, 7).set("kim", [{ from: 20 * day, until: 50 * day }]);
    const members = new Map([["kim", { standIn: "lee" }]]);
    const end = new Office({ ...story, seed: 7, absences, members }).run();
    expect(end.report.people.find(({ login }) => login === "lee")?.standingIn).toBeGreaterThan(10);
    expect(end.askedWhileAway).toBe(0);
    expect(end.report.mostByMean).toBeLessThanOrEqual(1.2);
  });

  it("are shared evenly when one stands in for four", () => {
    const leave = [{ from: 20 * day, until: 50 * day }];
    const absences = new Map(people.map((login, index) => [login, index < 4 ? leave : []]));
    const members = new Map(people.slice(0, 4).map((login) => [login, { standIn: "yoon" }]));
    const { asks } = new Office({ ...story, seed: 9, absences, members }).run();
    const present = people.slice(4).map((login) => lead(login));
    const report = fairnessReport(present, asks, { from: 20 * day, until: 50 * day });
    expect(report.people.find(({ login }) => login === "yoon")?.standingIn).toBeGreaterThan(10);
    expect(report.mostByMean).toBeLessThanOrEqual(1.15);
  });

  it("give the same people the same way each time", () => {
    const again = (): unknown => new Office({ ...story, seed: 8, absences: usualAbsences(people, 100, 8) }).run();
    expect(again()).toEqual(again());
  });
});

describe("the report", () => {
  it("tells load and answer times, by person", () => {
    const asks: readonly Ask[] = [
      answered("kim", 1),
      { ...answered("kim", 2), closed: { at: now - 2 * day + 3 * hour, how: "rejected" } },
      answered("kim", 3, "handed-over"),
      { ...answered("lee", 3), why: "unasked" },
      { ...answered("lee", 4), closed: { at: now, how: "expired" } },
      answered("lee", 40),
      open("lee"),
    ];
    const report = fairnessReport([lead("kim"), lead("lee", away)], asks, { from: now - 10 * day, until: now });
    expect(report).toEqual({
      people: [
        {
          login: "kim",
          load: 2,
          daysPresent: 10,
          perDay: 0.2,
          approved: 1,
          rejected: 1,
          handedOver: 1,
          unanswered: 0,
          open: 0,
          standingIn: 0,
          medianAnswerMilliseconds: hour,
          slowestTenthMilliseconds: 3 * hour,
        },
        {
          login: "lee",
          load: 3,
          daysPresent: 9,
          perDay: 1 / 3,
          approved: 1,
          rejected: 0,
          handedOver: 0,
          unanswered: 1,
          open: 1,
          standingIn: 0,
        },
      ],
      mostByMean: 1.2,
      mostByMeanPerDay: 1.25,
    });
    expect(fairnessReport([lead("kim")], [], { from: 0, until: 1 }).mostByMean).toBeUndefined();
  });
});
