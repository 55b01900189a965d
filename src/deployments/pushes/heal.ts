/**
 * Finds pushes that no webhook told of: compares where branches and tags are at the git servers with the tips that
 * were dealt with, and goes on as with a push.
 */
import { isDeployedBy, placeOf, whereToLook } from "../../core/trigger.ts";
import { fullRef, readFullRef } from "../../core/trigger-push.ts";
import type { Source } from "../../core/service.ts";
import { bySourceOf, pushRules, tellRefused } from "./deliveries.ts";
import type { PushWorld, Wanted } from "./look.ts";
import { lookAt } from "./look.ts";

/** Tips that were decided on without a trace in the store, so that they are not looked at each time. */
export type Decided = Map<string, string>;

/** More are only remembered again. */
const mostDecided = 10_000;
const mostWaiting = 1_000;

/** @returns what could not be looked at, and why */
export async function heal(around: PushWorld, decided: Decided, signal: AbortSignal): Promise<readonly string[]> {
  const problems: string[] = [];
  // Any ref stands for the rule here: where to look is known once the git server has listed its own.
  const rules = pushRules(around.settings.triggerRules()).map((rule): Wanted => ({ rule, ref: anyRef }));
  const sources = bySourceOf(rules, around, (_, { words }) => problems.push(words));
  if (decided.size > mostDecided) decided.clear();
  for (const { source, these } of sources.values()) {
    if (signal.aborted) break;
    try {
      await healSource(source, these, decided, around, signal);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  return problems;
}

const anyRef = { kind: "branch", name: "any" } as const;

async function healSource(
  source: Source,
  rules: readonly Wanted[],
  decided: Decided,
  around: PushWorld,
  signal: AbortSignal,
): Promise<void> {
  const { store, git } = around.world;
  const wanted: Wanted[] = [];
  const versions = new Map<string, string>();
  const told = await toldOf(rules, around);
  const tips = await git.listTips(source, signal);
  for (const [name, revision] of tips) {
    const ref = readFullRef(name);
    if (ref === undefined) continue;
    for (const { rule } of rules) {
      if (!isDeployedBy(rule, ref)) continue;
      const { version, known } = await store.pushes.place(rule.service, rule.environment, name);
      const key = `${placeOf(rule)} ${name}`;
      if (told.has(key)) continue;
      const state = `${revision} ${version}`;
      if (known.seen === revision || decided.get(key) === state) continue;
      versions.set(key, state);
      wanted.push({ rule, ref });
    }
  }
  if (wanted.length === 0) return;
  for (const looked of await lookAt(source, wanted, around, signal)) {
    const key = `${placeOf(looked.wanted.rule)} ${fullRef(looked.wanted.ref)}`;
    decided.set(key, versions.get(key)!);
    await tellRefused(looked, source, around);
  }
}

/** What deliveries that wait are about is left to them: they know who pushed. */
async function toldOf(rules: readonly Wanted[], { world }: PushWorld): Promise<ReadonlySet<string>> {
  const waiting = await world.store.pushes.due(Number.MAX_SAFE_INTEGER, mostWaiting);
  const looks = waiting
    .flatMap(({ pushes }) => pushes)
    .flatMap((push) =>
      whereToLook(
        push,
        rules.map(({ rule }) => rule),
      ),
    );
  return new Set(looks.flatMap((look) => (look.kind === "look" ? [`${placeOf(look.rule)} ${fullRef(look.ref)}`] : [])));
}
