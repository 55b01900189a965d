/** The journal of a canary over two hosts, with what was seen of the requests meanwhile. */
import type { EvidenceRow, Verdict } from "../../src/core/analysis/analysis.ts";
import { noRequests } from "../../src/core/analysis/counts.ts";
import type { RequestCounts } from "../../src/core/analysis/counts.ts";
import type { DeploymentEvent, Recorded, Track } from "../../src/core/deployment.ts";
import type { Observation } from "../../src/core/observation.ts";
import { planPrepare } from "../../src/core/plan.ts";
import type { RolloutPlan } from "../../src/core/plan.ts";
import { releaseId } from "../../src/core/release.ts";
import type { RolloutStep } from "../../src/core/step.ts";
import { PROXIES } from "../../src/core/step.ts";
import { aRelease, aTarget } from "./targets.ts";

const hosts = ["web-1", "web-2"];
const release = aRelease(42, "b");

export const canaryTarget = aTarget({
  hosts,
  strategy: {
    kind: "canary",
    options: { weights: [5], soakSeconds: 300, longestSoakSeconds: 1_800, keepWarmSeconds: 1_800 },
  },
  traffic: {
    kind: "haproxy",
    proxies: ["lb-1"],
    name: "orders",
    bind: 80,
    drain: { graceSeconds: 2, deadlineSeconds: 30, longLived: "cut" },
  },
  watchSeconds: 900,
});

/** Where each step of the rollout stands in its plan. */
export const canarySteps = { drain: 0, activate: 1, readmit: 2, share: 3, compare: 4, switch: 5, watch: 6, warm: 7 };

const steps: readonly RolloutStep[] = [
  { kind: "drain", hosts: ["web-1"], side: "blue" },
  { kind: "activate-release", hosts: ["web-1"] },
  { kind: "readmit", hosts: ["web-1"], side: "green" },
  { kind: "set-share", hosts: [PROXIES], side: "green", share: 500 },
  { kind: "analyse", during: "soak", needs: "pass", seconds: 300, longestSeconds: 1_800 },
  { kind: "switch-side", hosts: [PROXIES], to: "green" },
  { kind: "analyse", during: "watch", needs: "no-fail", seconds: 900, longestSeconds: 900 },
  { kind: "keep-warm", seconds: 900 },
];

const before = Object.fromEntries(hosts.map((host) => [host, "41-aaaaaaaaaaaa"]));
const goal = { "web-1": releaseId(release) };
export const canaryPlan: RolloutPlan = {
  format: 1,
  kind: "deploy",
  targets: [{ target: canaryTarget, release, before, goal, sides: { baseline: "blue", candidate: "green" } }],
  steps,
};

/** Writes a journal event by event, with a clock of its own. */
export class CanaryJournal {
  readonly journal: Recorded[] = [];
  #now = Date.UTC(2026, 0, 5, 9);

  readonly release = release;

  /** @param leading how many of the events that lead up to the rollout come after the request: two of them do */
  constructor(leading = 2) {
    const request = { kind: "deploy", service: "orders", environment: "production", by: "kim" } as const;
    const prepare = planPrepare(canaryTarget, { kind: "artifact", artifact: release.artifact });
    this.record({ kind: "requested", request, prepare });
    if (leading > 0) this.record({ kind: "rollout-planned", release, plan: canaryPlan, digest: "d".repeat(64) });
    if (leading > 1) this.record({ kind: "admitted", epoch: 7 });
  }

  record(event: DeploymentEvent): this {
    this.journal.push({ sequence: this.journal.length + 1, at: this.#now, event });
    return this;
  }

  pass(seconds: number): this {
    this.#now += seconds * 1000;
    return this;
  }

  /** Work on each of its hosts, 2 s each; a wait is only begun. */
  step(step: number, track: Track = "rollout"): this {
    const planned = steps[step]!;
    const places: readonly string[] = "hosts" in planned ? planned.hosts : [];
    this.record({ kind: "step-started", track, step, hosts: places, attempt: 1 });
    for (const host of places) {
      this.pass(2).record({
        kind: "host-done",
        track,
        step,
        host,
        attempt: 1,
        outcome: { kind: "done", changed: true },
      });
    }
    return this;
  }

  /** Every step of the rollout up to this one. */
  upTo(step: number): this {
    for (let index = 0; index <= step; index += 1) this.step(index);
    return this;
  }

  /** The next 10 s. */
  see(
    candidate: number,
    baseline: number,
    differences: Partial<Observation> & { readonly errors?: number } = {},
  ): this {
    const { errors = 0, ...others } = differences;
    const from = this.#now;
    this.pass(10);
    return this.record({
      kind: "observed",
      from,
      until: this.#now,
      complete: true,
      members: { "green/web-1": requests(candidate, errors), "blue/web-2": requests(baseline, 0) },
      unserved: 0,
      queued: 0,
      loads: {},
      restarts: {},
      ...others,
    });
  }

  conclude(step: number, verdict: Verdict, sentence: string, rows: readonly EvidenceRow[] = []): this {
    return this.record({ kind: "concluded", track: "rollout", step, verdict, sentence, rows });
  }
}

function requests(amount: number, errors: number): RequestCounts {
  return { requests: amount, errors, buckets: noRequests.buckets.map((_, index) => (index === 4 ? amount : 0)) };
}
