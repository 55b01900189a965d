/** Who has to approve, as a tree: "one of leads and one of dba". Where such a text comes from: `approval-rule-text.ts`. */

export type Rule =
  | { readonly kind: "group"; readonly count: number; readonly group: string }
  | { readonly kind: "people"; readonly count: number; readonly people: readonly string[] }
  | { readonly kind: "all"; readonly of: readonly Rule[] }
  | { readonly kind: "any"; readonly of: readonly Rule[] };

/** A place that one approver takes. A person takes one place only, even who belongs to several groups. */
export type Seat =
  | { readonly kind: "group"; readonly group: string }
  | { readonly kind: "people"; readonly people: readonly string[] };

/** Rules beyond these are mistakes, or meant to keep the server busy. */
export const mostSeats = 50;
export const mostWays = 64;

/** The lists of seats of which one has to be full, in the order of the rule. */
export function waysToMeet(rule: Rule): readonly (readonly Seat[])[] {
  switch (rule.kind) {
    case "group":
      return [Array.from({ length: rule.count }, () => ({ kind: "group", group: rule.group }))];
    case "people":
      return [Array.from({ length: rule.count }, () => ({ kind: "people", people: rule.people }))];
    case "any":
      return rule.of.flatMap(waysToMeet);
    case "all":
      return rule.of
        .map(waysToMeet)
        .reduce((ways, more) => ways.flatMap((way) => more.map((seats) => [...way, ...seats])), [[]]);
  }
}

/** What is wrong with a rule wherever it comes from, for people; nothing when it can be used. */
export function ruleProblem(rule: Rule): string | undefined {
  if (rule.kind === "group" || rule.kind === "people") return countProblem(rule);
  if (rule.of.length === 0) return "a rule without anybody in it would let everything pass";
  const inner = rule.of.map(ruleProblem).find((problem) => problem !== undefined);
  if (inner !== undefined) return inner;
  if (countWays(rule) > mostWays) return `the rule can be met in more than ${mostWays} ways; make it simpler`;
  return mostSeatsOf(rule) > mostSeats ? `the rule asks for more than ${mostSeats} approvals` : undefined;
}

function countProblem(rule: Extract<Rule, { kind: "group" | "people" }>): string | undefined {
  const { count } = rule;
  if (!Number.isInteger(count) || count < 1) return `${count} approvals can't be asked for; 1 is the least`;
  if (count > mostSeats) return `the rule asks for more than ${mostSeats} approvals`;
  if (rule.kind === "group") return undefined;
  const different = new Set(rule.people).size;
  if (different < rule.people.length) return `somebody is named twice in "${rule.people.join(", ")}"`;
  return different < count ? `${count} approvals are asked for, but only ${different} people are named` : undefined;
}

function countWays(rule: Rule): number {
  if (rule.kind === "any") return rule.of.reduce((sum, inner) => sum + countWays(inner), 0);
  return rule.kind === "all" ? rule.of.reduce((product, inner) => product * countWays(inner), 1) : 1;
}

function mostSeatsOf(rule: Rule): number {
  if (rule.kind === "any") return Math.max(...rule.of.map(mostSeatsOf));
  return rule.kind === "all" ? rule.of.reduce((sum, inner) => sum + mostSeatsOf(inner), 0) : rule.count;
}

/** Every group that the rule names. */
export function groupsIn(rule: Rule): ReadonlySet<string> {
  if (rule.kind === "group") return new Set([rule.group]);
  return rule.kind === "people" ? new Set() : new Set(rule.of.flatMap((inner) => [...groupsIn(inner)]));
}

/** The rule as people write it; the parser reads it back as the same tree. */
export function ruleInWords(rule: Rule): string {
  switch (rule.kind) {
    case "group":
      return `${rule.count} of ${rule.group}`;
    case "people":
      return rule.people.length === 1 ? rule.people[0]! : `${rule.count} of (${rule.people.join(", ")})`;
    case "all":
      return rule.of.map(inParentheses).join(" and ");
    case "any":
      return rule.of.map(inParentheses).join(" or ");
  }
}

function inParentheses(rule: Rule): string {
  const words = ruleInWords(rule);
  return rule.kind === "all" || rule.kind === "any" ? `(${words})` : words;
}

/** Who may take a seat, in words. */
export function seatInWords(seat: Seat): string {
  if (seat.kind === "group") return `one of ${seat.group}`;
  return seat.people.length === 1 ? seat.people[0]! : `one of ${seat.people.join(", ")}`;
}
