/**
 * The way back, planned from where things stand.
 *
 * Only what was touched is rolled back, the last one first, and each host goes to what it served before this
 * deployment, which need not be the same release everywhere. Where the old release still runs, users go back to it
 * before anything else happens.
 */
import type { Deployment } from "./deployment.ts";
import { PLAN_FORMAT } from "./plan.ts";
import type { RolloutPlan, TargetPlan } from "./plan.ts";
import type { RolloutStep } from "./step.ts";
import { PROXIES } from "./step.ts";
import { touchedBy } from "./touched.ts";
import type { Touched } from "./touched.ts";
import { WHOLE, capabilitiesOf } from "./traffic.ts";

/** The plan that restores every touched host; without steps when none serves anything else than before. */
export function planRollBack(deployment: Deployment): RolloutPlan {
  const { rollout } = deployment;
  if (rollout === undefined) throw new Error(`${deployment.id} has no rollout that could be rolled back`);
  const [plan] = rollout.targets;
  const touched = touchedBy(deployment);
  const steps = wayBack(plan, touched, deployment);
  const hosts = [...new Set(steps.flatMap((step) => (step.kind === "activate-release" ? step.hosts : [])))];
  return {
    format: PLAN_FORMAT,
    kind: "roll-back",
    targets: [{ ...plan, before: pick(plan.goal, hosts), goal: pick(plan.before, hosts) }],
    steps,
  };
}

function wayBack(plan: TargetPlan, touched: Touched, deployment: Deployment): readonly RolloutStep[] {
  const { sides } = plan;
  const { broken, drained, retired, exchanged, isShared } = touched;
  const restore = restoreIn(plan);
  const usersBack: RolloutStep[] = isShared ? [{ kind: "switch-side", hosts: [PROXIES], to: sides!.baseline }] : [];
  const atOnce = isShared && canCarryAll(plan, touched, deployment);
  const progressive = isShared && !atOnce;
  return [
    ...(atOnce ? usersBack : []),
    // Hosts that are out of rotation anyway come first: bringing them back costs no capacity.
    ...readmit(
      drained.filter((host) => !retired.includes(host)),
      plan,
    ),
    ...restore(broken, false),
    ...restartRetired(retired, plan),
    ...(progressive
      ? shiftBack(plan, touched, deployment, usersBack)
      : exchanged.toReversed().flatMap((batch) => restore(batch, true))),
    ...removeBeside(touched.beside, plan),
  ];
}

/**
 * Hosts go back batch by batch, and before each batch leaves the rotation, users are spread over those that stay: all
 * of them are equally busy.
 */
function shiftBack(
  plan: TargetPlan,
  { exchanged, isSwitched }: Touched,
  { leftBehind }: Deployment,
  usersBack: readonly RolloutStep[],
): readonly RolloutStep[] {
  const { target, sides } = plan;
  const restore = restoreIn(plan);
  const all = target.hosts.length - leftBehind.length;
  const steps: RolloutStep[] = [];
  let old = all - exchanged.flat().length;
  let areBack = false;
  for (const batch of exchanged.toReversed()) {
    const staying = all - batch.length;
    if (old >= staying && old > 0 && !areBack) {
      steps.push(...usersBack);
      areBack = true;
    } else if (old > 0 && !areBack) {
      const [side, share] = isSwitched ? [sides!.baseline, old / staying] : [sides!.candidate, 1 - old / staying];
      steps.push({ kind: "set-share", hosts: [PROXIES], side, share: Math.round(share * WHOLE) });
    }
    steps.push(...restore(batch, true));
    old += batch.length;
  }
  return areBack ? steps : [...steps, ...usersBack];
}

/** Old copies that were stopped already come up again, where no user is yet. */
function restartRetired(hosts: readonly string[], plan: TargetPlan): readonly RolloutStep[] {
  if (hosts.length === 0) return [];
  return [{ kind: "activate-release", hosts, slot: plan.sides!.baseline, beside: true }, ...readmit(hosts, plan)];
}

/** How hosts with an exchanged copy get their old one again. */
function restoreIn({ target, sides }: TargetPlan): (hosts: readonly string[], serves: boolean) => RolloutStep[] {
  const drains = capabilitiesOf(target.traffic).drains && target.strategy.kind !== "recreate";
  return (hosts, serves) => {
    if (hosts.length === 0) return [];
    const slot = target.slots === undefined || sides === undefined ? {} : { slot: sides.baseline };
    const activation: RolloutStep = { kind: "activate-release", hosts, ...slot };
    if (!drains || sides === undefined) return [activation];
    return [
      ...(serves ? [{ kind: "drain", hosts, side: sides.candidate } as const] : []),
      activation,
      { kind: "readmit", hosts, side: sides.baseline },
    ];
  };
}

function readmit(hosts: readonly string[], { sides }: TargetPlan): readonly RolloutStep[] {
  return hosts.length === 0 || sides === undefined ? [] : [{ kind: "readmit", hosts, side: sides.baseline }];
}

/** With slots the copy is stopped; on separate hosts the idle side gets its old release again. */
function removeBeside(hosts: readonly string[], { target, sides }: TargetPlan): readonly RolloutStep[] {
  if (hosts.length === 0 || sides === undefined) return [];
  if (target.slots !== undefined) return [{ kind: "retire-slot", hosts, slot: sides.candidate }];
  return [{ kind: "activate-release", hosts, beside: true }];
}

/** Whether what still has the old release could take everything now. Where nobody goes by loads, the floor decides. */
function canCarryAll(
  { target }: TargetPlan,
  { exchanged, broken, drained, retired, isSwitched }: Touched,
  { observed, leftBehind }: Deployment,
): boolean {
  const gone = new Set([...exchanged.flat(), ...broken, ...drained, ...retired, ...leftBehind]);
  const old = target.hosts.filter((host) => !gone.has(host));
  if (old.length === target.hosts.length - leftBehind.length) return old.length > 0;
  if (old.length === 0) return false;
  // As long as users were only shared, most of them never left the old release: nobody stays on a bad one for the load.
  if (!isSwitched) return true;
  const loads = target.hosts.map((host) => observed.loads[host]);
  const known = loads.filter((load) => load !== undefined);
  const isGuarded = known.length > 0 && target.limits.load < 1;
  if (!isGuarded) return old.length >= Math.max(1, target.limits.floor);
  const total = (known.reduce((sum, load) => sum + load, 0) / known.length) * target.hosts.length;
  return total / old.length <= 1;
}

function pick<T>(record: Readonly<Record<string, T>>, keys: readonly string[]): Record<string, T> {
  return Object.fromEntries(keys.map((key) => [key, record[key]!]));
}
