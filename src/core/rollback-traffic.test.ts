import { describe, expect, it } from "vitest";

import { broken, done, ended, inRollout, reverted, started } from "../../test/support/deployments.ts";
import type { DeploymentEvent } from "./deployment.ts";
import type { Outcome } from "./outcome.ts";
import { planRollBack } from "./rollback.ts";
import type { Target } from "./service.ts";
import type { RolloutStep } from "./step.ts";
import type { StrategyChoice } from "./strategies/index.ts";
import type { Traffic } from "./traffic.ts";

const hosts = ["web-1", "web-2", "web-3", "web-4"];
const drain = { graceSeconds: 0, deadlineSeconds: 60, longLived: "wait" } as const;
const traffic: Traffic = { kind: "haproxy", proxies: ["lb-1"], name: "orders", bind: 80, drain };
const limits = { floor: 1, tolerate: 0, progressSeconds: 300, load: 0.75 };
const slots = { ports: { blue: 8081, green: 8082 }, variable: "PORT" };
const canary: StrategyChoice = {
  kind: "canary",
  options: { weights: [25, 75], soakSeconds: 60, longestSoakSeconds: 600, keepWarmSeconds: 60 },
};
const target = { hosts, traffic, limits, strategy: canary };

/** The way back after the first steps of the rollout were done, and the last of them ended as told. */
function wayBack(differences: Partial<Target>, count: number, last: Outcome = done, load?: number): readonly string[] {
  const steps = inRollout({ ...target, ...differences }).rollout!.steps;
  const events = steps.slice(0, count).flatMap((step, index): DeploymentEvent[] => {
    const places = "hosts" in step ? step.hosts : [];
    const outcome = index === count - 1 ? last : done;
    return [started("rollout", index, ...places), ...places.map((place) => ended("rollout", index, place, outcome))];
  });
  const loads = Object.fromEntries(hosts.map((host) => [host, load ?? 0]));
  const seen = { from: 0, until: 1, complete: true, members: {}, unserved: 0, queued: 0, loads, restarts: {} };
  const observed: DeploymentEvent[] = load === undefined ? [] : [{ kind: "observed", ...seen }];
  return planRollBack(inRollout({ ...target, ...differences }, ...events, ...observed)).steps.map(inOneLine);
}

function inOneLine(step: RolloutStep): string {
  const numbers = "hosts" in step ? step.hosts.map((host) => host.replace("web-", "")).join(" ") : "";
  if (step.kind === "switch-side") return `switch to ${step.to}`;
  if (step.kind === "set-share") return `${step.share / 100} % to ${step.side}`;
  if (step.kind === "activate-release")
    return `activate ${numbers}${step.slot === undefined ? "" : ` in ${step.slot}`}`;
  return `${step.kind} ${numbers}${"side" in step ? ` ${step.side}` : ""}`;
}

describe("the way back with traffic", () => {
  it("puts a host back that was only drained", () => {
    expect(wayBack({}, 1)).toEqual(["readmit 1 blue"]);
  });

  it("puts a host back that could not run the release and went back by itself", () => {
    expect(wayBack({}, 2, reverted)).toEqual(["readmit 1 blue"]);
  });

  it("brings the old release up before it puts a broken host back", () => {
    expect(wayBack({}, 2, broken)).toEqual(["activate 1", "readmit 1 blue"]);
  });

  it("first of all takes users off the candidate", () => {
    expect(wayBack({}, 5)).toEqual(["switch to blue", "drain 1 green", "activate 1", "readmit 1 blue"]);
  });

  it("leaves nobody on the candidate for the sake of the load", () => {
    expect(wayBack({}, 9, done, 0.6)[0]).toBe("switch to blue");
  });

  it("brings hosts back first where all users had left the old release, and too few still have it", () => {
    // After the switch, with the last host drained: three of four hosts have the candidate, and each is 60 % busy.
    expect(wayBack({}, 12, done, 0.6)).toEqual([
      "readmit 4 blue",
      "50 % to blue",
      "drain 2 3 green",
      "activate 2 3",
      "readmit 2 3 blue",
      "switch to blue",
      "drain 1 green",
      "activate 1",
      "readmit 1 blue",
    ]);
  });

  it("does not drain the last host of the side that users are on", () => {
    const two = { hosts: hosts.slice(0, 2) };
    const all = inRollout({ ...target, ...two }).rollout!.steps.findLastIndex(({ kind }) => kind === "readmit") + 1;
    expect(wayBack(two, all, done, 0.6)).toEqual([
      "drain 2 green",
      "activate 2",
      "readmit 2 blue",
      "switch to blue",
      "drain 1 green",
      "activate 1",
      "readmit 1 blue",
    ]);
  });

  it("takes users off the candidate also when the step that sent them there failed", () => {
    const failed: Outcome = { kind: "failed", message: "the proxy says something else" };
    expect(wayBack({ slots }, 3, failed)[0]).toBe("switch to blue");
  });

  it("with two slots is one switch, and the candidate is stopped afterwards", () => {
    expect(wayBack({ slots }, 4)).toEqual(["switch to blue", "retire-slot 1 2 3 4"]);
  });

  it("starts the old copies again where they were stopped already", () => {
    const strategy: StrategyChoice = { kind: "blue-green", options: { keepWarmSeconds: 0 } };
    const steps = inRollout({ ...target, slots, strategy }).rollout!.steps;
    const retired = steps.findIndex(({ kind }) => kind === "retire-slot") + 1;
    expect(wayBack({ slots, strategy }, retired)).toEqual([
      "activate 1 2 3 4 in blue",
      "readmit 1 2 3 4 blue",
      "switch to blue",
      "retire-slot 1 2 3 4",
    ]);
  });
});
