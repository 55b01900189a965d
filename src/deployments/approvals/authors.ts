/** What a deployment brings that does not serve yet, and who wrote it, as far as its commits tell. */
import type { Deployment } from "../../core/deployment.ts";
import { targetOf } from "../../core/deployment.ts";
import { fold } from "../../core/fold.ts";
import type { Commit } from "../../ports/git.ts";
import { GitFailed } from "../../ports/git.ts";
import { successionOf } from "../succession.ts";
import type { World } from "../world.ts";

/** Whoever wrote must not be missed because there are many commits; beyond this a step is too large to be looked at. */
const mostCommits = 2_000;

type GitWorld = Pick<World, "store" | "git">;

export interface Brought {
  readonly commits: readonly Commit[];
  /** There are more than were read. */
  readonly more: boolean;
  readonly from: string;
  readonly to: string;
}

/** Nothing where there is no source, or nothing to compare with; `unread` where git could not be asked. */
export async function broughtBy(deployment: Deployment, world: GitWorld): Promise<Brought | "unread" | undefined> {
  const { revision: to } = deployment;
  const { source } = targetOf(deployment);
  const from = await servedRevision(deployment, world);
  if (to === undefined || source === undefined || from === undefined) return undefined;
  try {
    const commits = await world.git.between(source, from, to, mostCommits);
    return { commits, more: commits.length === mostCommits, from, to };
  } catch (error) {
    if (error instanceof GitFailed) return "unread";
    throw error;
  }
}

async function servedRevision({ request }: Deployment, { store }: GitWorld): Promise<string | undefined> {
  const { service, environment } = request;
  const { current } = successionOf(await store.deployments({ service, environment }));
  const rows = await store.releases(service, environment);
  return rows.find(({ release }) => release.number === current)?.release.revision;
}

/** The logins of those who wrote or committed it: who said so with the request, and who is known by a mail address. */
export async function whoWrote(deployment: Deployment, world: GitWorld): Promise<readonly string[]> {
  const brought = await broughtBy(deployment, world);
  const told = deployment.request.writtenBy ?? [];
  if (brought === undefined || brought === "unread") return told;
  const logins = await loginsByMail(world);
  const known = brought.commits.flatMap(({ mails }) => mails.flatMap((mail) => logins.get(mail.toLowerCase()) ?? []));
  return [...new Set([...told, ...known])].toSorted();
}

/** More than these are not looked at: nobody has got so many through. */
const mostRequests = 100;

/**
 * The others whose pushes came to the place since what serves there was asked for. The last one who pushes brings along
 * what they have pushed, and must not make it somebody else's.
 */
export async function whoElsePushed({ id, request }: Deployment, { store }: GitWorld): Promise<readonly string[]> {
  const { service, environment, pushedBy, alsoPushedBy = [] } = request;
  const newestFirst = await store.deployments({ service, environment });
  const { current } = successionOf(newestFirst);
  const all = newestFirst.toReversed();
  const serving = all.findIndex(
    ({ kind, state, release }) => kind === "deploy" && state === "succeeded" && release === current,
  );
  const own = all.findIndex((one) => one.id === id);
  const since = all.slice(serving + 1, own === -1 ? undefined : own).filter(({ kind }) => kind === "deploy");
  const asked = await Promise.all(
    since.slice(-mostRequests).map(async (one) => fold(one.id, await store.journal(one.id)).request),
  );
  const logins = asked.flatMap((one) => [
    ...(one.pushedBy === undefined ? [] : [one.pushedBy]),
    ...(one.alsoPushedBy ?? []),
  ]);
  return [...new Set([...alsoPushedBy, ...logins])].filter((login) => login !== pushedBy).toSorted();
}

export async function loginsByMail({ store }: Pick<World, "store">): Promise<ReadonlyMap<string, string>> {
  const people = await store.people.list();
  return new Map(people.flatMap(({ login, commitMails }) => commitMails.map((mail) => [mail.toLowerCase(), login])));
}
