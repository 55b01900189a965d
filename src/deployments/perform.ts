/** Does one step on its hosts, side by side, and records how it ended on each as soon as it did. */
import { notBroughtBack } from "../core/activations.ts";
import { finalStates } from "../core/deployment.ts";
import type { Deployment } from "../core/deployment.ts";
import { drainedHosts } from "../core/rotation.ts";
import { guard } from "../core/interlock.ts";
import type { Violation } from "../core/interlock.ts";
import { nextMove } from "../core/next-move.ts";
import type { Move } from "../core/move.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Artifact } from "../core/release.ts";
import type { Target } from "../core/service.ts";
import { LockHeld } from "../ports/store.ts";
import { definitionOf } from "../steps/index.ts";
import { outcomeOf } from "../steps/ask.ts";
import type { StepContext } from "../steps/step.ts";
import { finish } from "./finish.ts";
import type { Along, Journal } from "./journal.ts";
import { hostLockOwner } from "./locks.ts";
import { leaveAtOnce } from "./leave-at-once.ts";
import { maskedOutcome } from "./secrets/masked-outcome.ts";
import type { World } from "./world.ts";

type Perform = Extract<Move, { kind: "perform" }>;

const askForLockMilliseconds = 500;

export async function perform(move: Perform, journal: Journal, world: World, stop: AbortSignal): Promise<void> {
  if (!(await begin(move, journal, world))) return;

  const wanted = whileWanted(move, journal, world, stop);
  const notBegun: string[] = [];
  let failed = false;
  try {
    const common = await commonContext(journal.deployment, world);
    const work = async (host: string): Promise<void> => {
      if (wanted.signal.aborted || (failed && isActivation(move))) {
        notBegun.push(host);
        return;
      }
      const outcome = await performOn(host, move, journal.deployment, world, { ...common, signal: wanted.signal });
      // A deployment that ended meanwhile (a newer one took its place) has no more to learn.
      if (stop.aborted || wanted.isGivenUp() || finalStates.has(journal.deployment.state)) return;
      failed ||= outcome.kind !== "done";
      await journal.note({
        kind: "host-done",
        track: move.track,
        step: move.index,
        host,
        attempt: move.attempt,
        outcome,
      });
    };
    await sideBySide(move.hosts, world.fanOut, work, wanted.giveUp);
    if (finalStates.has(journal.deployment.state)) return;
    if (notBegun.length > 0)
      await journal.note({ kind: "interrupted", track: move.track, step: move.index, hosts: notBegun });
    if (changesHosts(move) && mayReleaseHosts(move, journal.deployment)) await releaseHosts(journal, world);
  } finally {
    await wanted.end();
  }
}

/** Records the intention, with the locks of the hosts that are about to change. */
async function begin(move: Perform, journal: Journal, world: World): Promise<boolean> {
  const violation = guard(journal.deployment, move);
  if (violation !== undefined) {
    await refused(violation, move, journal, world);
    return false;
  }
  try {
    return await journal.decide(
      [{ kind: "step-started", track: move.track, step: move.index, hosts: move.hosts, attempt: move.attempt }],
      changesHosts(move) ? hostLocks(move.hosts, journal.deployment) : {},
    );
  } catch (error) {
    if (!(error instanceof LockHeld)) throw error;
    // Whoever waits for a host holds none: two deployments would wait for each other for ever.
    await releaseHosts(journal, world);
    await world.clock.sleep(askForLockMilliseconds);
    await journal.refresh();
    return false;
  }
}

/** A rollout that an interlock stops goes back; a way back that is stopped has nowhere to go, so it ends and shouts. */
async function refused({ message }: Violation, { track }: Perform, journal: Journal, world: World): Promise<void> {
  if (track !== "roll-back") {
    await journal.decide([{ kind: "abort-requested", by: "interlock", reason: message }]);
    return;
  }
  const left = notBroughtBack(journal.deployment);
  await finish(
    { kind: "finish", state: "rollback-failed", message: `refused by an interlock: ${message}`, behind: left },
    journal,
    world,
  );
}

/** From its drain to its readmission a host belongs to one deployment. */
function hostLocks(hosts: readonly string[], deployment: Deployment): Along {
  const { id, facts, request } = deployment;
  const inMotion = [...drainedHosts(deployment, "rollout"), ...drainedHosts(deployment, "roll-back")];
  const resources = [...new Set([...hosts, ...inMotion].map((host) => `host:${facts[host]?.machineId ?? host}`))];
  return {
    releaseLocksOf: [hostLockOwner(id)],
    takeLocks: { owner: hostLockOwner(id), reason: `${request.kind} of ${request.service}`, resources },
  };
}

/** Hosts are locked while they change; not while their batch is soaked, and not while others are. */
async function releaseHosts({ deployment }: Journal, { store, clock }: World): Promise<void> {
  await store.commit({ at: clock.now(), releaseLocksOf: [hostLockOwner(deployment.id)] });
}

/** A host that can't tell how its activation ended may still be in the middle of it, so it stays locked. */
function mayReleaseHosts({ track, index, hosts }: Perform, deployment: Deployment): boolean {
  if (drainedHosts(deployment, "rollout").size + drainedHosts(deployment, "roll-back").size > 0) return false;
  const step = deployment.progress[track].get(index);
  return hosts.every((host) => {
    const at = step?.get(host);
    return at === undefined || (at.outcome !== undefined && at.outcome.kind !== "unknown");
  });
}

/** An AbortSignal that fires when the journal has changed so that `nextMove` asks for something else. */
function whileWanted(move: Perform, journal: Journal, world: World, stop: AbortSignal): Wanted {
  const { bell, clock } = world;
  const changed = new AbortController();
  let left: Promise<void> | undefined;
  const off = bell.on(journal.deployment.id, () => {
    const look = (deployment: Deployment): void => {
      const isOver = finalStates.has(deployment.state);
      const calledOff = isOver || (deployment.aborted !== undefined && move.track !== "roll-back");
      if (!calledOff) return;
      const next = nextMove(deployment, clock.now());
      if (next.kind === "perform" && next.track === move.track && next.index === move.index) return;
      changed.abort(notWanted);
      if (!isOver) left ??= leaveAtOnce(deployment, world);
    };
    // Who can't read the journal now finds out when the outcome is written.
    journal.refresh().then(look, () => {});
  });
  return {
    signal: AbortSignal.any([changed.signal, stop]),
    giveUp: () => changed.abort(givenUp),
    isGivenUp: () => changed.signal.reason === givenUp,
    end: async () => {
      off();
      await left;
    },
  };
}

interface Wanted {
  readonly signal: AbortSignal;
  /** Nothing can be written down any more; hosts finish alone what they have begun, as when the server stops. */
  giveUp(): void;
  isGivenUp(): boolean;
  end(): Promise<void>;
}

/** Tells a step that is called off from one whose server only stops: hosts finish alone what they have begun. */
const notWanted = "not wanted";
const givenUp = "given up";

type CommonContext = Pick<StepContext, "installation" | "known" | "ports" | "target" | "epoch">;

async function commonContext(deployment: Deployment, world: World): Promise<CommonContext> {
  const { service, environment } = deployment.request;
  const target: Target = deployment.prepare!.target;
  const [{ id: installation }, rows] = await Promise.all([
    world.store.installation(),
    world.store.releases(service, environment),
  ]);
  const known: readonly Artifact[] = rows.map(({ release }) => release.artifact);
  return { installation, known, ports: world, target, epoch: deployment.epoch ?? 0 };
}

async function performOn(
  host: string,
  move: Perform,
  deployment: Deployment,
  world: World,
  common: CommonContext & Pick<StepContext, "signal">,
): Promise<Outcome> {
  const plan = move.track === "roll-back" ? deployment.rollBack : deployment.rollout;
  const goal = plan?.targets[0].goal[host];
  const log = world.logs.open({ deployment: deployment.id, track: move.track, step: move.index, host });
  try {
    const outcome = await definitionOf(move.step).perform(move.step as never, {
      ...common,
      ...(goal === undefined ? {} : { goal }),
      deployment,
      host,
      isCalledOff: () => common.signal.reason === notWanted,
      key: stepKey(common.installation, deployment, move),
      log: (text, stream) => log.write(text, stream),
    });
    return maskedOutcome(outcome, world.masks);
  } catch (error) {
    return maskedOutcome(outcomeOf(error, isActivation(move)), world.masks);
  } finally {
    await log.close();
  }
}

/** How the step is called on hosts: the same for every try of one attempt, and after a restart. */
function stepKey(installation: string, { id }: Deployment, { track, index, attempt }: Perform): string {
  const letter = track === "roll-back" ? "b" : "r";
  return `${installation}-${id}-${letter}${index}-${attempt}`.toLowerCase();
}

function isActivation({ step }: Perform): boolean {
  return step.kind === "activate-release" || step.kind === "retire-slot";
}

/** Steps that change what a host serves, or whether it does. */
function changesHosts({ step, track }: Perform): boolean {
  const kinds: readonly string[] = ["drain", "activate-release", "readmit", "retire-slot"];
  return track !== "prepare" && kinds.includes(step.kind);
}

/** Where the work on one host throws, all of it is given up and waited for: whoever begins again must meet nobody. */
async function sideBySide(
  hosts: readonly string[],
  atOnce: number,
  work: (host: string) => Promise<void>,
  giveUp: () => void,
): Promise<void> {
  const waiting = [...hosts];
  const lanes = Array.from({ length: Math.min(atOnce, hosts.length) }, async () => {
    try {
      for (let host = waiting.shift(); host !== undefined; host = waiting.shift()) await work(host);
    } catch (error) {
      waiting.length = 0;
      giveUp();
      throw error;
    }
  });
  await Promise.allSettled(lanes);
  await Promise.all(lanes);
}
