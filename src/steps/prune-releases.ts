/** Removes releases that nobody needs any more. The host itself refuses to remove what it serves or could go back to. */
import { removable } from "../core/retention.ts";
import { ask, helper, outcomeOf, refusal } from "./ask.ts";
import { changed, unchanged } from "./step.ts";
import type { StepDefinition } from "./step.ts";

export const pruneReleases: StepDefinition<"prune-releases"> = {
  kind: "prune-releases",
  title: () => "prune old releases",

  async perform(_step, context) {
    const { deployment, host, target } = context;
    const facts = deployment.facts[host];
    if (facts === undefined) return unchanged;
    const plan = deployment.rollout!.targets[0];
    const current = plan.goal[host]!;
    const previous = current === plan.before[host] ? facts.previous : plan.before[host]!;
    const releases = { ...facts.releases, [current]: "" };
    const unneeded = removable({ releases, current, previous }, target.keepReleases, new Set());
    if (unneeded.length === 0) return unchanged;
    try {
      const answer = await ask(context, { argv: helper("prune", target.service, ...unneeded), limitSeconds: 120 });
      context.log(answer.stdout);
      return answer.code === 0 ? changed : { kind: "failed", message: refusal(answer) };
    } catch (error) {
      return outcomeOf(error, false);
    }
  },
};
