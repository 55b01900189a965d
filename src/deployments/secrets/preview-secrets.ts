/** The secrets of a plan that is only looked at: what would be meant, and what the release that serves now has. */
import type { HostFacts } from "../../core/host-facts.ts";
import type { Origin } from "../../core/plan.ts";
import { releaseId } from "../../core/release.ts";
import { SecretReferenceRefused } from "../../core/secret-reference.ts";
import type { SecretPin } from "../../core/secret.ts";
import type { Target } from "../../core/service.ts";
import { SecretFailed } from "../../ports/secrets.ts";
import type { ReleaseRow } from "../../ports/store.ts";
import type { World } from "../world.ts";
import { pinsFor } from "./pins.ts";

export interface PreviewSecret extends SecretPin {
  /** The version that was deployed with what serves now. */
  readonly before: string | null;
}

/** The versions of today, or why a deployment would be refused. */
export async function pinnedNow(
  target: Target,
  origin: Origin,
  world: World,
): Promise<{ readonly pins?: readonly SecretPin[]; readonly problem?: string }> {
  try {
    return { pins: await pinsFor(target, origin, world) };
  } catch (error) {
    if (error instanceof SecretFailed || error instanceof SecretReferenceRefused) return { problem: error.message };
    throw error;
  }
}

export async function comparedSecrets(
  pins: readonly SecretPin[],
  rows: readonly ReleaseRow[],
  facts: Readonly<Record<string, HostFacts>>,
  { store }: Pick<World, "store">,
): Promise<readonly PreviewSecret[]> {
  if (pins.length === 0) return [];
  const serving = new Set(Object.values(facts).map(({ current }) => current));
  const row = rows.find(({ release }) => serving.has(releaseId(release)));
  const before = row === undefined ? [] : await pinsOf(row.deployment, store);
  return pins.map((pin) => ({ ...pin, before: before.find(({ name }) => name === pin.name)?.version ?? null }));
}

async function pinsOf(deployment: string, store: World["store"]): Promise<readonly SecretPin[]> {
  const journal = await store.journal(deployment);
  const planned = journal.map(({ event }) => event).findLast((event) => event.kind === "rollout-planned");
  return planned?.kind === "rollout-planned" ? (planned.plan.targets[0].secrets ?? []) : [];
}
