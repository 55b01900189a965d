import { describe, expect, it } from "vitest";

import { broken, done, ended, inRollout, started, unknown, unreachable } from "../../test/support/deployments.ts";
import type { Deployment, DeploymentEvent } from "./deployment.ts";
import type { Outcome } from "./outcome.ts";
import { standing, stepOf } from "./standing.ts";

const hosts = ["web-1", "web-2", "web-3"];
const limits = { floor: 0, tolerate: 1, progressSeconds: 300, load: 0.75 };
const strategy = { kind: "recreate", options: {} } as const;
const permanent: Outcome = { ...unreachable, permanent: true } as Outcome;

function allAtOnce(...events: readonly DeploymentEvent[]): Deployment {
  return inRollout({ hosts, limits, strategy }, ...events);
}

/** The last host after so many tries, at so many seconds after the last of them. */
function lastHostAfter(tries: number, outcome: Outcome, seconds: number): ReturnType<typeof standing> {
  const events = Array.from({ length: tries }, () => [
    started("rollout", 0, "web-3"),
    ended("rollout", 0, "web-3", outcome),
  ]);
  const deployment = allAtOnce(...events.flat());
  const endedAt = deployment.progress.rollout.get(0)!.get("web-3")!.endedAt!;
  return standing(deployment, "rollout", 0, endedAt + seconds * 1_000);
}

describe("where a step stands", () => {
  it("tells hosts apart that are new, begun, done and failed", () => {
    const deployment = allAtOnce(started("rollout", 0, "web-1", "web-2"), ended("rollout", 0, "web-2", broken));
    expect(standing(deployment, "rollout", 0, 0)).toMatchObject({
      open: ["web-1"],
      ready: ["web-3"],
      failed: [["web-2", broken]],
      lost: [],
    });
    const over = allAtOnce(...hosts.map((host) => ended("rollout", 0, host, done)));
    expect(standing(over, "rollout", 0, 0)).toEqual({
      open: [],
      unknown: [],
      ready: [],
      failed: [],
      absent: [],
      lost: [],
    });
  });

  it("leaves out hosts that were left behind", () => {
    const deployment = allAtOnce({ kind: "left-behind", hosts: ["web-2"], message: "" });
    expect(standing(deployment, "rollout", 0, 0).ready).toEqual(["web-1", "web-3"]);
  });

  it.each([
    [1, 1],
    [2, 2],
    [3, 4],
    [4, 8],
    [5, 15],
    [9, 15],
  ])("waits after try %i for %i s", (tries, seconds) => {
    expect(lastHostAfter(tries, unreachable, seconds - 0.001).ready).not.toContain("web-3");
    expect(lastHostAfter(tries, unreachable, seconds).ready).toContain("web-3");
    expect(lastHostAfter(tries, unknown, seconds).unknown).toEqual(["web-3"]);
  });

  it("calls a host absent after four tries, or at once when asking again can't help", () => {
    expect(lastHostAfter(3, unreachable, 1).absent).toEqual([]);
    expect(lastHostAfter(4, unreachable, 1).absent).toEqual([["web-3", unreachable]]);
    expect(lastHostAfter(1, permanent, 0)).toMatchObject({
      absent: [["web-3", permanent]],
      lost: [["web-3", permanent]],
    });
  });

  it("never calls a host absent that may have been touched", () => {
    expect(lastHostAfter(9, unknown, 1).absent).toEqual([]);
  });

  it("gives a host up when there was no progress for too long", () => {
    expect(lastHostAfter(4, unreachable, 290).lost).toEqual([]);
    expect(lastHostAfter(4, unknown, 300).lost).toEqual([["web-3", unknown]]);
  });

  it("is nothing for a step that is not in the plan", () => {
    expect(() => stepOf(allAtOnce(), "rollout", 9)).toThrow("has no step 9");
    expect(() => stepOf(allAtOnce(), "roll-back", 0)).toThrow("has no step 0");
  });
});
