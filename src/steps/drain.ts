/**
 * Takes a host's copy out of rotation, and proves that nothing is in flight there any more.
 *
 * New requests stop, those of sticky users a grace later. The proof has two halves: no proxy has a request in flight
 * to it, and the host has no connection of a proxy. A proxy may keep connections open that carry nothing (HAProxy 3.0
 * closes them when the copy goes out, others may not); they are given a moment and then count no more, because the copy
 * closes them itself when it is stopped.
 */
import type { Outcome } from "../core/outcome.ts";
import type { DrainRules, Member, MemberName } from "../core/traffic.ts";
import { memberName } from "../core/traffic.ts";
import { ProxyFailed } from "../ports/traffic.ts";
import { longestActivationSeconds } from "./activation.ts";
import { ask, outcomeOf } from "./ask.ts";
import { connectionsFrom, peersOf } from "./connections.ts";
import type { Peers } from "./connections.ts";
import { bring, isWayBack, look, memberOn, only, sinceChanged } from "./members.ts";
import type { StepContext, StepDefinition } from "./step.ts";

/** A server that died leaves a host out of rotation no longer than this, or twice the longest activation. */
const backAfterAtLeastSeconds = 900;
/** Connections that carry nothing are waited for no longer. */
const idleMilliseconds = 3_000;
const lookMilliseconds = 200;

export const drain: StepDefinition<"drain"> = {
  kind: "drain",
  title: ({ hosts }) => `take ${hosts.join(", ")} out of rotation`,

  async perform({ side, replaced = false }, context) {
    const { traffic } = context.target;
    if (traffic.kind === "none") return { kind: "done", changed: false, note: "there is no rotation" };
    const member = memberOn(context.target, side, context.host);
    try {
      // A host that can't be asked must not leave the rotation for a change that can't be made there.
      await ask(context, { argv: ["true"], limitSeconds: 15 });
    } catch (error) {
      return outcomeOf(error, false);
    }
    try {
      return await drained({ context, member, name: memberName(member), rules: traffic.drain, isReplaced: replaced });
    } catch (error) {
      if (!context.signal.aborted || !context.isCalledOff()) return outcomeOf(error, true);
      return givenUp("it was called off", context, memberName(member));
    }
  },
};

interface Drain {
  readonly context: StepContext;
  readonly member: Member;
  readonly name: MemberName;
  readonly rules: DrainRules;
  /** Another copy serves in its place, so it is not to come back. */
  readonly isReplaced: boolean;
}

/** What still goes on at a copy. */
interface Activity {
  readonly requests: number | "unknown";
  readonly connections: number | "unknown";
}

async function drained(drain: Drain): Promise<Outcome> {
  const { context, rules } = drain;
  const startedAt = context.ports.clock.now();
  const { wasOut, missed } = await takeOut(drain);
  return sinceChanged(async () => {
    const peers = await peersOf(context);
    const last = await untilQuiet(drain, peers, startedAt + rules.deadlineSeconds * 1000);
    const missing = missed.length === 0 ? "" : `; ${missed.join(", ")} could not be told`;
    if (last.isQuiet) {
      const took = inWords(context.ports.clock.now() - startedAt);
      return { kind: "done", changed: !wasOut, note: `${wasOut ? "was out already" : `drained in ${took}`}${missing}` };
    }
    const outcome = await notQuiet(drain, last);
    return outcome.kind === "done" ? { ...outcome, note: `${outcome.note}${missing}` } : outcome;
  });
}

/** From the state it finds, so that a drain that was cut off is taken up where it was. */
async function takeOut({
  context,
  name,
  member,
  rules,
  isReplaced,
}: Drain): Promise<{ readonly wasOut: boolean; readonly missed: readonly string[] }> {
  const { target } = context;
  const backAfterSeconds = isReplaced ? 0 : Math.max(backAfterAtLeastSeconds, 2 * longestActivationSeconds(target));
  const states = (await look(context)) ?? [];
  const wasOut = states.length > 0 && states.every(({ members }) => members[name]?.rotation === "out");
  const out = (): Promise<readonly string[]> => bring(context, { members: only(name, "out"), backAfterSeconds });
  if (wasOut || rules.graceSeconds === 0) return { wasOut, missed: await out() };
  await bring(context, { members: only(name, "draining"), backAfterSeconds });
  context.log(`${member.host} gets no new requests\n`);
  return sinceChanged(async () => {
    await pause(context, rules.graceSeconds * 1000);
    return { wasOut, missed: await out() };
  });
}

async function untilQuiet(
  drain: Drain,
  peers: Peers,
  deadline: number,
): Promise<Activity & { readonly isQuiet: boolean }> {
  const { context } = drain;
  const { clock } = context.ports;
  for (let idleSince: number | undefined; ;) {
    const seen = await activityOf(drain, peers);
    if (seen.connections === 0 && (seen.requests === 0 || seen.requests === "unknown"))
      return { ...seen, isQuiet: true };
    idleSince = seen.requests === 0 ? (idleSince ?? clock.now()) : undefined;
    if (idleSince !== undefined && clock.now() - idleSince >= idleMilliseconds) return { ...seen, isQuiet: true };
    // Connections that carry nothing are no reason to call the drain a failure.
    if (clock.now() >= deadline) return { ...seen, isQuiet: seen.requests === 0 };
    await pause(context, lookMilliseconds);
  }
}

async function activityOf({ context, name, member }: Drain, peers: Peers): Promise<Activity> {
  const [states, connections] = await Promise.all([look(context), connectionsFrom(peers, member.port, context)]);
  const inFlight = (states ?? []).map(({ members }) => members[name]?.inFlight ?? 0);
  const isKnown = states !== undefined && inFlight.every((count) => count !== "unknown");
  return {
    requests: isKnown ? inFlight.reduce<number>((sum, count) => sum + Number(count), 0) : "unknown",
    connections,
  };
}

/** The deadline has passed, and it still does something. */
async function notQuiet({ context, name, rules }: Drain, seen: Activity): Promise<Outcome> {
  const { target, host, ports } = context;
  const still = `${activityInWords(seen)} on ${host} after ${rules.deadlineSeconds} s`;
  if (rules.longLived === "cut") {
    await ports.traffic.cut(target, [name], context.signal).catch((error: unknown) => {
      if (!(error instanceof ProxyFailed && isWayBack(context))) throw error;
    });
    return { kind: "done", changed: true, note: `${still}; cut` };
  }
  // What carries users' requests is not known, so there is no more to be proved than that its time is over.
  if (target.traffic.kind === "health" || target.traffic.kind === "command")
    return { kind: "done", changed: true, note: still };
  if (isWayBack(context)) return { kind: "done", changed: true, note: `${still}; the way back does not wait for that` };
  return givenUp(still, context, name);
}

function activityInWords({ requests, connections }: Activity): string {
  if (requests === "unknown" && connections === "unknown") return "nobody can tell what is in flight";
  const [count, what] = requests === "unknown" ? [connections, "connection"] : [requests, "request"];
  const many = count === 1 ? `1 ${what} is` : `${count} ${what}s are`;
  return requests === "unknown" ? `${many} still open` : `${many} still in flight`;
}

/** With no signal: whoever calls a drain off wants the host to serve again. */
async function givenUp(why: string, { ports, target }: StepContext, name: MemberName): Promise<Outcome> {
  try {
    await ports.traffic.change(target, { members: only(name, "in") });
    return { kind: "failed", message: `${why}; it was put back into rotation` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `${why}; it could not be put back into rotation (${reason}) and comes back by itself`;
    return { kind: "unknown", message };
  }
}

async function pause({ ports, signal }: StepContext, milliseconds: number): Promise<void> {
  await ports.clock.sleep(milliseconds, signal);
  if (signal.aborted) throw new Error("it was called off");
}

function inWords(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
