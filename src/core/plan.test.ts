import { describe, expect, it } from "vitest";

import { aRelease, aTarget, factsOf } from "../../test/support/targets.ts";
import { planDigest, planPrepare, planRollout } from "./plan.ts";
import type { Origin, RolloutPlan } from "./plan.ts";
import type { Target } from "./service.ts";
import { SERVER } from "./step.ts";
import type { Step } from "./step.ts";

const release = aRelease(42, "b");
const build = { on: "server", run: [["make"]], artifact: "a.jar", directory: ".", variables: {}, limitSeconds: 60 };
const fromRevision: Origin = { kind: "revision", ref: "main" };
const fromArtifact: Origin = { kind: "artifact", artifact: release.artifact };

const shown = (steps: readonly Step[]): readonly string[] =>
  steps.map((step) => ("hosts" in step ? `${step.kind} ${step.hosts.join(" ")}` : `${step.kind} ${step.seconds}`));

function rollout(target: Target, origin = fromArtifact, reached: readonly string[] = target.hosts): RolloutPlan {
  const facts = Object.fromEntries(reached.map((host) => [host, factsOf("41-aaaaaaaaaaaa")]));
  return planRollout(planPrepare(target, origin), release, { facts });
}

describe("the plan of a preparation", () => {
  it("fetches and builds a revision on the server, and stages it on every host", () => {
    expect(shown(planPrepare(aTarget({ build }), fromRevision).steps)).toEqual([
      "inspect-host web-1 web-2",
      "check-runtime web-1 web-2",
      `fetch-source ${SERVER}`,
      `build-artifact ${SERVER}`,
      "prepare-directories web-1 web-2",
      "upload-artifact web-1 web-2",
      "install-unit web-1 web-2",
    ]);
  });

  it.each([
    ["server", SERVER],
    ["host", "web-1"],
    ["builder", "builder"],
  ])("builds on %s: %s", (on, where) => {
    const steps = planPrepare(aTarget({ build: { ...build, on } }), fromRevision).steps;
    expect(shown(steps)).toContain(`build-artifact ${where}`);
  });

  it("only looks at the hosts when they have everything already", () => {
    for (const origin of [
      { kind: "return", goal: "41-aaaaaaaaaaaa", release },
      { kind: "restart", release },
    ] as const) {
      expect(shown(planPrepare(aTarget(), origin).steps)).toEqual(["inspect-host web-1 web-2"]);
    }
  });
});

describe("the plan of a rollout", () => {
  it("says for each host what it serves before and afterwards", () => {
    const [{ before, goal }] = rollout(aTarget()).targets;
    expect(before).toEqual({ "web-1": "41-aaaaaaaaaaaa", "web-2": "41-aaaaaaaaaaaa" });
    expect(goal).toEqual({ "web-1": "42-bbbbbbbbbbbb", "web-2": "42-bbbbbbbbbbbb" });
  });

  it("goes back to one release, or to what each host has, when it returns or restarts", () => {
    const back = rollout(aTarget(), { kind: "return", goal: "40-cccccccccccc", release });
    expect(back).toMatchObject({ kind: "roll-back", targets: [{ goal: { "web-1": "40-cccccccccccc" } }] });
    const restart = rollout(aTarget(), { kind: "restart", release });
    expect(restart).toMatchObject({ kind: "restart", targets: [{ goal: { "web-1": "41-aaaaaaaaaaaa" } }] });
    expect(shown(restart.steps)).toEqual(["activate-release web-1", "activate-release web-2"]);
  });

  it("soaks between batches, not after the last one", () => {
    const target = aTarget({ strategy: { kind: "rolling", options: { batch: 1, soakSeconds: 60 } } });
    expect(shown(rollout(target).steps)).toEqual([
      "activate-release web-1",
      "soak 60",
      "activate-release web-2",
      "prune-releases web-1 web-2",
    ]);
  });

  it("recreates all hosts at once", () => {
    const target = aTarget({ strategy: { kind: "recreate", options: {} } });
    expect(shown(rollout(target).steps)[0]).toBe("activate-release web-1 web-2");
  });

  it("puts hooks around the whole and around each batch, and only on hosts that are part of it", () => {
    const hook = { run: ["./x"], limitSeconds: 60 };
    const target = aTarget({
      hosts: ["web-1", "web-2", "web-3"],
      limits: { floor: 1, tolerate: 1, progressSeconds: 300, load: 0.75 },
      hooks: [
        { ...hook, at: "before-rollout", on: "first-host" },
        { ...hook, at: "before-activate", on: "every-host" },
        { ...hook, at: "after-activate", on: "server" },
        { ...hook, at: "after-rollout", on: "every-host" },
      ],
    });
    const { steps } = rollout(target, fromArtifact, ["web-2", "web-3"]);
    expect(shown(steps)).toEqual([
      "run-hook web-2",
      "run-hook web-2",
      "activate-release web-2",
      `run-hook ${SERVER}`,
      "run-hook web-3",
      "activate-release web-3",
      `run-hook ${SERVER}`,
      "run-hook web-2 web-3",
      "prune-releases web-2 web-3",
    ]);
    expect(steps.map((step) => step.kind === "run-hook" && step.each)).toEqual([
      false,
      true,
      false,
      false,
      true,
      false,
      false,
      true,
      false,
    ]);
  });
});

describe("the digest of a plan", () => {
  it("is another one when anything of it changes", () => {
    const plans = [
      rollout(aTarget()),
      rollout(aTarget({ hosts: ["web-2", "web-1"] })),
      rollout(aTarget({ variables: { A: "1" } })),
      rollout(aTarget({ limits: { floor: 1, tolerate: 0, progressSeconds: 301, load: 0.75 } })),
    ];
    expect(new Set(plans.map(planDigest)).size).toBe(plans.length);
    expect(planDigest(plans[0]!)).toBe(planDigest(JSON.parse(JSON.stringify(plans[0])) as RolloutPlan));
  });
});
