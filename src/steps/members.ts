/** Members of a service's traffic, as the steps that move them see them. */
import type { Target } from "../core/service.ts";
import { membersOf } from "../core/members.ts";
import type { Outcome } from "../core/outcome.ts";
import { memberName } from "../core/traffic.ts";
import type { Member, MemberName, MemberState, Side, TrafficState } from "../core/traffic.ts";
import { ProxyFailed } from "../ports/traffic.ts";
import type { TrafficChange } from "../ports/traffic.ts";
import type { StepContext } from "./step.ts";

/** The copy on a host that belongs to a side. */
export function memberOn(target: Target, side: Side, host: string): Member {
  const found = membersOf(target).find((member) => member.side === side && member.host === host);
  if (found === undefined) throw new Error(`${host} has no copy of ${target.service} on the side ${side}`);
  return found;
}

/** The same copy as a member of the other side, where a proxy tells the two apart. */
export function twinOf(target: Target, { side, host, slot }: Member): Member | undefined {
  if (target.traffic.kind !== "haproxy" && target.traffic.kind !== "nginx") return undefined;
  return membersOf(target).find((one) => one.side !== side && one.host === host && one.slot === slot);
}

/** A change of one member and no other. */
export function only(name: MemberName, rotation: MemberState["rotation"]): NonNullable<TrafficChange["members"]> {
  return { [name]: rotation } as Record<MemberName, MemberState["rotation"]>;
}

/**
 * Hosts that the rollout left behind have the old release, so no user may find them on the candidate's side. They are
 * taken out of it together with the change that sends users there.
 */
export function withoutLeftBehind(context: StepContext, side: Side): Pick<TrafficChange, "members"> {
  const { deployment, target } = context;
  const left = membersOf(target).filter(
    (member) => member.side === side && deployment.leftBehind.includes(member.host),
  );
  if (left.length === 0 || isWayBack(context)) return {};
  return {
    members: Object.fromEntries(left.map((member) => [memberName(member), "out"])) as TrafficChange["members"] & object,
  };
}

/** Whether it goes back to what was before; then what can't be reached holds nothing up that can. */
export function isWayBack({ deployment }: Pick<StepContext, "deployment">): boolean {
  return deployment.rollBack !== undefined;
}

/**
 * Brings the proxies to what is wanted; gives those that could not be changed, which happens on the way back only.
 *
 * @throws {ProxyFailed}
 */
export async function bring(context: StepContext, change: TrafficChange): Promise<readonly string[]> {
  const { ports, target, signal } = context;
  try {
    return await ports.traffic.change(target, change, { signal, evenIfSomeFail: isWayBack(context) });
  } catch (error) {
    // Only a proxy can say that nothing was changed there.
    throw error instanceof ProxyFailed ? error : changedMaybe(error);
  }
}

/**
 * Work after the first byte of a change. Whatever goes wrong in it, the change may be there: a step that says less than
 * that is taken for one that never began, and nobody takes back what it did.
 *
 * @throws {ProxyFailed}
 */
export async function sinceChanged<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw changedMaybe(error);
  }
}

function changedMaybe(error: unknown): ProxyFailed {
  if (error instanceof ProxyFailed && error.mayHaveChanged) return error;
  const proxy = error instanceof ProxyFailed ? error.proxy : "";
  return new ProxyFailed(proxy, true, error instanceof Error ? error.message : String(error));
}

/**
 * Reads a change back. An abort does not cut it off: what was done has to be known most of all by whoever takes it back.
 *
 * @throws {ProxyFailed}
 */
export function readBack(context: StepContext): Promise<readonly TrafficState[] | undefined> {
  return sinceChanged(() => look({ ...context, signal: new AbortController().signal }));
}

/** What stands in the way of sending users somewhere: on the way back it is asked again until its time is over. */
export function notNow(context: StepContext, message: string): Outcome {
  return { kind: isWayBack(context) ? "unknown" : "failed", message };
}

/** On the way back nobody waits longer for a proxy that says nothing: the others are to be told at once. */
const longestLookMilliseconds = 1_000;

/** What the proxies say now. On the way back it is undefined where one of them does not answer, or not soon. */
export async function look(context: StepContext): Promise<readonly TrafficState[] | undefined> {
  const { target, ports, signal } = context;
  const soon = isWayBack(context) ? AbortSignal.any([signal, AbortSignal.timeout(longestLookMilliseconds)]) : signal;
  try {
    return await ports.traffic.states(target, soon);
  } catch (error) {
    if (error instanceof ProxyFailed && isWayBack(context)) return undefined;
    throw error;
  }
}

/** How a proxy is called in messages. */
export function proxyTitle({ proxy }: TrafficState): string {
  return proxy === "" ? "what is in front" : proxy;
}

/** Members of a side that are in rotation on a proxy. */
export function inRotation({ members }: TrafficState, side?: Side): readonly MemberName[] {
  const names = Object.keys(members) as MemberName[];
  return names.filter(
    (name) =>
      members[name]!.rotation === "in" && (side === undefined || name.startsWith(memberName({ side, host: "" }))),
  );
}
