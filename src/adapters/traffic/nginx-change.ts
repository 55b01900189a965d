import type { MemberName } from "../../core/traffic.ts";
import { ProxyFailed, type ChangeOptions, type TrafficChange } from "../../ports/traffic.ts";
import type { NginxProxy } from "./nginx-proxy.ts";
import type { FileState } from "./proxy-files.ts";
import { differences, routingOf, type Routing } from "./routing.ts";

/**
 * Brings proxies to what is wanted, each by one reload at most, and by none when nothing changes.
 *
 * @returns proxies that could not be changed; only with `evenIfSomeFail`
 * @throws {ProxyFailed}
 */
export async function changeNginx(
  proxies: readonly NginxProxy[],
  change: TrafficChange,
  upWithinMs: number,
  { signal, evenIfSomeFail = false }: ChangeOptions,
): Promise<readonly string[]> {
  if (!evenIfSomeFail) {
    await changeTogether(proxies, change, upWithinMs, signal);
    return [];
  }

  // Each for itself: one that does not answer must not keep the others waiting on the way back.
  const results = await Promise.allSettled(proxies.map((proxy) => changeTogether([proxy], change, upWithinMs, signal)));
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  const serious = errors.length === proxies.length ? errors[0] : errors.find((one) => !(one instanceof ProxyFailed));
  if (serious !== undefined) throw serious;
  return proxies.filter((_, index) => results[index]?.status === "rejected").map(({ host }) => host);
}

/**
 * All answer, agree, and reach the members that come back; then one after the other is written, which serves at once,
 * the standby first. What the second one does not take is taken back on the first.
 */
async function changeTogether(
  proxies: readonly NginxProxy[],
  change: TrafficChange,
  upWithinMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const before = new Map<NginxProxy, FileState>();
  const read = await Promise.all(proxies.map(async (proxy) => [proxy, await proxy.files(signal)] as const));
  for (const [proxy, files] of read) before.set(proxy, files);
  for (const [{ host }, files] of read) refuseUnknown(host, files, change);
  refuseDisagreement(before, change);
  const coming = namesIn(change).filter((name) => change.members?.[name] === "in");
  await Promise.all(read.map(([proxy, files]) => proxy.prove(coming, files, upWithinMs, signal)));

  signal?.throwIfAborted();
  const written: NginxProxy[] = [];
  try {
    for (const proxy of [...proxies].reverse()) {
      await proxy.write(change);
      written.push(proxy);
    }
  } catch (error) {
    throw await takeBack(written, before, change, error);
  }
  await Promise.all(written.map((proxy) => verify(proxy, wanted(before.get(proxy)!, change))));
}

async function verify(proxy: NginxProxy, ought: Routing): Promise<void> {
  const wrong = differences(routingOf(await stateAfter(proxy)), ought);
  if (wrong.length === 0) return;
  throw new ProxyFailed(proxy.host, true, `${proxy.host}: it did not take the change: ${wrong.join(", ")}.`);
}

async function stateAfter(proxy: NginxProxy): ReturnType<NginxProxy["state"]> {
  try {
    return await proxy.state();
  } catch (error) {
    if (error instanceof ProxyFailed) throw new ProxyFailed(error.proxy, true, error.message);
    throw error;
  }
}

/** @returns the error, which says when something was left changed */
async function takeBack(
  written: readonly NginxProxy[],
  before: ReadonlyMap<NginxProxy, FileState>,
  change: TrafficChange,
  error: unknown,
): Promise<unknown> {
  const undo = (proxy: NginxProxy): Promise<unknown> => proxy.write(undoing(change, before.get(proxy)!));
  const undone = await Promise.allSettled(written.map(undo));
  const left = written.filter((_, index) => undone[index]?.status === "rejected").map(({ host }) => host);
  if (left.length === 0 || !(error instanceof ProxyFailed)) return error;
  return new ProxyFailed(error.proxy, true, `${error.message}\n  ${left.join(", ")} has the change already.`);
}

function wanted({ active, share, members }: FileState, change: TrafficChange): Routing {
  return {
    active: change.active ?? active,
    share: change.share ?? share,
    members: { ...members, ...change.members },
  };
}

/** What served before, of the things that the change names. */
function undoing(change: TrafficChange, before: FileState): TrafficChange {
  return {
    ...(change.active !== undefined && { active: before.active }),
    ...(change.share !== undefined && { share: before.share }),
    members: Object.fromEntries(namesIn(change).map((name) => [name, before.members[name]!])),
    ...(change.backAfterSeconds !== undefined && { backAfterSeconds: change.backAfterSeconds }),
  };
}

function refuseUnknown(proxy: string, { members }: FileState, change: TrafficChange): void {
  const unknown = namesIn(change).find((name) => members[name] === undefined);
  if (unknown === undefined) return;
  const next = `Next: signalbox traffic install ${proxy}`;
  throw new ProxyFailed(proxy, false, `${proxy}: ${unknown} is not one of the proxy's members.\n  ${next}`);
}

/** Proxies that would differ in something that the change does not name: who comes to one would be served otherwise. */
function refuseDisagreement(before: ReadonlyMap<NginxProxy, FileState>, change: TrafficChange): void {
  const [first, ...others] = [...before].map(([{ host }, files]) => ({ host, routing: wanted(files, change) }));
  for (const { host, routing } of others) {
    const wrong = differences(routing, first!.routing);
    if (wrong.length === 0) continue;
    const message = `${host}: it is not in step with ${first!.host}: ${wrong.join(", ")}. Nothing was changed.`;
    throw new ProxyFailed(host, false, message);
  }
}

function namesIn({ members = {} }: TrafficChange): readonly MemberName[] {
  return Object.keys(members) as MemberName[];
}
