/** Plans that an older version wrote, as this version reads them. */
import { PLAN_FORMAT } from "./plan.ts";
import type { PreparePlan, RolloutPlan } from "./plan.ts";
import type { Target } from "./service.ts";

/** What a target has by itself since format 2: before, nothing moved traffic. */
const sinceTwo: Pick<Target, "traffic" | "analysis" | "smoke" | "onWatchFailure"> = {
  traffic: { kind: "none" },
  analysis: { falseAlarm: 0.01, minimumRequests: 300, acceptedErrors: 0.01, quickMilliseconds: 20 },
  smoke: [],
  onWatchFailure: "report",
};
const limitsSinceTwo = { load: 0.75 };

export function readPrepare(plan: PreparePlan): PreparePlan {
  return plan.format >= PLAN_FORMAT ? plan : { ...plan, target: complete(plan.target) };
}

/** The format stays what it was, so that a plan that nobody understands is refused. */
export function readRollout(plan: RolloutPlan): RolloutPlan {
  if (plan.format >= PLAN_FORMAT) return plan;
  const [first] = plan.targets;
  return { ...plan, targets: [{ ...first, target: complete(first.target) }] };
}

function complete(target: Target): Target {
  return { ...sinceTwo, ...target, limits: { ...limitsSinceTwo, ...target.limits } };
}
