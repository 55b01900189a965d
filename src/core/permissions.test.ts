import { describe, expect, it } from "vitest";

import { aCaller } from "../../test/support/callers.ts";
import { aSubject } from "../../test/support/approvals.ts";
import { ownChange } from "./approval-people.ts";
import type { Grant, Right } from "./permissions.ts";
import { environmentsWith, inBoth, may, maySomewhere, rights, rightsOfMachines } from "./permissions.ts";

const grant = (right: Right, environment: string | null = null): Grant => ({ right, environment });

describe("a right", () => {
  it("comes with no other one", () => {
    for (const held of rights) {
      for (const wanted of rights) expect(may(aCaller(held), wanted, "production")).toBe(held === wanted);
    }
  });

  it("in one environment is one there, and not everywhere", () => {
    const caller = { grants: [grant("deploy", "dev")] };
    expect([may(caller, "deploy", "dev"), may(caller, "deploy", "production"), may(caller, "deploy", null)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([maySomewhere(caller, "deploy"), maySomewhere(caller, "view")]).toEqual([true, false]);
    expect(environmentsWith(caller, "deploy")).toEqual(["dev"]);
    expect(environmentsWith({ grants: [...caller.grants, grant("deploy")] }, "deploy")).toBe("every");
    expect(environmentsWith(caller, "view")).toEqual([]);
  });

  it("to decide is no machine's", () => {
    expect(rights.filter((right) => !rightsOfMachines.includes(right))).toEqual(["approve", "break-glass"]);
  });

  it("that two lists allow is the narrower one of both", () => {
    expect(inBoth([grant("deploy"), grant("view", "dev")], [grant("deploy", "dev"), grant("view")])).toEqual([
      grant("view", "dev"),
      grant("deploy", "dev"),
    ]);
    expect(inBoth([grant("deploy", "dev")], [grant("deploy", "production"), grant("view")])).toEqual([]);
    expect(inBoth([grant("deploy")], [grant("deploy")])).toEqual([grant("deploy")]);
  });
});

describe("what somebody requested at the socket, before there was a person with that login", () => {
  it("is not approved by that person", () => {
    const mayNot = { requester: true, pusher: false, authors: false };
    const subject = { ...aSubject(), requestedBy: "local:kim" };
    expect(ownChange(subject, mayNot, "kim")?.code).toBe("own-change");
    expect(ownChange(subject, mayNot, "lee")).toBeUndefined();
  });
});
