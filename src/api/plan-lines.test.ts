import { describe, expect, it } from "vitest";

import { aRelease, aTarget } from "../../test/support/targets.ts";
import type { RolloutPlan } from "../core/plan.ts";
import type { Target } from "../core/service.ts";
import type { RolloutStep } from "../core/step.ts";
import { PROXIES } from "../core/step.ts";
import { rolloutLines } from "./plan-lines.ts";

const hosts = ["web-1", "web-2", "web-3"];
const traffic: Target["traffic"] = {
  kind: "haproxy",
  proxies: ["lb-1", "lb-2"],
  name: "orders",
  bind: 80,
  drain: { graceSeconds: 2, deadlineSeconds: 30, longLived: "cut" },
  warmUp: { path: "/", requests: 20 },
};

function linesOf(steps: readonly RolloutStep[], differences: Partial<Target> = {}): readonly string[] {
  const before = Object.fromEntries(hosts.map((host) => [host, "41-aaaaaaaaaaaa"]));
  const plan: RolloutPlan = {
    format: 1,
    kind: "deploy",
    targets: [
      {
        target: aTarget({ hosts, traffic, ...differences }),
        release: aRelease(42),
        before,
        goal: before,
        sides: { baseline: "blue", candidate: "green" },
      },
    ],
    steps,
  };
  return rolloutLines(plan);
}

describe("a canary on paper", () => {
  const analyse = { kind: "analyse", during: "soak", needs: "pass", seconds: 300, longestSeconds: 1800 } as const;
  const share = { kind: "set-share", hosts: [PROXIES], side: "green" } as const;

  it("says for each weight the share, and the hosts that have the candidate by then", () => {
    const lines = linesOf([
      { kind: "drain", hosts: ["web-1"], side: "blue" },
      { kind: "activate-release", hosts: ["web-1"] },
      { kind: "readmit", hosts: ["web-1"], side: "green" },
      { ...share, share: 500 },
      analyse,
      { kind: "activate-release", hosts: ["web-2"] },
      { ...share, share: 5_050 },
      { kind: "switch-side", hosts: [PROXIES], to: "green" },
    ]);
    expect(lines).toEqual([
      "drain web-1: out of rotation, until nothing is in flight (after 30 s what is left is cut)",
      "activate-release web-1",
      "readmit web-1 after 20 warm-up requests, in rotation when every proxy says that it is up",
      "set-share 5 % of the traffic to release 42 (green), on lb-1 lb-2: 1 of 3 hosts have it (web-1)",
      "analyse 5 m, up to 30 m while it is not clear: compared with release 41; rolled back when it is worse, a person is asked when it stays unclear",
      "activate-release web-2",
      "set-share 50.5 % of the traffic to release 42 (green), on lb-1 lb-2: 2 of 3 hosts have it (web-1, web-2)",
      "switch-side all traffic to release 42 (green) at once, on lb-1 lb-2",
    ]);
  });
});

describe("what comes after a switch on paper", () => {
  const watch = { kind: "analyse", during: "watch", needs: "no-fail", seconds: 900, longestSeconds: 900 } as const;

  it("is watched, kept warm and retired", () => {
    const lines = linesOf([
      watch,
      { kind: "keep-warm", seconds: 900 },
      { kind: "retire-slot", hosts: ["web-1"], slot: "blue" },
    ]);
    expect(lines).toEqual([
      "watch 15 m: rolled back by itself when it fails",
      "keep-warm 15 m: release 41 stays up, so that the way back takes no start",
      "retire-slot blue on web-1: the copy that gets no requests any more is stopped",
    ]);
  });

  it("does not promise a roll-back where a failure is only reported", () => {
    expect(linesOf([watch], { onWatchFailure: "report" })).toEqual(["watch 15 m: a failure is only reported"]);
  });
});
