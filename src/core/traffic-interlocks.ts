/** Interlocks about traffic: what must be true before users are sent anywhere, or a copy that serves is touched. */
import type { Interlock } from "./interlock-rule.ts";
import { whyNoContract } from "./migrations.ts";
import type { RolloutPlan, TargetPlan } from "./plan.ts";
import { surelyDrained, takesOut } from "./rotation.ts";
import type { RolloutStep } from "./step.ts";
import { isWork } from "./step.ts";
import type { Side } from "./traffic.ts";
import { WHOLE, capabilitiesOf } from "./traffic.ts";

export const trafficInterlocks: readonly Interlock[] = [
  {
    name: "drained-first",
    title: "no copy that serves is stopped before it was drained",
    inPlan({ kind, targets: [plan], steps }) {
      if (!mustDrain(plan) || kind === "roll-back") return undefined;
      const drained = new Set<string>();
      for (const step of steps) {
        if (step.kind === "drain") for (const host of step.hosts) drained.add(host);
        if (step.kind === "readmit") for (const host of step.hosts) drained.delete(host);
        if (step.kind !== "activate-release" || !takesOut(step)) continue;
        const early = step.hosts.find((host) => !drained.has(host));
        if (early !== undefined) return `${early} is activated while users are on it`;
      }
      return undefined;
    },
    before(deployment, { step, hosts, plan }) {
      if (step.kind !== "activate-release" || !takesOut(step) || !mustDrain(plan.targets[0])) return undefined;
      const drained = surelyDrained(deployment);
      const early = hosts.find((host) => !drained.has(host));
      return early && `${early} was not drained`;
    },
  },
  {
    name: "all-readmitted",
    title: "every host that leaves the rotation comes back",
    inPlan({ steps }) {
      const lost = new Set<string>();
      for (const step of steps) {
        if (step.kind === "drain" && takesOut(step)) for (const host of step.hosts) lost.add(host);
        if (step.kind === "readmit") for (const host of step.hosts) lost.delete(host);
      }
      return lost.size === 0 ? undefined : `${[...lost].join(", ")} would stay out of rotation`;
    },
  },
  {
    name: "beside-is-idle",
    title: "a second copy is set up only where no user is served",
    inPlan({ kind, targets: [{ sides }], steps }) {
      if (kind === "roll-back") return undefined;
      const readmitted = new Set<string>();
      for (const step of steps) {
        if (step.kind === "readmit") for (const host of step.hosts) readmitted.add(host);
        if (step.kind !== "activate-release" || step.beside !== true) continue;
        const serves = step.slot !== undefined && step.slot === sides?.baseline;
        const late = serves ? step.hosts[0] : step.hosts.find((host) => readmitted.has(host));
        if (late !== undefined) return `${late} would get its second copy where users are served`;
      }
      return undefined;
    },
  },
  {
    name: "room-for-the-share",
    title: "a side gets no more of the traffic than its hosts are meant to carry",
    inPlan: overloadedSide,
  },
  {
    name: "retired-is-idle",
    title: "a copy is stopped for good only after all users left it",
    inPlan({ kind, targets: [{ sides }], steps }) {
      if (kind === "roll-back") return undefined;
      let active: Side | undefined = sides?.baseline;
      const left = new Set<string>();
      for (const step of steps) {
        if (step.kind === "switch-side") active = step.to;
        if (step.kind === "drain") for (const host of step.hosts) left.add(host);
        if (step.kind !== "retire-slot" || step.slot !== active) continue;
        const early = step.hosts.find((host) => !left.has(host));
        if (early !== undefined)
          return `the copy in the slot ${step.slot} of ${early} would be stopped while it serves`;
      }
      return undefined;
    },
  },
  {
    name: "up-before-users",
    title: "users are sent to a side only when each of its hosts was activated, checked and seen by every proxy",
    before(deployment, { track, step, plan }) {
      if (track !== "rollout" || (step.kind !== "set-share" && step.kind !== "switch-side")) return undefined;
      const steps = plan.steps.slice(0, plan.steps.indexOf(step));
      const missing = steps.flatMap((earlier, index) => {
        if (!isWork(earlier) || !(earlier.kind === "readmit" || earlier.kind === "smoke-test")) return [];
        const done = deployment.progress.rollout.get(index);
        return earlier.hosts.filter(
          (host) => !deployment.leftBehind.includes(host) && done?.get(host)?.outcome?.kind !== "done",
        );
      });
      return missing.length === 0 ? undefined : `${missing.join(", ")} was not seen ready for users`;
    },
  },
  {
    name: "data-both-can-read",
    title:
      "data is extended before the first host changes, and nothing is taken away before the last one did and was watched",
    inPlan({ steps }) {
      const first = steps.findIndex(({ kind }) => kind === "activate-release");
      const last = steps.findLastIndex(
        ({ kind }) => kind === "activate-release" || kind === "analyse" || kind === "keep-warm",
      );
      const wrong = steps.some((step, index) => {
        if (step.kind !== "migrate") return false;
        return step.migration === "expand" ? first !== -1 && index > first : index < last;
      });
      return wrong ? "the migration would run while a release serves that can't read its data" : undefined;
    },
    before(deployment, { step }) {
      return step.kind === "migrate" && step.migration === "contract" ? whyNoContract(deployment) : undefined;
    },
  },
];

function mustDrain({ target }: TargetPlan): boolean {
  return capabilitiesOf(target.traffic).drains && target.strategy.kind !== "recreate";
}

/** Shares are rounded to hundredths of a percent. */
const roundingError = 1e-3;

/** By the plan alone: how much of the traffic each host of the candidate's side would get, at most. */
function overloadedSide({ kind, targets: [{ target, sides }], steps }: RolloutPlan): string | undefined {
  if (sides === undefined || sides.candidate === sides.baseline || kind === "roll-back") return undefined;
  const most = 1 / Math.max(1, Math.min(target.limits.floor, ready(steps, sides.candidate).size));
  for (const [index, step] of steps.entries()) {
    const share = step.kind === "set-share" ? step.share / WHOLE : step.kind === "switch-side" ? 1 : undefined;
    if (share === undefined || share === 0) continue;
    const hosts = ready(steps.slice(0, index), sides.candidate).size;
    if (hosts === 0) return "users would be sent to a side that has no host";
    if (share / hosts > most + roundingError)
      return `${Math.round(share * 100)} % of the traffic would be sent to ${hosts} host(s)`;
  }
  return undefined;
}

function ready(steps: readonly RolloutStep[], side: Side): ReadonlySet<string> {
  return new Set(steps.flatMap((step) => (step.kind === "readmit" && step.side === side ? step.hosts : [])));
}
