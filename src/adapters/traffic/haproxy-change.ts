import type { MemberName } from "../../core/traffic.ts";
import type { Hosts } from "../../ports/hosts.ts";
import { ProxyFailed, type ChangeOptions, type TrafficChange } from "../../ports/traffic.ts";
import type { HaproxyProxy } from "./haproxy-proxy.ts";
import { writeFiles, type FileState } from "./proxy-files.ts";
import { differences, routingOf, type Routing } from "./routing.ts";
import type { Turns } from "./turns.ts";

export interface ChangeSetup {
  readonly hosts: Hosts;
  readonly place: string;
  readonly upWithinMs: number;
  readonly turns: Turns;
}

/** A reload that began before the files were written comes up with the old ones; then it is done once more. */
const attempts = 3;

/**
 * Brings proxies to what is wanted.
 *
 * @returns proxies that could not be changed; only with `evenIfSomeFail`
 * @throws {ProxyFailed}
 */
export async function changeProxies(
  setup: ChangeSetup,
  proxies: readonly HaproxyProxy[],
  change: TrafficChange,
  { signal, evenIfSomeFail = false }: ChangeOptions,
): Promise<readonly string[]> {
  const inTurn = async (those: readonly HaproxyProxy[]): Promise<void> => {
    // Who does not answer is found out side by side, and takes nobody's turn.
    await onEach(those, (proxy) => proxy.state());
    const things = those.map(({ host }) => `${host} ${setup.place}`);
    await setup.turns.take(things, () => changeTogether(setup, those, change, signal));
  };
  if (!evenIfSomeFail) {
    await inTurn(proxies);
    return [];
  }

  // Each for itself: one that does not answer must not keep the others waiting on the way back.
  const results = await Promise.allSettled(proxies.map((proxy) => inTurn([proxy])));
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  const serious = errors.length === proxies.length ? errors[0] : errors.find((one) => !(one instanceof ProxyFailed));
  if (serious !== undefined) throw serious;
  return proxies.filter((_, index) => results[index]?.status === "rejected").map(({ host }) => host);
}

/**
 * All answer, members that come back pass the proxies' checks, files, what serves now, read back. Until all files are
 * written nothing serves differently, and a failure takes back what was done.
 */
async function changeTogether(
  { hosts, place, upWithinMs }: ChangeSetup,
  proxies: readonly HaproxyProxy[],
  change: TrafficChange,
  signal?: AbortSignal,
): Promise<void> {
  const coming = namesIn(change.members).filter((name) => change.members?.[name] === "in");
  const before = await onEach(proxies, async (proxy) => routingOf(await proxy.state()));
  for (const [{ host }, routing] of before) refuseUnknown(host, routing, change);

  const proved = await onEach(proxies, (proxy) => proxy.prove(coming, upWithinMs, signal), takeOut);
  const takeBack = async (written: ReadonlyMap<HaproxyProxy, unknown>): Promise<readonly string[]> => {
    // What cannot be taken back is found by the next change, which compares the files of all proxies again.
    const undo = ({ host }: HaproxyProxy, routing: Routing): Promise<unknown> =>
      writeFiles(hosts, host, place, undoing(change, routing));
    const those = [...written.keys()];
    const undone = await Promise.allSettled(those.map((proxy) => undo(proxy, before.get(proxy)!)));
    await takeOut(proved);
    return those.filter((_, index) => undone[index]?.status === "rejected").map(({ host }) => host);
  };
  const written = await onEach(proxies, ({ host }) => writeFiles(hosts, host, place, change, signal), takeBack);
  const disagreement = findDisagreement(written);
  if (disagreement !== undefined) {
    throw leftChanged(disagreement, await takeBack(written));
  }

  // One after the other, the standby first. A call-off comes too late from here on.
  for (const [proxy, wanted] of [...written].reverse()) {
    await serveAndVerify(proxy, wanted).catch((error: unknown) => {
      throw mayHaveChanged(error);
    });
  }
}

async function takeOut(proved: ReadonlyMap<HaproxyProxy, readonly MemberName[]>): Promise<readonly string[]> {
  await Promise.allSettled([...proved].map(([proxy, members]) => proxy.takeOut(members)));
  return [];
}

/** The files are written, so the change comes about at the next reload at the latest, whatever the proxy says now. */
function mayHaveChanged(error: unknown): unknown {
  return error instanceof ProxyFailed ? new ProxyFailed(error.proxy, true, error.message) : error;
}

function leftChanged(error: unknown, left: readonly string[]): unknown {
  if (left.length === 0 || !(error instanceof ProxyFailed)) return error;
  return new ProxyFailed(error.proxy, true, `${error.message}\n  ${left.join(", ")} has the change in its files.`);
}

async function serveAndVerify(proxy: HaproxyProxy, wanted: FileState): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await proxy.serve(wanted);
    const wrong = differences(routingOf(await proxy.state()), wanted);
    if (wrong.length === 0) return;
    if (attempt < attempts) continue;
    throw new ProxyFailed(proxy.host, true, `${proxy.host}: it did not take the change: ${wrong.join(", ")}.`);
  }
}

/** What served before, of the things that the change names. */
function undoing(change: TrafficChange, before: Routing): TrafficChange {
  return {
    ...(change.active !== undefined && { active: before.active }),
    ...(change.share !== undefined && { share: before.share }),
    members: Object.fromEntries(namesIn(change.members).map((name) => [name, before.members[name]!])),
    ...(change.backAfterSeconds !== undefined && { backAfterSeconds: change.backAfterSeconds }),
  };
}

function refuseUnknown(proxy: string, { members }: Routing, change: TrafficChange): void {
  const unknown = namesIn(change.members).find((name) => members[name] === undefined);
  if (unknown === undefined) return;
  const next = `Next: signalbox traffic install ${proxy}`;
  throw new ProxyFailed(proxy, false, `${proxy}: ${unknown} is not one of the proxy's members.\n  ${next}`);
}

/** Proxies that differ in something that the change does not name: who comes to one would be served otherwise. */
function findDisagreement(files: ReadonlyMap<HaproxyProxy, FileState>): ProxyFailed | undefined {
  const [first, ...others] = files;
  for (const [{ host }, state] of others) {
    const wrong = differences(state, first![1]);
    if (wrong.length === 0) continue;
    const message = `${host}: it is not in step with ${first![0].host}: ${wrong.join(", ")}. Nothing was changed.`;
    return new ProxyFailed(host, false, message);
  }
  return undefined;
}

function namesIn(members: TrafficChange["members"] = {}): readonly MemberName[] {
  return Object.keys(members) as MemberName[];
}

/**
 * On all proxies at once.
 *
 * @param undo what is done on those where it worked when it did not work on all; gives those that it left changed
 * @throws the first error
 */
async function onEach<T>(
  proxies: readonly HaproxyProxy[],
  job: (proxy: HaproxyProxy) => Promise<T>,
  undo?: (done: ReadonlyMap<HaproxyProxy, T>) => Promise<readonly string[]>,
): Promise<ReadonlyMap<HaproxyProxy, T>> {
  const results = await Promise.allSettled(proxies.map(job));
  const done = new Map<HaproxyProxy, T>();
  for (const [index, result] of results.entries()) {
    if (result.status === "fulfilled") done.set(proxies[index]!, result.value);
  }
  const failed = results.find((result) => result.status === "rejected");
  if (failed === undefined) return done;
  throw leftChanged(failed.reason, (await undo?.(done)) ?? []);
}
