import { describe, expect, it } from "vitest";

import { broken, ended, inRollout, started, unknown } from "../../test/support/deployments.ts";
import { aRelease, aTarget, factsOf } from "../../test/support/targets.ts";
import type { Deployment, DeploymentEvent } from "./deployment.ts";
import { checkPlan, guard, interlocks } from "./interlock.ts";
import type { Move } from "./move.ts";
import { nextMove } from "./next-move.ts";
import { planPrepare, planRollout } from "./plan.ts";
import type { RolloutPlan } from "./plan.ts";
import { planRollBack } from "./rollback.ts";
import type { Target } from "./service.ts";
import type { RolloutStep } from "./step.ts";
import { isWork } from "./step.ts";

const hosts = ["web-1", "web-2", "web-3"];
const limits = { floor: 1, tolerate: 1, progressSeconds: 300, load: 0.75 };
const zones = { "web-1": "a", "web-2": "a", "web-3": "b" };

function aPlan(differences: Partial<Target> = {}, steps?: readonly RolloutStep[]): RolloutPlan {
  const target = aTarget({ hosts, limits, ...differences });
  const release = aRelease(42, "b");
  const facts = Object.fromEntries(target.hosts.map((host) => [host, factsOf("41-aaaaaaaaaaaa")]));
  const plan = planRollout(planPrepare(target, { kind: "artifact", artifact: release.artifact }), release, { facts });
  return steps === undefined ? plan : { ...plan, steps };
}

const activate = (...batch: readonly string[]): RolloutStep => ({ kind: "activate-release", hosts: batch });
const interlocksBrokenBy = (plan: RolloutPlan): readonly string[] => checkPlan(plan).map(({ interlock }) => interlock);

describe("a plan", () => {
  it("of either strategy breaks no interlock", () => {
    expect(checkPlan(aPlan())).toEqual([]);
    expect(checkPlan(aPlan({ zones, strategy: { kind: "rolling", options: { batch: 2, soakSeconds: 5 } } }))).toEqual(
      [],
    );
    expect(
      checkPlan(aPlan({ zones, strategy: { kind: "recreate", options: {} }, limits: { ...limits, floor: 0 } })),
    ).toEqual([]);
  });

  it.each<readonly [string, string, RolloutPlan]>([
    ["of an unknown format", "known-format", { ...aPlan(), format: 99 }],
    ["of format 0", "known-format", { ...aPlan(), format: 0 }],
    ["that goes below the floor", "floor", aPlan({}, [activate(...hosts)])],
    ["with two zones in a batch", "one-zone", aPlan({ zones }, [activate("web-1"), activate("web-2", "web-3")])],
    [
      "that tries the release on two hosts first",
      "first-alone",
      aPlan({}, [activate("web-1", "web-2"), activate("web-3")]),
    ],
    [
      "that activates a host twice",
      "exactly-once",
      aPlan({}, [activate("web-1"), activate("web-2"), activate("web-3"), activate("web-1")]),
    ],
    ["that forgets a host", "exactly-once", aPlan({}, [activate("web-1"), activate("web-2")])],
    [
      "that activates a host it knows nothing about",
      "way-back",
      aPlan(
        {},
        [...hosts, "web-4"].map((host) => activate(host)),
      ),
    ],
    ["of a singleton on several hosts", "singleton", aPlan({ singleton: true })],
    [
      "of a singleton that is rolled",
      "singleton",
      aPlan({ singleton: true, hosts: ["web-1"], limits: { ...limits, floor: 0 } }),
    ],
    ["for a service that runs as root", "unprivileged", aPlan({ unit: { ...aTarget().unit, user: "root" } })],
    ["for a service without a run user", "unprivileged", aPlan({ unit: { ...aTarget().unit, user: "" } })],
    [
      "that tidies up in the middle",
      "tidy-last",
      aPlan({}, [activate("web-1"), { kind: "prune-releases", hosts }, activate("web-2"), activate("web-3")]),
    ],
  ])("%s is refused by %s", (_what, interlock, plan) => {
    expect(interlocksBrokenBy(plan)).toContain(interlock);
  });

  it("is told everything that speaks against it", () => {
    expect(interlocksBrokenBy(aPlan({ zones, singleton: true }, [activate(...hosts)]))).toEqual([
      "floor",
      "one-zone",
      "first-alone",
      "singleton",
    ]);
  });
});

describe("a move", () => {
  const perform = (deployment: Deployment, index: number, ...those: readonly string[]): string | undefined => {
    const step = deployment.rollout!.steps[index]!;
    if (!isWork(step)) throw new Error("not an activation");
    const move: Move = { kind: "perform", track: "rollout", index, step, hosts: those, attempt: 1 };
    return guard(deployment, move)?.interlock;
  };
  const running = (differences: Partial<Target>, ...events: readonly DeploymentEvent[]): Deployment =>
    inRollout({ hosts, limits, ...differences }, ...events);
  const first = started("rollout", 0, "web-1");

  it("that nextMove makes is fine", () => {
    const deployment = running({});
    expect(guard(deployment, nextMove(deployment, 0))).toBeUndefined();
  });

  it.each([unknown, broken])("is refused when it would go below the floor beside a host that failed", (outcome) => {
    const floor2 = { limits: { ...limits, floor: 2 } };
    expect(perform(running(floor2, first, ended("rollout", 0, "web-1", outcome)), 1, "web-2")).toBe("floor");
    expect(perform(running({}, first, ended("rollout", 0, "web-1", outcome)), 1, "web-2")).toBeUndefined();
  });

  it("is not refused for a host that is out anyway", () => {
    const floor2 = { limits: { ...limits, floor: 2 } };
    expect(perform(running(floor2, first, ended("rollout", 0, "web-1", unknown)), 0, "web-1")).toBeUndefined();
  });

  it("is refused beside an activation in another zone", () => {
    expect(perform(running({ zones }, started("rollout", 1, "web-2")), 2, "web-3")).toBe("one-zone");
  });

  it("is refused for a host that was activated already", () => {
    expect(perform(running({}, first, ended("rollout", 0, "web-1")), 0, "web-1")).toBe("exactly-once");
  });

  it("is refused on a host where the release was not verified", () => {
    const deployment = running({});
    const prepare = new Map(deployment.progress.prepare);
    const upload = deployment.prepare!.steps.findIndex(({ kind }) => kind === "upload-artifact");
    prepare.set(upload, new Map([...prepare.get(upload)!].filter(([host]) => host !== "web-1")));
    expect(perform({ ...deployment, progress: { ...deployment.progress, prepare } }, 0, "web-1")).toBe(
      "verified-first",
    );
  });

  it("is refused for a plan of another format", () => {
    const deployment = running({});
    expect(perform({ ...deployment, rollout: { ...deployment.rollout!, format: 9 } }, 0, "web-1")).toBe("known-format");
  });

  it("on the way back may always take one host, but not two, beside one that failed", () => {
    const floor2 = { limits: { ...limits, floor: 2 } };
    const events = [
      first,
      ended("rollout", 0, "web-1"),
      started("rollout", 1, "web-2"),
      ended("rollout", 1, "web-2"),
      started("rollout", 2, "web-3"),
      ended("rollout", 2, "web-3", broken),
    ];
    const plan = planRollBack(running(floor2, ...events));
    const deployment = running(floor2, ...events, { kind: "roll-back-planned", plan, reason: "" });
    const back = (...those: readonly string[]): string | undefined =>
      guard(deployment, {
        kind: "perform",
        track: "roll-back",
        index: 1,
        step: { kind: "activate-release", hosts: those },
        hosts: those,
        attempt: 1,
      })?.interlock;
    expect(back("web-2")).toBeUndefined();
    expect(back("web-1", "web-2")).toBe("floor");
  });

  it("that activates nothing is not a matter of interlocks", () => {
    expect(guard(running({}), { kind: "wait", for: "a turn" })).toBeUndefined();
  });
});

describe("every interlock", () => {
  it("has its own name and a sentence for people", () => {
    expect(new Set(interlocks.map(({ name }) => name)).size).toBe(interlocks.length);
    for (const { title } of interlocks) expect(title).toMatch(/^[a-z].{20,}[^.]$/);
  });
});
