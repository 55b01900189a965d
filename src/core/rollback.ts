/**
 * The way back, planned from where things stand.
 *
 * Only what was touched is rolled back, the last one first, and each host goes to what it served before this
 * deployment, which need not be the same release everywhere.
 */
import type { Deployment } from "./deployment.ts";
import { PLAN_FORMAT } from "./plan.ts";
import type { RolloutPlan } from "./plan.ts";
import type { RolloutStep } from "./step.ts";

/** The plan that restores every touched host; without steps when none serves anything else than before. */
export function planRollBack(deployment: Deployment): RolloutPlan {
  const { rollout } = deployment;
  if (rollout === undefined) throw new Error(`${deployment.id} has no rollout that could be rolled back`);
  const [plan] = rollout.targets;
  const touched = touchedBatches(deployment);
  const hosts = touched.flat();
  return {
    format: PLAN_FORMAT,
    kind: "roll-back",
    targets: [{ ...plan, before: pick(plan.goal, hosts), goal: pick(plan.before, hosts) }],
    steps: touched.map((hosts): RolloutStep => ({ kind: "activate-release", hosts })),
  };
}

/**
 * The touched hosts in batches, the last batch first. Hosts that are out of rotation anyway come before all others:
 * bringing them back costs no capacity.
 */
function touchedBatches(deployment: Deployment): readonly (readonly string[])[] {
  const { before, goal } = deployment.rollout!.targets[0];
  const serving: string[][] = [];
  const out: string[] = [];
  for (const [index, step] of deployment.rollout!.steps.entries()) {
    if (step.kind !== "activate-release") continue;
    const batch: string[] = [];
    for (const [host, { outcome }] of deployment.progress.rollout.get(index) ?? []) {
      if (outcome === undefined || outcome.kind === "unknown" || outcome.kind === "broken") out.push(host);
      else if (outcome.kind === "done" && outcome.changed && before[host] !== goal[host]) batch.push(host);
    }
    if (batch.length > 0) serving.unshift(batch);
  }
  return out.length > 0 ? [out, ...serving] : serving;
}

function pick<T>(record: Readonly<Record<string, T>>, keys: readonly string[]): Record<string, T> {
  return Object.fromEntries(keys.map((key) => [key, record[key]!]));
}
