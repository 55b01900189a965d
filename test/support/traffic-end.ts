/** How rollouts with users came about and came out: what a story claims of a deployment and of the load that it met. */
import { expect } from "vitest";

import type { Client } from "../../src/api/client.ts";
import type { Deployment } from "../../src/core/deployment.ts";
import type { RolloutStep } from "../../src/core/step.ts";
import { PROXIES } from "../../src/core/step.ts";
import type { LoadResult } from "../../testbed/load/result.ts";
import { untilEvent } from "./moments.ts";

/** The claim is the state; what it said shows why it is another one. */
export function expectEnd(deployment: Deployment, state: Deployment["state"]): string {
  const message = deployment.finished?.message ?? "";
  expect(`${deployment.state}: ${message}`).toMatch(new RegExp(`^${state}: `));
  return message;
}

/** When the proxies had done such a step of the rollout, in milliseconds since 1970. */
export function doneByProxies({ rollout, progress }: Deployment, kind: RolloutStep["kind"]): number {
  const index = rollout!.steps.findIndex((step) => step.kind === kind);
  const ended = progress.rollout.get(index)?.get(PROXIES)?.endedAt;
  if (ended === undefined) throw new Error(`the rollout has not done ${kind}`);
  return ended;
}

/** The shares that the candidate was given, in the order of the rollout; 0 to 1. */
export function sharesGiven({ rollout, progress }: Deployment): readonly number[] {
  return rollout!.steps.flatMap((step, index) =>
    step.kind === "set-share" && progress.rollout.get(index)?.get(PROXIES)?.outcome?.kind === "done"
      ? [step.share / 10_000]
      : [],
  );
}

/** Nothing failed but what the bad release itself answered badly: as much as its share explains, and no more. */
export function expectOnlyItsOwnFailures(
  seen: LoadResult,
  { release, share, fails }: { readonly release: number; readonly share: number; readonly fails: number },
): void {
  const others = seen.examples.filter(({ kind, release: by }) => kind !== "status 500" || by !== String(release));
  expect(others).toEqual([]);
  expect(Object.keys(seen.failuresByKind).filter((kind) => kind !== "status 500")).toEqual([]);
  // Both are by chance, so there is some room above what is expected.
  expect(seen.failed).toBeLessThanOrEqual(20 + seen.requests * share * fails * 1.5);
}

/** Each user who came again is with this release in the end. */
export function expectAllBackOn({ users }: Pick<LoadResult, "users">, release: number): void {
  const last = users.flatMap(({ user, stays }) => {
    const stay = stays.at(-1);
    return stay === undefined || stay.release === String(release) ? [] : [`${user} is with release ${stay.release}`];
  });
  expect(last).toEqual([]);
}

/** Returns when the rollout waits: for the first time, or for the time with this number. */
export async function untilItWaits(client: Client, id: string, time = 1): Promise<void> {
  let waits = 0;
  await untilEvent(client, id, (event) => {
    const isWait = event.kind === "step-started" && event.track === "rollout" && event.hosts.length === 0;
    if (isWait) waits += 1;
    return waits === time || event.kind === "finished";
  });
  if (waits < time) throw new Error(`${id} ended before it waited for the time ${time}`);
}
