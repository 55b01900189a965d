/**
 * A whole deployment in a simulated world: the loop of the runner over hosts that fail, vanish and come back, a
 * server that dies at any moment, and people who pause and abort. Time is a number, so a night passes in no time.
 *
 * What must never be is checked after everything that happens, against what the hosts really do, not against what
 * the journal believes.
 */
import { isDeepStrictEqual } from "node:util";

import { apply, fold } from "../../src/core/fold.ts";
import type { Deployment, DeploymentEvent, Recorded, Request } from "../../src/core/deployment.ts";
import { freezeAt } from "../../src/core/freeze.ts";
import type { FreezeCalendar } from "../../src/core/freeze.ts";
import { canBeFrozen, freezeNews } from "../../src/core/freeze-gate.ts";
import { checkPlan, guard } from "../../src/core/interlock.ts";
import { eventOf } from "../../src/core/decision.ts";
import { nextMove } from "../../src/core/next-move.ts";
import type { Move } from "../../src/core/move.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { planDigest, planPrepare, planRollout } from "../../src/core/plan.ts";
import type { Origin } from "../../src/core/plan.ts";
import { releaseId } from "../../src/core/release.ts";
import { drainedHosts } from "../../src/core/rotation.ts";
import type { Release } from "../../src/core/release.ts";
import type { HostFacts, SlotFacts } from "../../src/core/host-facts.ts";
import type { Target } from "../../src/core/service.ts";
import { SERVER, isWork, needsEveryHost } from "../../src/core/step.ts";
import { NO_RELEASE } from "../../src/core/release.ts";
import type { Observation } from "../../src/core/observation.ts";
import { openAnalysis } from "../../src/core/observe.ts";
import type { Side } from "../../src/core/traffic.ts";
import { membersOf } from "../../src/core/members.ts";
import { memberName } from "../../src/core/traffic.ts";
import type { SimulatedHost } from "./simulated-host.ts";
import { SimulatedTraffic } from "./simulated-traffic.ts";
import type { TrafficScenario } from "./simulated-traffic.ts";
import { aPolicy } from "./approvals.ts";
import { anArtifact, factsOf, knownOf } from "./targets.ts";

type Perform = Extract<Move, { kind: "perform" }>;

export interface Scenario {
  readonly kind: Request["kind"];
  readonly target: Target;
  readonly origin: Origin;
  readonly release: Release;
  readonly hosts: readonly SimulatedHost[];
  /** With slots: the second copy of each host, in the slot green; `hosts` are those in blue then. */
  readonly green: readonly SimulatedHost[];
  readonly active: Side;
  readonly traffic: Omit<TrafficScenario, "copy" | "random">;
  /** Hosts that refuse to be asked for good, e.g. because their host key changed. */
  readonly strangers: ReadonlySet<string>;
  readonly people: readonly {
    readonly at: number;
    readonly does: "abort" | "pause" | "resume" | "promote" | "pass-freeze";
  }[];
  /** The server dies at these times, and right after events with these sequence numbers were written. */
  readonly crashesAt: readonly number[];
  readonly crashesAfter: ReadonlySet<number>;
  readonly downFor: number;
  readonly failingHooks: ReadonlySet<string>;
  /** The place is frozen at times. */
  readonly freezes: FreezeCalendar;
  /** Somebody has to approve: how long each answer takes, and whether it is about the plan that is asked about then. */
  readonly answers: readonly { readonly after: number; readonly isStale: boolean }[] | undefined;
  /** What another deployment of the service leaves on every host before this one is admitted. */
  readonly overtakenBy: string | undefined;
  /** Answers a number from 0 to below 1. */
  readonly random: () => number;
}

type Happening =
  | { readonly at: number; readonly kind: "ask"; readonly host: string }
  | { readonly at: number; readonly kind: "answer"; readonly host: string; readonly outcome: Outcome };

class Crash extends Error {}

export class Simulation {
  readonly journal: Recorded[] = [];
  readonly problems: string[] = [];
  readonly #scenario: Scenario;
  readonly #hosts: ReadonlyMap<string, SimulatedHost>;
  readonly #green: ReadonlyMap<string, SimulatedHost>;
  readonly #traffic: SimulatedTraffic | undefined;
  #observedUntil = 0;
  #servedBefore: ReadonlyMap<string, string>;
  readonly #peopleToCome: Scenario["people"][number][];
  readonly #crashesToCome: number[];
  readonly #answersToCome: { readonly after: number; readonly isStale: boolean }[] | undefined;
  #askedAt = 0;
  #deployment!: Deployment;
  #now = 0;
  #wasAborted = false;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#hosts = new Map(scenario.hosts.map((host) => [host.name, host]));
    this.#green = new Map(scenario.green.map((host) => [host.name, host]));
    this.#traffic =
      scenario.target.traffic.kind === "none"
        ? undefined
        : new SimulatedTraffic(scenario.target, scenario.active, {
            ...scenario.traffic,
            random: scenario.random,
            copy: (host, slot) => this.#copy(host, slot),
          });
    this.#servedBefore = new Map(scenario.hosts.map(({ name }) => [name, this.#serving(name).serves]));
    this.#peopleToCome = scenario.people.toSorted((a, b) => a.at - b.at);
    this.#answersToCome = scenario.answers === undefined ? undefined : [...scenario.answers];
    this.#crashesToCome = scenario.crashesAt.toSorted((a, b) => a - b);
  }

  /** The deployment at its end. `problems` holds what should never have been. */
  run(): Deployment {
    const { kind, target, origin } = this.#scenario;
    const request: Request = { kind, service: target.service, environment: target.environment, by: "kim" };
    const policy = this.#answersToCome === undefined ? {} : { policy: aPolicy() };
    const requested: DeploymentEvent = { kind: "requested", request, prepare: planPrepare(target, origin), ...policy };
    this.journal.push({ sequence: 1, at: 0, event: requested });
    this.#deployment = fold("d", this.journal);

    for (let turn = 0; turn < 3_000; turn += 1) {
      try {
        if (this.#turn() === "rest") {
          this.#checkEnd();
          return this.#deployment;
        }
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        this.#restart();
      }
    }
    this.problems.push("it never ends");
    return this.#deployment;
  }

  /** The journal for people who look for a mistake. */
  story(): string {
    return this.journal
      .map(
        ({ sequence, at, event }) =>
          `${sequence} at ${at}: ${JSON.stringify({ ...event, plan: undefined, prepare: undefined, release: undefined })}`,
      )
      .join("\n");
  }

  #turn(): "rest" | undefined {
    this.#letPeopleAct();
    if (this.#deployment.frozen !== undefined && this.#lookAtFreezes()) return undefined;
    const move = nextMove(this.#deployment, this.#now);
    if (this.#wasAborted && move.kind === "perform" && move.track === "rollout")
      this.problems.push("goes on after an abort");
    switch (move.kind) {
      case "rest":
        return "rest";
      case "perform":
        this.#perform(move);
        break;
      case "wait":
        this.#wait(move.until);
        break;
      default:
        this.#record(this.#decision(move));
    }
    return undefined;
  }

  #decision(move: Exclude<Move, { kind: "rest" | "perform" | "wait" }>): DeploymentEvent {
    switch (move.kind) {
      case "plan-rollout": {
        const { release } = this.#scenario;
        const plan = planRollout(this.#deployment.prepare!, release, knownOf(this.#deployment));
        const [violation] = checkPlan(plan);
        if (violation !== undefined) {
          // Only hosts that nobody can reach may make a plan that is refused.
          if (this.#deployment.leftBehind.length === 0) this.problems.push(`plan refused: ${violation.message}`);
          return { kind: "finished", state: "failed", message: violation.message, behind: [] };
        }
        return { kind: "rollout-planned", release, plan, digest: planDigest(plan) };
      }
      case "ask-approval":
        this.#askedAt = this.#now;
        return { kind: "approval-asked", approval: "a-1", digest: this.#deployment.digest! };
      case "admit":
        return this.#freezeNews() ?? this.#overtaken() ?? this.#admitted();
      case "finish":
        return { kind: "finished", state: move.state, message: move.message, behind: move.behind };
      default:
        return eventOf(move, this.#deployment);
    }
  }

  /** As `deployments/freezes/gate.ts` does it. */
  #freezeNews(): DeploymentEvent | undefined {
    if (!canBeFrozen(this.#deployment)) return undefined;
    const { service, environment } = this.#scenario.target;
    return freezeNews(this.#deployment, freezeAt(this.#scenario.freezes, { service, environment }, this.#now));
  }

  #lookAtFreezes(): boolean {
    const news = this.#freezeNews();
    if (news !== undefined) this.#record(news);
    return news !== undefined;
  }

  #admitted(): DeploymentEvent {
    const { freezes, target, kind } = this.#scenario;
    const isPassed = kind !== "deploy" || this.#deployment.freezePassedBy !== undefined;
    if (!isPassed && freezeAt(freezes, target, this.#now) !== undefined)
      this.problems.push("its rollout begins in a freeze");
    const { policy, approval, digest } = this.#deployment;
    const isOpen = policy === undefined || (approval?.given !== undefined && approval.digest === digest);
    if (!isOpen) this.problems.push("its rollout begins without the approval of its plan");
    return { kind: "admitted", epoch: 1 };
  }

  /** The approvers answer at their time, also about plans that are not the newest any more. */
  #letApproversAnswer(): void {
    const { approval, finished, digest } = this.#deployment;
    const [next] = this.#answersToCome ?? [];
    if (approval === undefined || approval.given !== undefined || finished !== undefined) return;
    if (this.#now < this.#askedAt + (next?.after ?? 0)) return;
    this.#answersToCome?.shift();
    const about = next?.isStale === true ? "f".repeat(64) : (digest ?? approval.digest);
    this.#record({ kind: "approval-given", approval: approval.id, digest: about, by: ["lee"], because: "approved" });
  }

  #copy(host: string, slot: string | undefined): SimulatedHost {
    return (slot === "green" ? this.#green.get(host) : undefined) ?? this.#hosts.get(host)!;
  }

  /** The copy that users of the host come to. */
  #serving(host: string): SimulatedHost {
    return this.#scenario.target.slots === undefined
      ? this.#copy(host, undefined)
      : this.#copy(host, this.#traffic?.active);
  }

  /** As `deployments/admit.ts` does it: what another one left is looked at before this one begins. */
  #overtaken(): DeploymentEvent | undefined {
    const { overtakenBy, hosts } = this.#scenario;
    if (overtakenBy === undefined || this.#deployment.ended === 1) return undefined;
    for (const { name } of hosts) {
      this.#serving(name).staged.add(overtakenBy);
      this.#serving(name).serves = overtakenBy;
    }
    this.#servedBefore = new Map(hosts.map(({ name }) => [name, this.#serving(name).serves]));
    return { kind: "overtaken", ended: 1 };
  }

  #record(event: DeploymentEvent): void {
    const recorded: Recorded = { sequence: this.journal.length + 1, at: this.#now, event };
    this.journal.push(recorded);
    this.#deployment = apply(this.#deployment, recorded);
    if (this.#scenario.crashesAfter.has(recorded.sequence)) throw new Crash();
  }

  #restart(): void {
    const again = fold("d", this.journal);
    if (!isDeepStrictEqual(again, this.#deployment)) this.problems.push("folded again it is another deployment");
    this.#deployment = again;
    this.#now += this.#scenario.downFor;
  }

  #letPeopleAct(): void {
    if (this.#answersToCome !== undefined) this.#letApproversAnswer();
    while (this.#peopleToCome[0] !== undefined && this.#peopleToCome[0].at <= this.#now) {
      this.#letActNext();
    }
  }

  #letActNext(): void {
    const { does } = this.#peopleToCome.shift()!;
    if (this.#deployment.finished !== undefined) return;
    if (does === "abort") this.#wasAborted = true;
    if (does === "abort") this.#record({ kind: "abort-requested", by: "lee", reason: "looks wrong" });
    else if (does === "promote") this.#record({ kind: "promoted", by: "lee" });
    else if (does === "pass-freeze") this.#passFreeze();
    else this.#record({ kind: does === "pause" ? "pause-requested" : "resumed", by: "lee" });
  }

  #passFreeze(): void {
    if (this.#deployment.frozen !== undefined)
      this.#record({ kind: "freeze-passed", by: "lee", reason: "users can't pay" });
  }

  #wait(until: number | undefined): void {
    const never = Number.POSITIVE_INFINITY;
    const { approval } = this.#deployment;
    const isAsked = approval !== undefined && approval.given === undefined;
    const answer = isAsked ? this.#askedAt + (this.#answersToCome?.[0]?.after ?? 0) : never;
    const next = Math.min(until ?? never, this.#peopleToCome[0]?.at ?? never, answer);
    if (Number.isFinite(next)) {
      if (next <= this.#now) this.problems.push("waits for what is over");
      this.#passTimeUntil(next);
    } else if (openAnalysis(this.#deployment) !== undefined) {
      // It is not clear, and a person is asked.
      this.#record({ kind: "promoted", by: "lee" });
    } else if (this.#deployment.paused !== undefined) {
      this.#record({ kind: "resumed", by: "lee" });
    } else if (this.#deployment.frozen !== undefined) {
      this.#passFreeze();
    } else {
      throw new Error("it waits for ever");
    }
  }

  /** A witness writes down what it sees, every ten seconds. */
  #passTimeUntil(next: number): void {
    const rollout = this.#deployment.rollout?.targets[0];
    const isWatched = this.#traffic !== undefined || openAnalysis(this.#deployment) !== undefined;
    if (!isWatched || this.#deployment.epoch === undefined) {
      this.#now = next;
      return;
    }
    this.#now = Math.min(next, Math.max(this.#now, this.#observedUntil) + 10_000);
    const from = this.#observedUntil || this.#now;
    const observation = this.#traffic?.observation(from, this.#now, rollout?.sides) ?? nothingSeen(from, this.#now);
    this.#observedUntil = this.#now;
    this.#record({ kind: "observed", ...observation });
  }

  /** As `deployments/perform.ts` does it: side by side, each outcome written down as it comes in. */
  #perform(move: Perform): void {
    const violation = guard(this.#deployment, move);
    if (violation !== undefined) this.problems.push(`${violation.interlock}: ${violation.message}`);
    this.#checkPause(move);
    this.#record({
      kind: "step-started",
      track: move.track,
      step: move.index,
      hosts: move.hosts,
      attempt: move.attempt,
    });

    let happenings: Happening[] = move.hosts.map((host) => ({ at: this.#now + this.#upTo(3_000), kind: "ask", host }));
    const notBegun: string[] = [];
    const asked = new Set<string>();
    let isWanted = true;
    let hasFailed = false;

    while (happenings.length > 0) {
      happenings = happenings.toSorted((a, b) => a.at - b.at);
      if (this.#advanceTo(happenings[0]!.at) === "somebody acted") {
        const next = nextMove(this.#deployment, this.#now);
        const same = next.kind === "perform" && next.track === move.track && next.index === move.index;
        if (isWanted && this.#wasAborted && move.track !== "roll-back" && !same) {
          isWanted = false;
          happenings = happenings.map((one) => (asked.has(one.host) ? this.#calledOff(move, one.host) : one));
        }
        continue;
      }
      const happening = happenings.shift()!;
      if (happening.kind === "answer") {
        hasFailed ||= happening.outcome.kind !== "done";
        const { host, outcome } = happening;
        this.#record({ kind: "host-done", track: move.track, step: move.index, host, attempt: move.attempt, outcome });
      } else if (!isWanted || (hasFailed && move.step.kind === "activate-release")) {
        notBegun.push(happening.host);
      } else {
        asked.add(happening.host);
        happenings.push(this.#ask(move, happening.host));
      }
      this.#checkNow(move);
    }
    if (notBegun.length > 0)
      this.#record({ kind: "interrupted", track: move.track, step: move.index, hosts: notBegun });
  }

  #advanceTo(at: number): "somebody acted" | "nobody acted" {
    const [crash] = this.#crashesToCome;
    const person = this.#peopleToCome[0];
    if (crash !== undefined && crash <= at && crash <= (person?.at ?? crash)) {
      this.#crashesToCome.shift();
      this.#now = Math.max(this.#now, crash);
      throw new Crash();
    }
    if (person !== undefined && person.at <= at) {
      this.#now = Math.max(this.#now, person.at);
      this.#letActNext();
      return "somebody acted";
    }
    this.#now = Math.max(this.#now, at);
    return "nobody acted";
  }

  #ask(move: Perform, name: string): Happening {
    const host = this.#hosts.get(name);
    const moved = this.#traffic?.perform(move.step, name, {
      leftBehind: move.track === "rollout" ? this.#deployment.leftBehind : [],
      isForward: move.track === "rollout" && this.#scenario.kind === "deploy",
    });
    if (moved !== undefined) return this.#answer(name, 500, moved);
    if (host === undefined) return this.#answer(name, 1_000, this.#work(move, name));
    if (this.#scenario.strangers.has(name)) {
      return this.#answer(name, 500, { kind: "unreachable", message: "its host key changed", permanent: true });
    }
    if (!host.canBeAsked(this.#now)) {
      return this.#answer(name, 1_000, { kind: "unreachable", message: "no answer", permanent: false });
    }
    const { endsAt, outcome } =
      move.step.kind === "activate-release" || move.step.kind === "retire-slot"
        ? this.#activate(move, this.#copy(name, move.step.slot))
        : { endsAt: this.#now + this.#upTo(2_000), outcome: this.#work(move, name) };
    if (host.canBeAsked(endsAt)) return { at: endsAt, kind: "answer", host: name, outcome };
    return {
      at: endsAt + 15_000,
      kind: "answer",
      host: name,
      outcome: { kind: "unknown", message: "connection lost" },
    };
  }

  #activate(move: Perform, host: SimulatedHost): { readonly endsAt: number; readonly outcome: Outcome } {
    const plan = move.track === "rollout" ? this.#deployment.rollout : this.#deployment.rollBack;
    const goal = move.step.kind === "retire-slot" ? NO_RELEASE : plan!.targets[0].goal[host.name]!;
    if (goal === NO_RELEASE) return host.activate(this.#key(move), goal, this.#now, 1_000);
    if (!host.staged.has(goal)) this.problems.push(`${goal} is activated on ${host.name}, but was never staged`);
    return host.activate(this.#key(move), goal, this.#now, 3_000 + this.#upTo(40_000));
  }

  #key({ track, index }: Perform): string {
    return `${track}/${index}`;
  }

  #calledOff(move: Perform, name: string): Happening {
    const { step } = move;
    const host = "slot" in step ? this.#copy(name, step.slot) : this.#hosts.get(name);
    const result = host?.canBeAsked(this.#now) === true ? host.cancel(this.#key(move), this.#now) : undefined;
    return this.#answer(name, 500, result ?? { kind: "unknown", message: "called off" });
  }

  #answer(host: string, after: number, outcome: Outcome): Happening {
    return { at: this.#now + after, kind: "answer", host, outcome };
  }

  /** Every other kind of step. */
  #work({ step }: Perform, name: string): Outcome {
    const host = this.#hosts.get(name);
    switch (step.kind) {
      case "inspect-host":
        return done({
          kind: "facts",
          facts: factsOf(this.#serving(name).serves, {
            releases: Object.fromEntries([...host!.staged].map((id) => [id, ""])),
            slots: this.#slotsOf(name),
          }),
        });
      case "fetch-source":
        return done({ kind: "source", revision: "f".repeat(40), summary: "a change" });
      case "build-artifact":
        return done({ kind: "artifact", artifact: anArtifact() });
      case "upload-artifact":
        host!.staged.add(releaseId(this.#deployment.release!));
        this.#green.get(name)?.staged.add(releaseId(this.#deployment.release!));
        return done();
      case "inspect-traffic":
        return done({ kind: "traffic", traffic: this.#traffic!.facts() });
      case "run-hook":
        return this.#scenario.failingHooks.has(step.at) && name !== SERVER
          ? { kind: "failed", message: "the hook failed" }
          : done();
      default:
        return done();
    }
  }

  #slotsOf(name: string): HostFacts["slots"] {
    if (this.#scenario.target.slots === undefined) return {};
    const slot = (copy: SimulatedHost): SlotFacts => ({
      current: copy.serves,
      previous: NO_RELEASE,
      settings: "",
      active: copy.serves === NO_RELEASE ? "inactive" : "active",
    });
    return { blue: slot(this.#copy(name, "blue")), green: slot(this.#copy(name, "green")) };
  }

  #upTo(milliseconds: number): number {
    return Math.floor(this.#scenario.random() * milliseconds);
  }

  #checkPause({ track, index, hosts, step }: Perform): void {
    if (this.#deployment.paused === undefined || track !== "rollout") return;
    // Whoever has left the rotation comes back first.
    if (step.kind !== "drain" && drainedHosts(this.#deployment, "rollout").size > 0) return;
    const begun = this.#deployment.progress[track].get(index);
    const fresh = hosts.filter((host) => !begun?.has(host) || begun.get(host)?.outcome?.kind === "unreachable");
    if (fresh.length > 0) this.problems.push(`begins ${step.kind} on ${fresh.join(", ")} while it is paused`);
  }

  #checkNow(move: Perform): void {
    this.#checkTraffic(move);
    const { hosts: fleet, zones, strategy, limits, slots } = this.#scenario.target;
    // Where copies stand beside each other, activations don't tell who is out; the traffic does.
    if (slots !== undefined || strategy.kind === "blue-green") return;
    const inActivation = this.#scenario.hosts.filter((host) => host.isInActivation(this.#now)).map(({ name }) => name);
    // Hosts that went dark may still be busy while the others go back; they failed by themselves.
    const ours = move.track === "rollout" ? inActivation : inActivation.filter((name) => move.hosts.includes(name));
    if (fleet.length - ours.length < limits.floor) this.problems.push(`${ours.join(", ")} are out at once`);
    if (strategy.kind !== "recreate" && new Set(ours.map((name) => zones[name])).size > 1) {
      this.problems.push(`two zones at once: ${ours.join(", ")}`);
    }
    for (const { name, begun } of this.#scenario.hosts) {
      const tracks = begun.map((key) => key.split("/")[0]);
      if (new Set(tracks).size !== tracks.length)
        this.problems.push(`${name} was activated twice: ${begun.join(", ")}`);
    }
  }

  #checkTraffic({ track }: Perform): void {
    if (this.#traffic === undefined) return;
    const { target, kind, release } = this.#scenario;
    const goal = kind === "deploy" ? releaseId(release) : "";
    const sides = this.#deployment.rollout?.targets[0].sides;
    this.problems.push(...this.#traffic.problems(this.#now, track === "rollout" && kind === "deploy", goal, sides));
    const lost = this.#scenario.hosts.filter(({ outages, isBroken }) => isBroken || outages.length > 0).length;
    const reached = this.#traffic.hostsReached().size + lost;
    const most = target.strategy.kind === "blue-green" && target.slots === undefined ? 0 : target.limits.floor;
    if (track === "rollout" && reached < most) this.problems.push(`only ${reached} host(s) are in rotation`);
  }

  /** Dead hosts never keep the others from going back. */
  #checkReachableWentBack(named: ReadonlySet<string>): void {
    if (this.#deployment.rollBack === undefined) return;
    const outcomes = this.journal.flatMap(({ event }) =>
      event.kind === "host-done" && event.track === "roll-back" ? [event.outcome] : [],
    );
    if (outcomes.some(isBad)) return;
    const kept = this.#scenario.hosts.filter(({ name, outages }) => named.has(name) && outages.length === 0);
    for (const { name } of kept) {
      if (!this.#scenario.strangers.has(name)) this.problems.push(`${name} could have gone back`);
    }
  }

  /** What has to be done at exactly one place was done there, whoever was left behind. */
  #checkNothingSkipped(): void {
    const { prepare, rollout, progress } = this.#deployment;
    for (const [track, plan] of [
      ["prepare", prepare!],
      ["rollout", rollout!],
    ] as const) {
      for (const [index, step] of plan.steps.entries()) {
        if (!isWork(step) || !needsEveryHost(step)) continue;
        const undone = step.hosts.filter((host) => progress[track].get(index)?.get(host)?.outcome?.kind !== "done");
        if (undone.length > 0) this.problems.push(`${step.kind} was skipped on ${undone.join(", ")}`);
      }
    }
  }

  /** All users are on one side, and every host that is meant to serve them is in rotation there. */
  #checkTrafficAtEnd(named: ReadonlySet<string>): void {
    const { state, rollout } = this.#deployment;
    const sides = rollout?.targets[0].sides;
    if (this.#traffic === undefined || sides === undefined || state === "rollback-failed") return;
    const side = state === "succeeded" ? sides.candidate : sides.baseline;
    if (state !== "failed" && state !== "withdrawn" && this.#traffic.active !== side)
      this.problems.push(`${state}, but ${this.#traffic.active} is active`);
    const { leftBehind } = this.#deployment;
    if (this.#traffic.share !== 0) this.problems.push(`${state}, and a share of ${this.#traffic.share} is left`);
    const goal = rollout!.targets[0].goal;
    const members = membersOf(this.#scenario.target).filter(
      (member) =>
        member.side === this.#traffic!.active &&
        member.host in goal &&
        !named.has(member.host) &&
        !leftBehind.includes(member.host),
    );
    for (const member of members) {
      if (!this.#traffic.inRotation.has(memberName(member)))
        this.problems.push(`${state}, but ${memberName(member)} is out of rotation`);
    }
  }

  /** Whether the last word is true. */
  #checkEnd(): void {
    const { state, finished, rollout, leftBehind } = this.#deployment;
    const muchLater = this.#now + 1e9;
    const named = new Set(finished!.behind);
    const expect = (host: SimulatedHost, release: string | undefined): void => {
      const retired = release === NO_RELEASE && this.#scenario.target.slots !== undefined;
      if (!retired && (host.isInActivation(muchLater) || host.isBroken || host.serves !== release)) {
        this.problems.push(
          `${state}, but ${host.name} serves ${host.isBroken ? "nothing" : host.serves}, not ${release}`,
        );
      }
    };
    const goal = rollout?.targets[0].goal ?? {};
    this.#checkTrafficAtEnd(named);
    const goesForward = state === "succeeded" || (state === "rollback-failed" && this.#scenario.kind === "roll-back");
    const meant = this.#scenario.hosts.filter(({ name }) => !goesForward || name in goal);
    for (const { name } of meant) {
      if (named.has(name)) continue;
      const host = this.#serving(name);
      expect(host, goesForward ? goal[host.name] : this.#servedBefore.get(host.name));
    }
    this.#checkReachableWentBack(named);
    if (state === "succeeded") this.#checkNothingSkipped();
    if (this.#wasAborted && state === "succeeded") this.problems.push("succeeded although it was aborted");
    if (state === "rollback-failed" && named.size === 0 && this.#scenario.kind !== "roll-back")
      this.problems.push("failed to roll back, but names no host");
    if (state === "succeeded" && !isDeepStrictEqual(named, new Set(leftBehind)))
      this.problems.push("others are behind than were left");
    if (leftBehind.length > this.#scenario.target.limits.tolerate)
      this.problems.push("more left behind than tolerated");
  }
}

function nothingSeen(from: number, until: number): Observation {
  return { from, until, complete: true, members: {}, unserved: 0, queued: 0, loads: {}, restarts: {} };
}

function isBad({ kind }: Outcome): boolean {
  return kind === "failed" || kind === "reverted" || kind === "broken";
}

function done(result?: Extract<Outcome, { kind: "done" }>["result"]): Outcome {
  return { kind: "done", changed: true, ...(result === undefined ? {} : { result }) };
}
