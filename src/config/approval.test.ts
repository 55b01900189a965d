import { describe, expect, it } from "vitest";

import { small } from "./examples.fixture.ts";
import { loadConfiguration } from "./load.ts";
import { policyOf } from "./resolve.ts";

function policy(approval: string) {
  const { configuration, problems } = loadConfiguration(small({ environment: `approval: ${approval}` }));
  if (configuration === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));
  return policyOf(configuration, "production").approval!;
}

const problems = (approval: string): readonly string[] =>
  loadConfiguration(small({ environment: `approval: ${approval}` })).problems.map(
    ({ code, path, message }) => `${code} ${path}: ${message}`,
  );

describe("an approval in the configuration", () => {
  it("is a rule in words, with its times", () => {
    const text = `{ rule: "one of leads and kim", within: 2h, remind: [30m, 1h], escalate: [{ after: 90m, to: "one of heads" }, { after: 100m }], mayNotApprove: { authors: true }, review: 2d }`;
    expect(policy(text)).toEqual({
      rule: {
        kind: "all",
        of: [
          { kind: "group", count: 1, group: "leads" },
          { kind: "people", count: 1, people: ["kim"] },
        ],
      },
      mayNotApprove: { requester: true, pusher: true, authors: true },
      withinSeconds: 7_200,
      remindAfterSeconds: [1_800, 3_600],
      escalations: [
        { afterSeconds: 5_400, rule: { kind: "group", count: 1, group: "heads" } },
        { afterSeconds: 6_000 },
      ],
      reviewWithinSeconds: 172_800,
    });
  });

  it("reminds once, when half of the time is over", () => {
    expect(policy("{ approvers: [kim], within: 1h }").remindAfterSeconds).toEqual([1_800]);
    expect(policy("{ approvers: [kim], remind: [] }").remindAfterSeconds).toEqual([]);
  });

  it.each([
    ['{ rule: "one of leads or kim and lee" }', 'approval.rule can\'t be read at character 21: "and" beside "or"'],
    ['{ rule: "leads and one of leads" }', 'approval.rule can\'t be read at character 1: "leads" is a group'],
    ['{ rule: "3 of (kim, lee)" }', "approval.rule can't be read at character 1: 3 approvals are asked for"],
    ['{ rule: "kim", escalate: [{ after: 1h, to: "one of" }] }', "approval.escalate.0.to can't be read"],
    ['{ rule: "one of leads", quorum: 2 }', "approval.quorum says nothing beside a rule"],
    ["{ approvers: [kim], within: 1h, remind: [1h] }", "approval.remind.0 is not before the request has expired"],
    ["{ approvers: [kim], within: 1h, escalate: [{ after: 2h }] }", "approval.escalate.0.after is not before"],
  ])("is refused with the place of the mistake: %s", (text, told) => {
    expect(problems(text)).toEqual([expect.stringContaining(told)]);
    expect(problems(text)[0]).toMatch(/^SB-CONFIG-RULE environments\.production\.approval/);
  });

  it.each(['{ approvers: [kim], rule: "lee" }', "{}"])("is either a list or a rule: %s", (text) => {
    expect(problems(text)).toEqual([expect.stringContaining("either approvers or a rule")]);
  });
});
