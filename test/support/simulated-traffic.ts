/**
 * The proxies of a simulated world: which side is active, its share, and which members are in rotation. It does what
 * it is told, sometimes without saying so, and knows what must never be.
 */
import type { Observation } from "../../src/core/observation.ts";
import type { RequestCounts } from "../../src/core/analysis/counts.ts";
import { noRequests } from "../../src/core/analysis/counts.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import type { Sides } from "../../src/core/sides.ts";
import { NO_RELEASE } from "../../src/core/release.ts";
import type { Target } from "../../src/core/service.ts";
import type { WorkStep } from "../../src/core/step.ts";
import type { Member, MemberName, Side, TrafficFacts } from "../../src/core/traffic.ts";
import { membersOf } from "../../src/core/members.ts";
import { WHOLE, memberName, otherSide } from "../../src/core/traffic.ts";
import type { SimulatedHost } from "./simulated-host.ts";

export interface TrafficScenario {
  /** A copy of the service by host and slot. */
  copy(host: string, slot: string): SimulatedHost;
  /** How busy each host is; undefined when nobody can tell. */
  readonly load: number | undefined;
  /** The share of errors in the answers of the candidate. */
  readonly candidateErrors: number;
  /** How often a proxy does not say that it did what it was told, from 0 to 1. */
  readonly silence: number;
  readonly random: () => number;
}

export class SimulatedTraffic {
  active: Side;
  share = 0;
  readonly inRotation: Set<MemberName>;
  readonly #target: Target;
  readonly #scenario: TrafficScenario;
  /** Copies that served something when it all began: to stop one of them costs users. */
  readonly #served: ReadonlySet<MemberName>;

  constructor(target: Target, active: Side, scenario: TrafficScenario) {
    this.#target = target;
    this.#scenario = scenario;
    this.active = active;
    const isBoth = target.slots === undefined && target.strategy.kind !== "blue-green";
    const members = membersOf(target);
    this.inRotation = new Set(members.filter(({ side }) => !isBoth || side === active).map(memberName));
    this.#served = new Set(members.filter((member) => this.#copyOf(member).serves !== NO_RELEASE).map(memberName));
  }

  facts(): TrafficFacts {
    return { active: this.active, share: this.share, inRotation: [...this.inRotation] };
  }

  /** Does the step for one host, or for the proxies. */
  perform(
    step: WorkStep,
    host: string,
    { leftBehind, isForward }: { readonly leftBehind: readonly string[]; readonly isForward: boolean },
  ): Outcome | undefined {
    const change = this.#changeOf(step, host, leftBehind);
    if (change === undefined) return undefined;
    const { random, silence } = this.#scenario;
    if (random() >= silence) {
      change();
      return { kind: "done", changed: true };
    }
    if (random() < 0.5) change();
    // What fails may have been changed before: a step that was called off, or could not be verified.
    const isOfProxies = step.kind === "set-share" || step.kind === "switch-side";
    if (isOfProxies && isForward && random() < 0.3) return { kind: "failed", message: "the proxy says something else" };
    return { kind: "unknown", message: "the proxy did not answer" };
  }

  #changeOf(step: WorkStep, host: string, leftBehind: readonly string[]): (() => void) | undefined {
    switch (step.kind) {
      case "drain":
        return () => void this.inRotation.delete(`${step.side}/${host}`);
      case "readmit":
        return () => void this.inRotation.add(`${step.side}/${host}`);
      case "set-share":
        return () => {
          if (step.side === this.active) throw new Error("the active side has no share of its own");
          this.share = step.share;
          for (const left of leftBehind) this.inRotation.delete(`${step.side}/${left}`);
        };
      case "switch-side":
        return () => {
          if (step.to !== this.active) for (const left of leftBehind) this.inRotation.delete(`${step.to}/${left}`);
          this.active = step.to;
          this.share = 0;
        };
      default:
        return undefined;
    }
  }

  #copyOf({ host, slot }: Member): SimulatedHost {
    return this.#scenario.copy(host, slot);
  }

  /** Members that users may come to now. */
  #reached(): readonly Member[] {
    const sides = this.share > 0 ? [this.active, otherSide(this.active)] : [this.active];
    return membersOf(this.#target).filter(
      (member) => sides.includes(member.side) && this.inRotation.has(memberName(member)),
    );
  }

  /** What must never be, whatever is going on. */
  problems(now: number, forward: boolean, goal: string, sides: Sides | undefined): readonly string[] {
    const reached = this.#reached();
    const stopped = reached.filter(
      (member) => this.#served.has(memberName(member)) && this.#copyOf(member).isInActivation(now),
    );
    const early = reached.filter((member) => {
      const copy = this.#copyOf(member);
      const isCandidate = sides !== undefined && sides.candidate !== sides.baseline && member.side === sides.candidate;
      const isReady = !copy.isInActivation(now) && copy.serves === goal;
      return forward && isCandidate && !copy.isBroken && copy.outages.length === 0 && !isReady;
    });
    return [
      ...(this.#target.strategy.kind === "recreate" ? [] : stopped).map(
        (one) => `${memberName(one)} is stopped while users are on it`,
      ),
      ...early.map((one) => `users are sent to ${memberName(one)}, which does not have the candidate`),
    ];
  }

  /** Hosts with a copy that users may come to. */
  hostsReached(): ReadonlySet<string> {
    return new Set(this.#reached().map(({ host }) => host));
  }

  /** What a witness would write down about a stretch of time. */
  observation(from: number, until: number, sides: Sides | undefined): Observation {
    const { load, candidateErrors } = this.#scenario;
    const members: Record<MemberName, RequestCounts> = {};
    for (const member of this.#reached()) {
      const isCandidate = sides !== undefined && sides.candidate !== sides.baseline && member.side === sides.candidate;
      const share = member.side === this.active ? 1 - this.share / WHOLE : this.share / WHOLE;
      const requests = Math.ceil(((until - from) / 1000) * 20 * share);
      const errors = isCandidate ? Math.round(requests * candidateErrors) : 0;
      const buckets = noRequests.buckets.map((_, index) => (index === 2 ? requests : 0));
      members[memberName(member)] = { requests, errors, buckets };
    }
    const loads = load === undefined ? {} : Object.fromEntries(this.#target.hosts.map((host) => [host, load]));
    return { from, until, complete: true, members, unserved: 0, queued: 0, loads, restarts: {} };
  }
}
