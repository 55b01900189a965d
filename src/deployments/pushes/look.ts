/**
 * Looks where refs are at the git server now, decides, and acts on it.
 *
 * What is known of a place is read before the git server is asked, and a decision is written only if it is still the
 * same then. Otherwise it is looked at again: the newest tip wins, in whatever order the news came.
 */
import type { Source } from "../../core/service.ts";
import type { Settings } from "../../core/settings.ts";
import type { Found, Relation } from "../../core/trigger-decision.ts";
import { decideOnTip } from "../../core/trigger-decision.ts";
import type { PushEvent, PushedRef } from "../../core/trigger-push.ts";
import { fullRef } from "../../core/trigger-push.ts";
import type { TriggerRule } from "../../core/trigger.ts";
import { placeOf } from "../../core/trigger.ts";
import type { Commit } from "../../ports/git.ts";
import type { KeptPlace } from "../../ports/pushes.ts";
import { PlaceChanged } from "../../ports/pushes.ts";
import { requestDeploy } from "../request-by-name.ts";
import type { World } from "../world.ts";
import { personOf } from "./pusher.ts";

export interface PushWorld {
  readonly world: World;
  readonly settings: Settings;
  /** Hears of what went wrong. */
  readonly warn?: (message: string) => void;
}

/** One ref that may have to be deployed to one place. */
export interface Wanted {
  readonly rule: TriggerRule;
  readonly ref: PushedRef;
  /** Why it is looked at; missing when nobody told. */
  readonly push?: PushEvent;
  /** Of pushes that came before it to the same ref, and that nobody has looked at. */
  readonly earlier?: readonly PushEvent["pusher"][];
  readonly hook?: string;
}

/** What was decided, in a sentence. */
export interface Looked {
  readonly wanted: Wanted;
  readonly words: string;
  /** It could not be deployed as it is at this tip: what the place and the revision were. */
  readonly refused?: { readonly revision: string; readonly error: Error };
}

/** Somebody else was quicker so often that something is wrong. */
const mostRounds = 20;

/** @throws {GitFailed} when the git server can't be asked; nothing was decided then that is not written */
export async function lookAt(
  source: Source,
  wanted: readonly Wanted[],
  around: PushWorld,
  signal: AbortSignal,
): Promise<readonly Looked[]> {
  const looked: Looked[] = [];
  let open = wanted;
  for (let round = 1; open.length > 0; round += 1) {
    if (round > mostRounds) throw new PlaceChanged(`${placeOf(open[0]!.rule)} changes faster than it can be looked at`);
    open = await oneRound(source, open, looked, around, signal);
  }
  return looked;
}

/** @returns what has to be looked at again */
async function oneRound(
  source: Source,
  wanted: readonly Wanted[],
  looked: Looked[],
  around: PushWorld,
  signal: AbortSignal,
): Promise<readonly Wanted[]> {
  const { git, store } = around.world;
  const known = new Map<Wanted, KeptPlace>();
  for (const one of wanted) {
    const { service, environment } = one.rule;
    known.set(one, await store.pushes.place(service, environment, fullRef(one.ref)));
  }
  const tips = await git.tips(source, [...new Set(wanted.map(({ ref }) => fullRef(ref)))], signal);
  const tipOf = ({ ref }: Wanted): Commit | undefined => tips.get(fullRef(ref));
  // The newest first: then what is older is left out, instead of being deployed for a moment. Of tags that were set in
  // one second, the last name stands for the newest.
  const inOrder = wanted
    .toReversed()
    .toSorted((one, other) => (tipOf(other)?.committedAt ?? 0) - (tipOf(one)?.committedAt ?? 0));
  const again: Wanted[] = [];
  for (const one of inOrder) {
    try {
      looked.push(await decide(source, one, { tip: tipOf(one), kept: known.get(one)! }, around));
    } catch (error) {
      if (!(error instanceof PlaceChanged)) throw error;
      again.push(one);
    }
  }
  return again;
}

interface There {
  readonly tip: Commit | undefined;
  readonly kept: KeptPlace;
}

/** @throws {PlaceChanged} */
async function decide(source: Source, wanted: Wanted, { tip, kept }: There, around: PushWorld): Promise<Looked> {
  const { rule, ref, hook } = wanted;
  const { world } = around;
  const { service, environment } = rule;
  const decision = decideOnTip(rule, await found(source, wanted, { tip, kept }, world), kept.known);
  if (decision.kind === "ignore") {
    if (decision.because === "paths" && tip !== undefined) {
      const seen = { ref: fullRef(ref), revision: tip.revision };
      await world.store.commit({
        at: world.clock.now(),
        places: [{ service, environment, expected: kept.version, seen }],
      });
    }
    return { wanted, words: decision.words };
  }
  const { by, ...pushers } = await whoAsks(wanted, world);
  try {
    await requestDeploy(
      {
        service,
        environment,
        origin: { kind: "revision", ref: decision.revision },
        reason: decision.words,
        ...pushers,
        found: { expected: kept.version, ref, hook },
      },
      by,
      around,
    );
  } catch (error) {
    if (!(error instanceof Error) || !isLasting(error)) throw error;
    return { wanted, words: `${decision.words}; ${error.message}`, refused: { revision: decision.revision, error } };
  }
  return { wanted, words: decision.words };
}

/** What is wrong with the configuration or the service's own file stays wrong until somebody changes it. */
function isLasting({ name }: Error): boolean {
  return name === "SettingsRefused" || name === "UnknownName" || name === "ApprovalNeeded";
}

interface Asker {
  readonly by: string;
  readonly pushedBy?: string;
  readonly alsoPushedBy?: readonly string[];
  readonly pusherMail?: string;
}

async function whoAsks({ push, earlier = [], hook }: Wanted, { store }: World): Promise<Asker> {
  const people = push === undefined ? [] : await store.people.list();
  const login = push === undefined ? undefined : personOf(push.pusher, people);
  const others = new Set(earlier.map((pusher) => personOf(pusher, people)).filter((one) => one !== undefined));
  if (login !== undefined) others.delete(login);
  const also = others.size === 0 ? {} : { alsoPushedBy: [...others].toSorted() };
  if (login !== undefined) return { by: login, pushedBy: login, ...also };
  const by = hook === undefined ? "signalbox" : `hook:${hook}`;
  const mail = push?.pusher.mail;
  return mail === undefined ? { by, ...also } : { by, pusherMail: mail, ...also };
}

async function found(source: Source, { rule, ref }: Wanted, { tip, kept }: There, world: World): Promise<Found> {
  if (tip === undefined) return { ref, relations: {}, changedPaths: "unknown" };
  const { seen, requested } = kept.known;
  const others = [...new Set([seen, requested?.revision])].filter((one) => one !== undefined && one !== tip.revision);
  const relations = await Promise.all(
    others.map(async (other) => [other!, await relationOf(source, tip.revision, other!, world)] as const),
  );
  const isFiltered = ref.kind === "branch" && rule.paths !== undefined && seen !== undefined;
  return {
    ref,
    tip: { revision: tip.revision, committedAt: tip.committedAt },
    relations: Object.fromEntries(relations),
    changedPaths: isFiltered ? await world.git.changedPaths(source, seen, tip.revision) : "unknown",
  };
}

async function relationOf(source: Source, tip: string, other: string, { git }: World): Promise<Relation> {
  const [isAhead, isBehind] = await Promise.all([
    git.isAncestor(source, other, tip),
    git.isAncestor(source, tip, other),
  ]);
  if (isAhead === true) return "ahead";
  if (isBehind === true) return "behind";
  return isAhead === "unknown" || isBehind === "unknown" ? "unknown" : "diverged";
}
