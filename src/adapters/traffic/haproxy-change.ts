import type { MemberName } from "../../core/traffic.ts";
import type { Hosts } from "../../ports/hosts.ts";
import { ProxyFailed, type ChangeOptions, type TrafficChange } from "../../ports/traffic.ts";
import type { HaproxyProxy } from "./haproxy-proxy.ts";
import { readFiles, writeFiles, type FileState } from "./proxy-files.ts";
import { differences, routingOf } from "./routing.ts";

export interface ChangeSetup {
  readonly hosts: Hosts;
  readonly place: string;
  readonly upWithinMs: number;
}

/** A reload that began before the files were written comes up with the old ones; then it is done once more. */
const attempts = 3;

/**
 * Brings proxies to what is wanted: all answer, members that come back pass the proxies' checks, files, what serves
 * now, read back. Until all files are written nothing serves differently, and a failure takes back what was done.
 *
 * @returns proxies that could not be changed; only with `evenIfSomeFail`
 * @throws {ProxyFailed}
 */
export async function changeProxies(
  { hosts, place, upWithinMs }: ChangeSetup,
  proxies: readonly HaproxyProxy[],
  change: TrafficChange,
  { signal, evenIfSomeFail = false }: ChangeOptions,
): Promise<readonly string[]> {
  const together = new Together(proxies, evenIfSomeFail);
  const coming = membersOf(change.members).filter((name) => change.members?.[name] === "in");

  const before = await together.each(({ host }) => readFiles(hosts, host, place, signal));
  for (const [{ host }, files] of before) refuseUnknown(host, files, change);
  if (!evenIfSomeFail) refuseDisagreement(before, change);

  const proved = await together.each((proxy) => proxy.prove(coming, upWithinMs, signal), takeOut);
  const written = await together.each(
    ({ host }) => writeFiles(hosts, host, place, change, signal),
    async (done) => {
      // What cannot be taken back is found by the next change: it compares the files of all proxies first.
      const undo = ({ host }: HaproxyProxy, files: FileState): Promise<unknown> =>
        writeFiles(hosts, host, place, taking(files, change));
      await Promise.allSettled([...done.keys()].map(async (proxy) => undo(proxy, before.get(proxy)!)));
      await takeOut(proved);
    },
  );

  // One after the other, the standby first. A call-off comes too late from here on.
  for (const proxy of [...written.keys()].reverse()) {
    await together.one(proxy, () => serveAndVerify(proxy, written.get(proxy)!));
  }
  return together.failed;
}

async function takeOut(proved: ReadonlyMap<HaproxyProxy, readonly MemberName[]>): Promise<void> {
  await Promise.allSettled([...proved].map(([proxy, members]) => proxy.takeOut(members)));
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

/** What the files said before, of the things that the change names. */
function taking(before: FileState, change: TrafficChange): TrafficChange {
  return {
    ...(change.active !== undefined && { active: before.active }),
    ...(change.share !== undefined && { share: before.share }),
    members: Object.fromEntries(membersOf(change.members).map((name) => [name, before.members[name]!])),
    ...(change.backAfterSeconds !== undefined && { backAfterSeconds: change.backAfterSeconds }),
  };
}

function refuseUnknown(proxy: string, { members }: FileState, change: TrafficChange): void {
  const unknown = membersOf(change.members).find((name) => members[name] === undefined);
  if (unknown === undefined) return;
  const next = `Next: signalbox traffic install ${proxy}`;
  throw new ProxyFailed(proxy, false, `${proxy}: ${unknown} is not one of the proxy's members.\n  ${next}`);
}

/** Proxies that differ in something that a change does not name would differ after it as well. */
function refuseDisagreement(files: ReadonlyMap<HaproxyProxy, FileState>, change: TrafficChange): void {
  const after = ({ active, share, members }: FileState): Omit<FileState, "addresses"> => ({
    active: change.active ?? active,
    share: change.share ?? share,
    members: { ...members, ...change.members },
  });
  const [first, ...others] = [...files].map(([{ host }, state]) => ({ host, routing: after(state) }));
  for (const { host, routing } of first === undefined ? [] : others) {
    const wrong = differences(routing, first!.routing);
    if (wrong.length === 0) continue;
    const message = `${host}: it is not in step with ${first!.host}: ${wrong.join(", ")}. Nothing was changed.`;
    throw new ProxyFailed(host, false, message);
  }
}

function membersOf(members: TrafficChange["members"] = {}): readonly MemberName[] {
  return Object.keys(members) as MemberName[];
}

/** The proxies of one change: all go on, or none; or those that can. */
class Together {
  readonly failed: string[] = [];
  readonly #evenIfSomeFail: boolean;
  #left: readonly HaproxyProxy[];

  constructor(proxies: readonly HaproxyProxy[], evenIfSomeFail: boolean) {
    this.#left = proxies;
    this.#evenIfSomeFail = evenIfSomeFail;
  }

  /** @param undo what is done on those where it worked when the change ends here */
  async each<T>(
    job: (proxy: HaproxyProxy) => Promise<T>,
    undo?: (done: ReadonlyMap<HaproxyProxy, T>) => Promise<void>,
  ): Promise<ReadonlyMap<HaproxyProxy, T>> {
    const done = new Map<HaproxyProxy, T>();
    const errors = new Map<HaproxyProxy, unknown>();
    const one = (proxy: HaproxyProxy): Promise<unknown> =>
      job(proxy).then(
        (result) => done.set(proxy, result),
        (error: unknown) => errors.set(proxy, error),
      );
    await Promise.all(this.#left.map(one));

    const [error] = errors.values();
    if (error !== undefined && (!this.#isTolerated(error) || done.size === 0)) {
      await undo?.(done);
      throw error;
    }
    this.failed.push(...[...errors.keys()].map(({ host }) => host));
    this.#left = this.#left.filter((proxy) => done.has(proxy));
    return new Map(this.#left.map((proxy) => [proxy, done.get(proxy) as T]));
  }

  async one(proxy: HaproxyProxy, job: () => Promise<void>): Promise<void> {
    try {
      await job();
    } catch (error) {
      if (!this.#isTolerated(error)) throw error;
      this.failed.push(proxy.host);
    }
  }

  #isTolerated(error: unknown): boolean {
    return this.#evenIfSomeFail && error instanceof ProxyFailed;
  }
}
