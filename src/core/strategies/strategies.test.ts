import { describe, expect, it } from "vitest";

import { aTarget } from "../../../test/support/targets.ts";
import type { Target } from "../service.ts";
import type { RolloutStep } from "../step.ts";
import type { Traffic } from "../traffic.ts";
import type { StrategyChoice } from "./index.ts";
import { planSteps } from "./plan-steps.ts";

const hosts = ["web-1", "web-2", "web-3", "web-4"];
const drain = { graceSeconds: 0, deadlineSeconds: 60, longLived: "wait" } as const;
const haproxy: Traffic = { kind: "haproxy", proxies: ["lb-1"], name: "orders", bind: 80, drain };
const slots = { ports: { blue: 8081, green: 8082 }, variable: "PORT" };
const canary: StrategyChoice = {
  kind: "canary",
  options: { weights: [5, 50], soakSeconds: 60, longestSoakSeconds: 600, keepWarmSeconds: 0 },
};

/** Each step in one line, hosts by their numbers. */
function told(differences: Partial<Target>, inPlace = false): readonly string[] {
  const target = aTarget({
    hosts,
    limits: { floor: 0, tolerate: 0, progressSeconds: 300, load: 0.75 },
    ...differences,
  });
  return planSteps(target, { active: "blue", inPlace }).map(inOneLine);
}

function inOneLine(step: RolloutStep): string {
  const numbers = "hosts" in step ? step.hosts.map((host) => host.replace("web-", "")).join(" ") : "";
  switch (step.kind) {
    case "activate-release":
      return `activate ${numbers}${step.slot === undefined ? "" : ` in ${step.slot}`}${step.beside ? " beside" : ""}`;
    case "drain":
    case "readmit":
      return `${step.kind} ${numbers} ${step.side}`;
    case "set-share":
      return `${step.share / 100} % to ${step.side}`;
    case "switch-side":
      return `switch to ${step.to}`;
    case "smoke-test":
      return `smoke ${numbers}${step.baseline === undefined ? "" : ` against ${step.baseline.host.replace("web-", "")}`}`;
    case "analyse":
      return `analyse ${step.seconds} s, ${step.needs}`;
    default:
      return `${step.kind} ${numbers}`.trim();
  }
}

describe("rolling", () => {
  const rolling = { kind: "rolling", options: { batch: 1, soakSeconds: 30 } } as const;

  it("takes a host out, exchanges its copy, and puts it back", () => {
    expect(told({ traffic: haproxy, strategy: rolling, hosts: hosts.slice(0, 2) })).toEqual([
      "drain 1 blue",
      "activate 1",
      "smoke 1 against 2",
      "readmit 1 blue",
      "analyse 30 s, no-fail",
      "drain 2 blue",
      "activate 2",
      "smoke 2",
      "readmit 2 blue",
    ]);
  });

  it("only waits between batches where no request is seen", () => {
    expect(told({ strategy: rolling, hosts: hosts.slice(0, 2) })).toEqual(["activate 1", "soak", "activate 2"]);
  });

  it("starts the extra copy first where there is room for two", () => {
    const quick = { kind: "rolling", options: { batch: 1, soakSeconds: 0 } } as const;
    expect(told({ traffic: haproxy, slots, strategy: quick, hosts: hosts.slice(0, 2) })).toEqual([
      "activate 1 in green beside",
      "smoke 1 against 1",
      "readmit 1 green",
      "50 % to green",
      "drain 1 blue",
      "retire-slot 1",
      "activate 2 in green beside",
      "smoke 2 against 2",
      "readmit 2 green",
      "switch to green",
      "drain 2 blue",
      "retire-slot 2",
    ]);
  });

  it("exchanges the copy that serves where no side may change", () => {
    const quick = { kind: "rolling", options: { batch: 1, soakSeconds: 0 } } as const;
    expect(told({ traffic: haproxy, slots, strategy: quick, hosts: ["web-1"] }, true)).toEqual([
      "drain 1 blue",
      "activate 1 in blue",
      "smoke 1",
      "readmit 1 blue",
    ]);
  });
});

describe("blue-green", () => {
  it("sets the other slot up everywhere, checks it, and switches once", () => {
    const strategy = { kind: "blue-green", options: { keepWarmSeconds: 60 } } as const;
    expect(told({ traffic: haproxy, slots, strategy })).toEqual([
      "activate 1 2 3 4 in green beside",
      "smoke 1 2 3 4 against 1",
      "readmit 1 2 3 4 green",
      "switch to green",
    ]);
  });

  it("on separate hosts touches none of those that serve", () => {
    const options = { keepWarmSeconds: 60, green: ["web-3", "web-4"] };
    expect(told({ traffic: haproxy, strategy: { kind: "blue-green", options } })).toEqual([
      "activate 3 4 beside",
      "smoke 3 4 against 1",
      "readmit 3 4 green",
      "switch to green",
    ]);
  });
});

describe("hosts that keep their places", () => {
  it("are exchanged on their own side, and those that serve nobody without a drain", () => {
    const options = { keepWarmSeconds: 60, green: ["web-3", "web-4"] };
    expect(told({ traffic: haproxy, strategy: { kind: "blue-green", options } }, true)).toEqual([
      "activate 3 4 beside",
      "drain 1 blue",
      "activate 1",
      "smoke 1",
      "readmit 1 blue",
      "drain 2 blue",
      "activate 2",
      "smoke 2",
      "readmit 2 blue",
    ]);
  });
});

describe("a canary", () => {
  it("with two slots has the candidate on every host before the first user", () => {
    expect(told({ traffic: haproxy, slots, strategy: canary })).toEqual([
      "activate 1 2 3 4 in green beside",
      "smoke 1 2 3 4 against 1",
      "readmit 1 2 3 4 green",
      "5 % to green",
      "analyse 60 s, pass",
      "50 % to green",
      "analyse 60 s, pass",
      "switch to green",
    ]);
  });

  it("moves as many hosts as its share needs, and the rest by and by", () => {
    const limits = { floor: 3, tolerate: 0, progressSeconds: 300, load: 0.75 };
    expect(told({ traffic: haproxy, strategy: canary, limits })).toEqual([
      "drain 1 blue",
      "activate 1",
      "smoke 1 against 4",
      "readmit 1 green",
      "5 % to green",
      "analyse 60 s, pass",
      "drain 2 blue",
      "activate 2",
      "smoke 2 against 4",
      "readmit 2 green",
      "50 % to green",
      "analyse 60 s, pass",
      "66.67 % to green",
      "drain 3 blue",
      "activate 3",
      "smoke 3 against 4",
      "readmit 3 green",
      "switch to green",
      "drain 4 blue",
      "activate 4",
      "smoke 4",
      "readmit 4 green",
    ]);
  });

  it("without a proxy counts hosts", () => {
    const limits = { floor: 3, tolerate: 0, progressSeconds: 300, load: 0.75 };
    expect(told({ strategy: canary, limits })).toEqual([
      "activate 1",
      "analyse 60 s, no-fail",
      "activate 2",
      "analyse 60 s, no-fail",
      "activate 3",
      "activate 4",
    ]);
  });

  it("does not take hosts of two zones at once", () => {
    const limits = { floor: 1, tolerate: 0, progressSeconds: 300, load: 0.75 };
    const zones = { "web-1": "a", "web-2": "a", "web-3": "b", "web-4": "b" };
    const steps = told({ traffic: haproxy, strategy: canary, limits, zones });
    expect(steps.filter((line) => line.startsWith("drain"))).toEqual([
      "drain 1 blue",
      "drain 2 blue",
      "drain 3 4 blue",
    ]);
  });
});
