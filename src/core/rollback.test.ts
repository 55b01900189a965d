import { describe, expect, it } from "vitest";

import {
  broken,
  done,
  ended,
  failed,
  inRollout,
  recorded,
  request,
  reverted,
  started,
  unknown,
  unreachable,
} from "../../test/support/deployments.ts";
import { isAnyTouched } from "./touched.ts";
import { fold } from "./fold.ts";
import type { DeploymentEvent } from "./deployment.ts";
import type { Outcome } from "./outcome.ts";
import { planRollBack } from "./rollback.ts";

const hosts = ["web-1", "web-2", "web-3", "web-4"];
const limits = { floor: 2, tolerate: 0, progressSeconds: 300, load: 0.75 };
const strategy = { kind: "rolling", options: { batch: 2, soakSeconds: 0 } } as const;

/** The batches that go back after these outcomes, in order. The rollout's batches are [1], [2, 3], [4]. */
function batchesBack(...outcomes: readonly (Outcome | "in flight")[]): readonly (readonly string[])[] {
  const stepOf = [0, 1, 1, 2];
  const events = outcomes.flatMap((outcome, index): readonly DeploymentEvent[] => {
    const begin = started("rollout", stepOf[index]!, hosts[index]!);
    return outcome === "in flight" ? [begin] : [begin, ended("rollout", stepOf[index]!, hosts[index]!, outcome)];
  });
  const plan = planRollBack(inRollout({ hosts, limits, strategy }, ...events));
  return plan.steps.map((step) => ("hosts" in step ? step.hosts : []));
}

describe("the way back", () => {
  it("takes the batches in reverse order", () => {
    expect(batchesBack(done, done, done, reverted)).toEqual([["web-2", "web-3"], ["web-1"]]);
  });

  it("leaves alone what was not touched", () => {
    expect(batchesBack(done, unreachable, failed)).toEqual([["web-1"]]);
    expect(batchesBack(reverted)).toEqual([]);
    expect(batchesBack({ kind: "done", changed: false }, reverted)).toEqual([]);
  });

  it.each([
    ["broken", broken],
    ["unknown", unknown],
    ["in flight", "in flight"],
  ] as const)("begins with a host that is %s, which costs no capacity", (_state, outcome) => {
    expect(batchesBack(done, outcome, done)).toEqual([["web-2"], ["web-3"], ["web-1"]]);
  });

  it("brings each host to what it served before", () => {
    const deployment = inRollout({}, started("rollout", 0, "web-1"), ended("rollout", 0, "web-1"));
    expect(planRollBack(deployment)).toMatchObject({
      kind: "roll-back",
      targets: [{ before: { "web-1": "42-bbbbbbbbbbbb" }, goal: { "web-1": "41-aaaaaaaaaaaa" } }],
    });
    expect(Object.keys(planRollBack(deployment).targets[0].goal)).toEqual(["web-1"]);
  });

  it("leaves alone what serves the same as before, such as after a restart", () => {
    const deployment = inRollout({}, started("rollout", 0, "web-1"), ended("rollout", 0, "web-1"));
    const [plan] = deployment.rollout!.targets;
    const restarted = {
      ...deployment,
      rollout: { ...deployment.rollout!, targets: [{ ...plan, goal: plan.before }] as const },
    };
    expect(planRollBack(restarted).steps).toEqual([]);
  });

  it.each([
    ["nothing was begun", undefined, false],
    ["it was not reached", unreachable, false],
    ["it refused", failed, false],
    ["it served the release already", { kind: "done", changed: false } as const, false],
    ["it was activated", done, true],
    ["it reverted", reverted, true],
    ["nobody knows", unknown, true],
  ])("is needed when a host was touched; when %s: %3$s", (_what, outcome, isTouched) => {
    const events = outcome === undefined ? [] : [started("rollout", 0, "web-1"), ended("rollout", 0, "web-1", outcome)];
    expect(isAnyTouched(inRollout({}, ...events))).toBe(isTouched);
  });

  it("does not exist without a rollout", () => {
    expect(() => planRollBack(fold("d", recorded({ kind: "requested", request })))).toThrow("has no rollout");
  });
});
