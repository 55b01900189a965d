import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { isMetByTrying } from "../../test/support/approvals.ts";
import { groupsIn, ruleInWords, ruleProblem, waysToMeet, type Rule } from "./approval-rule.ts";
import { readRule } from "./approval-rule-text.ts";
import { emptySeats, isMet, seated, seatsInWords, type Voter } from "./approval-seats.ts";

const known = { people: new Set(["alice", "bob", "tom", "kim@example.com"]), groups: new Set(["leads", "dba"]) };
const read = (text: string): Rule | string => {
  const answer = readRule(text, known);
  return answer.kind === "rule" ? answer.rule : `${answer.column}: ${answer.message}`;
};
const person = (login: string): Rule => ({ kind: "people", count: 1, people: [login] });
const some = (count: number, group: string): Rule => ({ kind: "group", count, group });

describe("a rule that people write", () => {
  it.each<readonly [string, Rule]>([
    ["alice", person("alice")],
    ["kim@example.com", person("kim@example.com")],
    ["one of leads and one of dba", { kind: "all", of: [some(1, "leads"), some(1, "dba")] }],
    ["2 of leads or alice", { kind: "any", of: [some(2, "leads"), person("alice")] }],
    [
      "alice and (bob or tom)",
      { kind: "all", of: [person("alice"), { kind: "any", of: [person("bob"), person("tom")] }] },
    ],
    ["two of (alice,bob, tom)", { kind: "people", count: 2, people: ["alice", "bob", "tom"] }],
    ["((alice))", person("alice")],
  ])("%s", (text, rule) => {
    expect(read(text)).toEqual(rule);
  });

  it.each<readonly [string, string]>([
    ["", "1: the rule is empty; write for example: one of leads"],
    ["alice and", "10: a name is missing at the end"],
    ["alice bob", '7: "and" or "or" is missing before "bob"'],
    ["alice and bob or tom", '15: "and" beside "or" can be read in two ways; add parentheses'],
    ["leads", '1: "leads" is a group; say how many of it: "one of leads"'],
    ["one of alice", '8: "alice" is a person; write the name alone, or "1 of (...)" with several'],
    ["2 of (alice, leads)", '14: "leads" is a group; only people can be listed here'],
    ["(alice and bob", '15: ")" is missing at the end'],
    ["alice)", '6: "and" or "or" is missing before ")"'],
    ["one leads", '5: "of" is missing before "leads"'],
    ["one of ledas", '8: nobody and no group is called "ledas"; groups: dba, leads'],
    ["0 of leads", "1: 0 approvals can't be asked for; 1 is the least"],
    ["3 of (alice, bob)", "1: 3 approvals are asked for, but only 2 people are named"],
    ["2 of (alice, alice)", '1: somebody is named twice in "alice, alice"'],
    ["99 of leads", "1: the rule asks for more than 50 approvals"],
    ["constructor", '1: nobody and no group is called "constructor"; groups: dba, leads'],
  ])("that is wrong says where and why: %s", (text, problem) => {
    expect(read(text)).toBe(problem);
  });

  it("has its limits", () => {
    expect(read(`${"(".repeat(11)}alice${")".repeat(11)}`)).toBe("11: parentheses go at most 10 deep");
    expect(read("alice ".repeat(200))).toBe("1001: a rule has at most 1000 characters");
    const product = Array.from({ length: 7 }, () => "(alice or bob)").join(" and ");
    expect(read(product)).toBe("1: the rule can be met in more than 64 ways; make it simpler");
  });

  it("must not name what is a person and a group", () => {
    const both = { people: new Set(["leads"]), groups: new Set(["leads"]) };
    expect(readRule("one of leads", both)).toMatchObject({
      message: '"leads" is a person and a group; rename one of them',
    });
  });

  it("is read in no time whatever it is", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("(", ")", ",", "and", "or", "of", "one", "3", "alice", "leads", "?")),
        (words) => {
          const answer = readRule(words.join(" "), known);
          expect(answer.kind === "rule" ? ruleProblem(answer.rule) : undefined).toBeUndefined();
        },
      ),
      { numRuns: 2000 },
    );
  });
});

const names = ["alice", "bob", "tom"];
const aRule: fc.Arbitrary<Rule> = fc.letrec<{ rule: Rule }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    fc.record({
      kind: fc.constant("group" as const),
      count: fc.integer({ min: 1, max: 2 }),
      group: fc.constantFrom("leads", "dba"),
    }),
    fc.subarray(names, { minLength: 1 }).chain((people) =>
      fc.record({
        kind: fc.constant("people" as const),
        count: fc.integer({ min: 1, max: people.length }),
        people: fc.constant(people),
      }),
    ),
    fc.record({
      kind: fc.constantFrom("all" as const, "any" as const),
      of: fc.array(tie("rule"), { minLength: 2, maxLength: 3 }),
    }),
  ),
})).rule;

describe("a rule", () => {
  it("reads back from its own words", () => {
    fc.assert(
      fc.property(
        aRule.filter((rule) => ruleProblem(rule) === undefined),
        (rule) => {
          expect(read(ruleInWords(rule))).toEqual(rule);
        },
      ),
    );
  });

  it("names its groups", () => {
    expect([...groupsIn({ kind: "all", of: [some(1, "leads"), person("bob"), some(2, "dba")] })]).toEqual([
      "leads",
      "dba",
    ]);
  });

  it("that nobody has to meet is refused", () => {
    expect(ruleProblem({ kind: "all", of: [] })).toContain("let everything pass");
    expect(ruleProblem({ kind: "any", of: [some(1, "leads"), { kind: "all", of: [] }] })).toContain(
      "let everything pass",
    );
    expect(ruleProblem({ kind: "group", count: 0.5, group: "leads" })).toContain("0.5");
    expect(ruleProblem({ kind: "all", of: [some(30, "leads"), some(30, "dba")] })).toContain("50");
  });
});

const voters: fc.Arbitrary<readonly Voter[]> = fc
  .subarray(["alice", "bob", "tom", "kim", "lee"])
  .chain((logins) =>
    fc.tuple(...logins.map((login) => fc.record({ login: fc.constant(login), groups: fc.subarray(["leads", "dba"]) }))),
  );

describe("the seats of a rule", () => {
  it("are filled exactly when somehow they can be", () => {
    fc.assert(
      fc.property(
        aRule.filter((rule) => ruleProblem(rule) === undefined),
        voters,
        (rule, those) => {
          expect(isMet(rule, those)).toBe(isMetByTrying(rule, those));
          expect(emptySeats(rule, those).length === 0).toBe(isMetByTrying(rule, those));
        },
      ),
      { numRuns: 2000 },
    );
  });

  const both: Rule = { kind: "all", of: [some(1, "leads"), some(1, "dba")] };
  const moon = { login: "moon", groups: ["leads", "dba"] };
  const kim = { login: "kim", groups: ["leads"] };

  it("are never taken twice by the same person", () => {
    expect(isMet(both, [moon])).toBe(false);
    expect(isMet(both, [moon, moon])).toBe(false);
    expect(seatsInWords(emptySeats(both, [moon]))).toBe("one of dba");
  });

  it("are changed when that makes room for somebody else", () => {
    expect(isMet(both, [moon, kim])).toBe(true);
    expect(seated(waysToMeet(both)[0]!, [moon, kim])).toEqual([kim, moon]);
  });

  it("are given to the first who come", () => {
    expect(seated(waysToMeet(some(1, "leads"))[0]!, [moon, kim])).toEqual([moon]);
  });
});
