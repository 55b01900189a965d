/** Works on deliveries that are due: for each repository one look, however many told of it. */
import type { Source } from "../../core/service.ts";
import type { Look, TriggerRule } from "../../core/trigger.ts";
import { placeOf, whereToLook } from "../../core/trigger.ts";
import type { PushEvent } from "../../core/trigger-push.ts";
import { fullRef } from "../../core/trigger-push.ts";
import { repositoryIdentity } from "../../core/trigger-repository.ts";
import type { KeptDelivery } from "../../ports/pushes.ts";
import type { Looked, PushWorld, Wanted } from "./look.ts";
import { lookAt } from "./look.ts";
import { reportRefused } from "./reports.ts";

const firstWaitMilliseconds = 5_000;
const longestWaitMilliseconds = 5 * 60_000;
/** After this long a lost push is found by comparing tips, or nobody can reach the git server anyway. */
const longestMilliseconds = 24 * 60 * 60_000;

/** The repository that a delivery is about. */
export function repositoryOf({ pushes }: Pick<KeptDelivery, "pushes">): string {
  const addresses = pushes[0]?.repository.addresses ?? [];
  return addresses.flatMap((address) => repositoryIdentity(address) ?? []).toSorted()[0] ?? "";
}

/** Looks where the pushes say, and settles the deliveries. They may be about many rules and many refs. */
export async function workOn(
  deliveries: readonly KeptDelivery[],
  around: PushWorld,
  signal: AbortSignal,
): Promise<void> {
  const rules = around.settings.triggerRules();
  const looks = deliveries.map(
    (delivery) =>
      [delivery, delivery.pushes.flatMap((push) => whereToLook(push, rules).map((look) => ({ look, push })))] as const,
  );
  const wanted = new Map<string, Wanted>();
  for (const [{ hook }, all] of looks) {
    for (const { look, push } of all) {
      if (look.kind === "look") {
        const earlier = pushersOf(wanted.get(keyOf(look)));
        wanted.set(keyOf(look), { rule: look.rule, ref: look.ref, push, earlier, hook });
      }
    }
  }
  const outcomes = await lookEverywhere([...wanted.values()], around, signal);
  if (signal.aborted) return;
  await settle(
    looks.map(([delivery, all]) => {
      const own = all.map(({ look }) => (look.kind === "look" ? outcomes.get(keyOf(look))! : { words: look.words }));
      return { delivery, own };
    }),
    around,
  );
}

/** A flood of pushes by a few is a few. */
function pushersOf(wanted: Wanted | undefined): readonly PushEvent["pusher"][] {
  if (wanted?.push === undefined) return [];
  const { push, earlier = [] } = wanted;
  const isKnown = earlier.some(({ login, mail }) => login === push.pusher.login && mail === push.pusher.mail);
  return isKnown ? earlier : [...earlier, push.pusher];
}

interface Outcome {
  readonly words: string;
  /** The git server could not be asked, or something else that may be over later. */
  readonly failed?: boolean;
}

const keyOf = ({ rule, ref }: Look & { kind: "look" }): string => `${placeOf(rule)} ${fullRef(ref)}`;

/** One question to each git server, all at the same time: a slow one keeps nobody else waiting. */
async function lookEverywhere(
  wanted: readonly Wanted[],
  around: PushWorld,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const put = ({ rule, ref }: Wanted, outcome: Outcome): void => {
    outcomes.set(`${placeOf(rule)} ${fullRef(ref)}`, outcome);
  };
  const bySource = [...bySourceOf(wanted, around, put)];
  await Promise.all(
    bySource.map(async ([, { source, these }]) => {
      try {
        for (const looked of await lookAt(source, these, around, signal)) {
          put(looked.wanted, { words: looked.words });
          await tellRefused(looked, source, around);
        }
      } catch (error) {
        for (const one of these) put(one, { words: `${placeOf(one.rule)}: ${messageOf(error)}`, failed: true });
      }
    }),
  );
  return outcomes;
}

export interface AtSource {
  readonly source: Source;
  readonly these: Wanted[];
}

/** One repository may be reached in several ways, with several keys. */
export function bySourceOf(
  wanted: readonly Wanted[],
  { settings }: PushWorld,
  put: (wanted: Wanted, outcome: Outcome) => void,
): ReadonlyMap<string, AtSource> {
  const sources = new Map<string, AtSource>();
  for (const one of wanted) {
    try {
      const source = settings.source(one.rule.service, one.rule.environment);
      if (source === undefined) throw new Error("it has no source.git any more");
      const key = JSON.stringify(source);
      const known = sources.get(key) ?? { source, these: [] };
      known.these.push(one);
      sources.set(key, known);
    } catch (error) {
      put(one, { words: `${placeOf(one.rule)}: ${messageOf(error)}` });
    }
  }
  return sources;
}

export async function tellRefused(looked: Looked, source: Source, around: PushWorld): Promise<void> {
  if (looked.refused === undefined) return;
  const { rule, hook } = looked.wanted;
  await reportRefused(rule, source, { ...looked.refused, hook }, around);
}

interface Settling {
  readonly delivery: KeptDelivery;
  readonly own: readonly Outcome[];
}

async function settle(all: readonly Settling[], { world }: PushWorld): Promise<void> {
  const now = world.clock.now();
  // Most of many say the same: one statement for all of them.
  const done = new Map<string, number[]>();
  for (const { delivery, own } of all) {
    const failed = own.filter(({ failed }) => failed === true);
    if (failed.length === 0) {
      const said = JSON.stringify(own.map(({ words }) => words));
      const ids = done.get(said) ?? [];
      ids.push(delivery.id);
      done.set(said, ids);
      continue;
    }
    const error = failed.map(({ words }) => words).join("; ");
    const wait = Math.min(longestWaitMilliseconds, firstWaitMilliseconds * 2 ** Math.min(delivery.tries, 10));
    const isOld = now - delivery.at > longestMilliseconds;
    await world.store.pushes.settle(
      [delivery.id],
      isOld ? { kind: "given-up", error } : { kind: "again", at: now + wait, error },
    );
  }
  for (const [said, ids] of done)
    await world.store.pushes.settle(ids, { kind: "done", said: JSON.parse(said) as string[] });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Rules that deploy by themselves. */
export function pushRules(rules: readonly TriggerRule[]): readonly TriggerRule[] {
  return rules.filter(({ on }) => on === "push");
}
