import { describe, expect, it } from "vitest";

import { aPolicy, aRequest, aSubject, aToday, hour, leadsAndDba, oneOfLeads } from "../../test/support/approvals.ts";
import { requestApproval, ruleOf } from "./approval-request.ts";

const today = aToday();

describe("a request for approval", () => {
  it("is about one plan, for the approvers of that moment, until a fixed time", () => {
    const request = aRequest({ rule: leadsAndDba });
    expect(request.approvers.map(({ login }) => login)).toEqual(["choi", "kim", "lee", "moon", "park"]);
    expect(request.terms).toMatchObject({ deadline: 4 * hour, reminders: [2 * hour] });
    expect(request.subject).toEqual(aSubject());
  });

  it("is refused when nobody could approve it", () => {
    const policy = aPolicy({ rule: { kind: "people", count: 1, people: ["kim"] } });
    expect(requestApproval(aSubject({ writtenBy: ["kim"] }), policy, today, 0).refusal).toEqual({
      code: "nobody-may-approve",
      message:
        '"kim" can\'t be met: nobody is there for kim; kim wrote this change, and nobody approves what they wrote; name more approvers, or change the rule',
    });
  });

  it("is made when only an escalation can approve it", () => {
    const rule = { kind: "people", count: 1, people: ["kim"] } as const;
    const policy = aPolicy({ rule, escalations: [{ afterSeconds: 60, rule: oneOfLeads }] });
    expect(requestApproval(aSubject({ writtenBy: ["kim"] }), policy, today, 0).refusal).toBeUndefined();
  });

  it("is refused with a rule that can't be", () => {
    const policy = aPolicy({ rule: ruleOf({ approvers: ["kim"], quorum: 2 }) });
    expect(requestApproval(aSubject(), policy, today, 0).refusal?.code).toBe("impossible-rule");
  });

  it("does not take in people who may not approve, whatever else they may", () => {
    const withoutRight = aToday({ kim: { groups: ["leads"], rights: ["deploy", "break-glass"], away: [] } });
    expect(aRequest({}, {}, withoutRight).approvers.map(({ login }) => login)).toEqual(["lee", "moon"]);
  });
});
