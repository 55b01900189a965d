import { describe, expect, it } from "vitest";

import { aPolicy } from "../../test/support/approvals.ts";
import { aCaller, aPerson } from "../../test/support/callers.ts";
import { approvalsChanged, judgeConfiguration } from "./configuration-change.ts";
import type { Caller } from "./permissions.ts";
import type { EnvironmentPolicy } from "./policy.ts";

const policy = (environment: string, approval?: EnvironmentPolicy["approval"]): EnvironmentPolicy => ({
  environment,
  deploys: { on: "request" },
  watch: { seconds: 0, onFailure: "report" },
  ...(approval === undefined ? {} : { approval }),
});

describe("the approvals that another configuration changes", () => {
  const before = [policy("production", aPolicy()), policy("dev")];

  it("are those that are gone or others, not those that are new", () => {
    expect(approvalsChanged(before, before)).toEqual([]);
    expect(approvalsChanged(before, [policy("production"), policy("dev")])).toEqual(["production"]);
    expect(approvalsChanged(before, [policy("dev")])).toEqual(["production"]);
    expect(approvalsChanged(before, [policy("production", aPolicy({ withinSeconds: 1 }))])).toEqual(["production"]);
    expect(approvalsChanged(before, [before[0]!, policy("dev", aPolicy())])).toEqual([]);
  });
});

describe("a configuration that changes who approves", () => {
  const operator: Caller = { ...aCaller("configure"), name: "local:root", via: "socket" };
  const kim = aPerson("kim", "configure");
  const lee = aPerson("lee", "configure");
  const judged = (by: Caller, proposedBy?: string, { founded = true, now = 10 } = {}) =>
    judgeConfiguration(
      ["production"],
      proposedBy === undefined
        ? undefined
        : { digest: "d", by: proposedBy, at: 1, until: 100, environments: ["production"] },
      { by, founded, now },
    );

  it("takes a second person, who applies the same", () => {
    expect(judged(kim)).toEqual({ kind: "propose", environments: ["production"] });
    expect(judged(lee, "kim")).toEqual({ kind: "apply", proposedBy: "kim" });
    expect(judged(lee, "local:root")).toEqual({ kind: "apply", proposedBy: "local:root" });
  });

  it("takes no second person who is the first one, by whatever way, or none at all", () => {
    for (const via of ["token", "session", "socket"] as const) {
      expect(judged({ ...kim, via }, "kim").kind).toBe("propose");
      expect(judged({ ...kim, via }, "local:kim").kind).toBe("propose");
    }
    expect(judged(operator, "kim").kind).toBe("propose");
    expect(judged(operator, "local:root").kind).toBe("propose");
    expect(judged(aCaller("configure"), "kim")).toMatchObject({ kind: "refuse" });
  });

  it("is forgotten after a time", () => {
    expect(judged(lee, "kim", { now: 100 }).kind).toBe("propose");
  });

  it("is one person's while there never was another one, and when it changes nothing there", () => {
    expect(judged(kim, undefined, { founded: false })).toMatchObject({ kind: "apply", alone: expect.any(String) });
    expect(judgeConfiguration([], undefined, { by: aCaller("configure"), founded: true, now: 1 })).toEqual({
      kind: "apply",
    });
  });
});
