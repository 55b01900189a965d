/** Plays a story: a deployment on hosts that do what the story says, and everything else well and at an even pace. */
import type { ApprovalPolicy } from "../../src/core/approval.ts";
import { fold } from "../../src/core/fold.ts";
import type { Deployment, DeploymentEvent, Request } from "../../src/core/deployment.ts";
import { eventOf } from "../../src/core/decision.ts";
import { nextMove } from "../../src/core/next-move.ts";
import type { Move } from "../../src/core/move.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { planDigest, planPrepare, planRollout } from "../../src/core/plan.ts";
import type { Origin } from "../../src/core/plan.ts";
import type { ReleaseId } from "../../src/core/release.ts";
import type { Target } from "../../src/core/service.ts";
import { inWords } from "./golden-journal.ts";
import type { GoldenEvent, GoldenJournal } from "./golden-journal.ts";
import { NO_RELEASE } from "../../src/core/release.ts";
import type { MemberName } from "../../src/core/traffic.ts";
import { aRelease, anArtifact, aTarget, factsOf, knownOf } from "./targets.ts";

type Perform = Extract<Move, { kind: "perform" }>;

export interface Story {
  readonly story: string;
  readonly kind?: Request["kind"];
  readonly origin?: Origin;
  readonly target?: Partial<Target>;
  /** What every host serves before. */
  readonly serves?: ReleaseId;
  /** How a step ends on a host, where it is not simply done; `try` counts from 1. */
  readonly ends?: (at: { readonly step: string; readonly host: string; readonly try: number }) => Outcome | undefined;
  /** What somebody does right after an event that reads like this, e.g. `rollout: activate-release done on web-1`. */
  readonly somebody?: Readonly<Record<string, DeploymentEvent | ((deployment: Deployment) => DeploymentEvent)>>;
  /** Somebody has to approve it. */
  readonly policy?: ApprovalPolicy;
  /** Right after an event that reads like this the server dies, and an hour later another one goes on. */
  readonly dies?: string;
}

const release = aRelease(42, "b");
const hour = 3_600_000;

export function tell(story: Story): GoldenJournal {
  const teller = new StoryTeller(story);
  for (let turn = 0; turn < 500 && teller.goOn(); turn += 1) {
    // The journal grows until the deployment rests, or until nobody comes who could move it.
  }
  return { story: story.story, journal: teller.journal };
}

class StoryTeller {
  readonly journal: GoldenEvent[] = [];
  readonly #story: Story;
  readonly #acted = new Set<string>();
  #now = Date.UTC(2026, 0, 5, 9);

  constructor(story: Story) {
    this.#story = story;
    const { kind = "deploy", origin = { kind: "artifact", artifact: release.artifact } } = story;
    const target = aTarget(story.target);
    const request: Request = { kind, service: target.service, environment: target.environment, by: "kim" };
    const policy = story.policy === undefined ? {} : { policy: story.policy };
    this.#record({ kind: "requested", request, prepare: planPrepare(target, origin), ...policy });
  }

  get #deployment(): Deployment {
    return fold("d", this.journal);
  }

  /** @returns false when there is nothing more to tell */
  goOn(): boolean {
    const move = nextMove(this.#deployment, this.#now);
    switch (move.kind) {
      case "rest":
        return false;
      case "perform":
        this.#perform(move);
        return true;
      case "wait":
        if (move.until === undefined) return false;
        this.#now = move.until;
        return true;
      default:
        this.#record(this.#decision(move));
        return true;
    }
  }

  #decision(move: Exclude<Move, { kind: "rest" | "perform" | "wait" }>): DeploymentEvent {
    const deployment = this.#deployment;
    switch (move.kind) {
      case "plan-rollout": {
        const planned = deployment.prepare!.origin.kind === "return" ? aRelease(41, "a") : release;
        const plan = planRollout(deployment.prepare!, planned, knownOf(deployment));
        return { kind: "rollout-planned", release: planned, plan, digest: planDigest(plan) };
      }
      case "ask-approval":
        return { kind: "approval-asked", approval: "a-1", digest: deployment.digest! };
      case "admit":
        return { kind: "admitted", epoch: 7 };
      case "finish":
        return { kind: "finished", state: move.state, message: move.message, behind: move.behind };
      default:
        return eventOf(move, deployment);
    }
  }

  #perform(move: Perform): void {
    const { track, index, step, hosts, attempt } = move;
    const died = this.#record({ kind: "step-started", track, step: index, hosts, attempt }, move);
    if (died) return;
    for (const host of hosts) {
      this.#now += step.kind === "activate-release" ? 15_000 : 1_000;
      const tries = this.#deployment.progress[track].get(index)!.get(host)!.tries;
      const ending = this.#story.ends?.({ step: `${track}: ${step.kind}`, host, try: tries });
      const outcome = ending ?? this.#done(move);
      if (this.#record({ kind: "host-done", track, step: index, host, attempt, outcome }, move)) return;
    }
  }

  #done({ step }: Perform): Outcome {
    if (step.kind === "build-artifact") {
      return { kind: "done", changed: true, result: { kind: "artifact", artifact: anArtifact("b") } };
    }
    if (step.kind === "inspect-traffic") {
      const { hosts } = this.#deployment.prepare!.target;
      const inRotation = hosts.map((host): MemberName => `blue/${host}`);
      return {
        kind: "done",
        changed: false,
        result: { kind: "traffic", traffic: { active: "blue", share: 0, inRotation } },
      };
    }
    if (step.kind !== "inspect-host") return { kind: "done", changed: true };
    const current = this.#story.serves ?? "41-aaaaaaaaaaaa";
    const releases = { "41-aaaaaaaaaaaa": "", "40-999999999999": "" };
    const slot = { current, previous: NO_RELEASE, settings: "", active: "active" };
    const slots = this.#deployment.prepare!.target.slots === undefined ? {} : { blue: slot };
    return { kind: "done", changed: false, result: { kind: "facts", facts: factsOf(current, { releases, slots }) } };
  }

  /** @returns whether the server died of it */
  #record(event: DeploymentEvent, move?: Perform): boolean {
    const recorded = { sequence: this.journal.length + 1, at: this.#now, event };
    const after = fold("d", [...this.journal, recorded]);
    this.journal.push({ ...recorded, next: inWords(nextMove(after, this.#now)) });
    return this.#whatFollows(event, move);
  }

  #whatFollows(event: DeploymentEvent, move: Perform | undefined): boolean {
    const happened = move === undefined ? event.kind : this.#told(event, move);
    if (this.#acted.has(happened)) return false;
    const act = this.#story.somebody?.[happened];
    const dies = this.#story.dies === happened;
    if (act !== undefined || dies) this.#acted.add(happened);
    if (act !== undefined) this.#record(typeof act === "function" ? act(this.#deployment) : act);
    if (dies) this.#now += hour;
    return dies;
  }

  #told(event: DeploymentEvent, { track, step, hosts }: Perform): string {
    if (event.kind !== "host-done") return `${track}: ${step.kind} begun on ${hosts.join(", ")}`;
    return `${track}: ${step.kind} ${event.outcome.kind} on ${event.host}`;
  }
}
