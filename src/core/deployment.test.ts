import { describe, expect, it } from "vitest";

import {
  done,
  ended,
  failed,
  inRollout,
  recorded,
  request,
  started,
  unknown,
  unreachable,
} from "../../test/support/deployments.ts";
import { anArtifact, aTarget, factsOf } from "../../test/support/targets.ts";
import { targetOf } from "./deployment.ts";
import { apply, fold } from "./fold.ts";
import type { Deployment, DeploymentEvent, Progress } from "./deployment.ts";
import type { Outcome } from "./outcome.ts";
import { planPrepare } from "./plan.ts";

const prepare = planPrepare(aTarget(), { kind: "revision", ref: "main" });
const requested: DeploymentEvent = { kind: "requested", request, prepare };

function after(...events: readonly DeploymentEvent[]): Deployment {
  return fold("d", recorded(requested, ...events));
}

/** How far the first rollout step is on the first host. */
function onFirstHost(...events: readonly DeploymentEvent[]): Progress | undefined {
  return inRollout({}, ...events)
    .progress.rollout.get(0)
    ?.get("web-1");
}

describe("a journal", () => {
  it("begins with the request, and holds it once", () => {
    expect(() => fold("d", [])).toThrow("does not begin with a request");
    expect(() => fold("d", recorded({ kind: "admitted", epoch: 1 }))).toThrow("does not begin with a request");
    expect(() => after(requested)).toThrow("requested twice");
  });

  it("has no gaps and no repetitions", () => {
    const deployment = after();
    const event: DeploymentEvent = { kind: "admitted", epoch: 1 };
    expect(() => apply(deployment, { sequence: 1, at: 0, event })).toThrow("does not follow");
    expect(() => apply(deployment, { sequence: 3, at: 0, event })).toThrow("does not follow");
    expect(apply(deployment, { sequence: 2, at: 0, event }).sequence).toBe(2);
  });

  it("can be folded in pieces, and what was folded before stays as it is", () => {
    const journal = recorded(requested, started("prepare", 0, "web-1"), ended("prepare", 0, "web-1", failed));
    const first = fold("d", journal.slice(0, 2));
    const whole = apply(first, journal[2]!);
    expect(whole).toEqual(fold("d", journal));
    expect(first.progress.prepare.get(0)?.get("web-1")?.outcome).toBeUndefined();
  });
});

describe("the state of a deployment", () => {
  const abort: DeploymentEvent = { kind: "abort-requested", by: "lee", reason: "no" };
  it.each<readonly [string, Deployment["state"], readonly DeploymentEvent[]]>([
    ["a request", "preparing", []],
    ["an admission", "running", [{ kind: "admitted", epoch: 1 }]],
    [
      "a pause while it runs",
      "paused",
      [
        { kind: "admitted", epoch: 1 },
        { kind: "pause-requested", by: "lee" },
      ],
    ],
    ["a pause before it runs", "preparing", [{ kind: "pause-requested", by: "lee" }]],
    [
      "a pause and a resume",
      "running",
      [
        { kind: "admitted", epoch: 1 },
        { kind: "pause-requested", by: "lee" },
        { kind: "resumed", by: "kim" },
      ],
    ],
    ["an abort, which only nextMove acts on", "running", [{ kind: "admitted", epoch: 1 }, abort]],
    ["its end", "withdrawn", [{ kind: "finished", state: "withdrawn", message: "", behind: [] }]],
  ])("after %s is %s", (_after, state, events) => {
    expect(after(...events).state).toBe(state);
  });

  it("is not paused any more when it rolls back", () => {
    const deployment = inRollout({}, { kind: "pause-requested", by: "lee" });
    const plan = deployment.rollout!;
    const event: DeploymentEvent = { kind: "roll-back-planned", plan, reason: "no" };
    const rollingBack = apply(deployment, { sequence: deployment.sequence + 1, at: 0, event });
    expect(rollingBack.state).toBe("rolling-back");
    expect("paused" in rollingBack).toBe(false);
  });
});

describe("what steps find out", () => {
  it("is known to later steps", () => {
    const facts = factsOf("41-aaaaaaaaaaaa");
    const outcomes: readonly Outcome[] = [
      { kind: "done", changed: false, result: { kind: "facts", facts } },
      { kind: "done", changed: true, result: { kind: "source", revision: "f00", summary: "" } },
      { kind: "done", changed: true, result: { kind: "artifact", artifact: anArtifact() } },
    ];
    const deployment = after(...outcomes.map((outcome, index) => ended("prepare", index, "web-1", outcome)));
    expect(deployment).toMatchObject({ facts: { "web-1": facts }, revision: "f00", artifact: anArtifact() });
  });

  it("counts from the beginning when the deployment begins with an artifact or a release", () => {
    const release = { number: 7, artifact: anArtifact(), settings: "", revision: "f00" };
    for (const origin of [
      { kind: "release", release },
      { kind: "artifact", artifact: anArtifact(), revision: "f00" },
    ] as const) {
      const deployment = fold("d", recorded({ kind: "requested", request, prepare: planPrepare(aTarget(), origin) }));
      expect(deployment).toMatchObject({ revision: "f00", artifact: anArtifact() });
    }
  });
});

describe("a deployment that was overtaken", () => {
  it("forgets what it read from hosts and planned from it, and keeps what was built", () => {
    const built = [
      ended("prepare", 2, "@server", {
        kind: "done",
        changed: true,
        result: { kind: "source", revision: "f00", summary: "" },
      }),
      ended("prepare", 3, "@server", {
        kind: "done",
        changed: true,
        result: { kind: "artifact", artifact: anArtifact() },
      }),
    ];
    const origin = { kind: "revision", ref: "main" } as const;
    const facts: Outcome = {
      kind: "done",
      changed: false,
      result: { kind: "facts", facts: factsOf("41-aaaaaaaaaaaa") },
    };
    const events: readonly DeploymentEvent[] = [
      { kind: "requested", request, prepare: planPrepare(aTarget(), origin), ended: 1 },
      ended("prepare", 0, "web-1", facts),
      ...built,
      { kind: "left-behind", hosts: ["web-2"], message: "" },
      { kind: "overtaken", ended: 2 },
    ];
    const deployment = fold("d", recorded(...events));
    expect(deployment).toMatchObject({ facts: {}, leftBehind: [], ended: 2, revision: "f00", artifact: anArtifact() });
    expect(deployment.rollout).toBeUndefined();
    expect([...deployment.progress.prepare.keys()]).toEqual([2, 3]);
  });
});

describe("the progress of a step on a host", () => {
  const begin = started("rollout", 0, "web-1");

  it("counts the tries of an attempt", () => {
    const again = [begin, ended("rollout", 0, "web-1", unreachable)];
    expect(onFirstHost(...again, ...again, begin)).toMatchObject({ tries: 3 });
  });

  it("is that it was never touched, as long as no try reached it", () => {
    const again = [begin, ended("rollout", 0, "web-1", unreachable)];
    expect(onFirstHost(...again, ...again)?.outcome?.kind).toBe("unreachable");
  });

  it.each([
    ["an earlier try was cut off by the server's death", [begin, begin]],
    ["an earlier try ended unknown", [begin, ended("rollout", 0, "web-1", unknown), begin]],
    ["that was so some tries ago", [begin, begin, ended("rollout", 0, "web-1", unreachable), begin]],
  ])("is unknown when the host can't be reached and %s", (_why, events) => {
    expect(onFirstHost(...events, ended("rollout", 0, "web-1", unreachable))?.outcome?.kind).toBe("unknown");
  });

  it("is gone when the step was called off before the host was asked", () => {
    const calledOff: DeploymentEvent = { kind: "interrupted", track: "rollout", step: 0, hosts: ["web-1"] };
    expect(onFirstHost(begin, calledOff)).toBeUndefined();
    expect(onFirstHost(begin, begin, calledOff)).toMatchObject({ mayHaveRun: true });
  });

  it("ignores the end of another attempt", () => {
    expect(
      onFirstHost(begin, { ...ended("rollout", 0, "web-1", done), attempt: 2 } as DeploymentEvent)?.outcome,
    ).toBeUndefined();
  });
});

describe("the time of the last progress", () => {
  it("moves when a host is done, begun for the first time, or taken up after the server's death", () => {
    const begin = started("rollout", 0, "web-1");
    const base = inRollout({}).progressAt;
    const moved = (...events: readonly DeploymentEvent[]): number =>
      (inRollout({}, ...events).progressAt - base) / 1_000;
    expect(moved(begin)).toBe(1);
    expect(moved(begin, ended("rollout", 0, "web-1", unreachable), begin)).toBe(1);
    expect(moved(begin, begin)).toBe(2);
    expect(moved(begin, ended("rollout", 0, "web-1"))).toBe(2);
  });
});

describe("a target", () => {
  it("is known from the first plan on", () => {
    expect(targetOf(after()).service).toBe("orders");
    expect(() => targetOf(fold("d", recorded({ kind: "requested", request })))).toThrow("has no plan yet");
  });
});
