/** What a deployment does next on its way back. */
import { notBroughtBack } from "./activations.ts";
import { allowedNow } from "./capacity.ts";
import type { Deployment } from "./deployment.ts";
import { failureMessage } from "./findings.ts";
import type { Move } from "./move.ts";
import { askAgain, finish, perform } from "./move.ts";
import { drainedHosts, takesOut } from "./rotation.ts";
import type { HostOutcome } from "./standing.ts";
import { standing, stepOf } from "./standing.ts";
import { PROXIES, isBestEffort, isWork } from "./step.ts";

/**
 * Back to what each touched host served before. A failure here stops and shouts; it never starts over. A host that
 * can't be asked does not keep the others from going back; it is asked in between, and reported by name in the end.
 */
export function nextInRollBack(deployment: Deployment, now: number): Move {
  const plan = deployment.rollBack!.steps;
  const steps = plan.map((_, index) => standing(deployment, "roll-back", index, now));

  const open = steps.findIndex((here) => here.open.length > 0);
  if (open !== -1) return perform(deployment, "roll-back", open, steps[open]!.open);

  const failed = steps.findIndex((here, index) => here.failed.length > 0 && !isBestEffort(plan[index]!));
  if (failed !== -1) return rollBackFailed(deployment, failed, steps[failed]!.failed);

  const unreached = steps.flatMap(({ lost }, index) =>
    lost.length > 0 && plan[index]!.kind !== "readmit" ? index : [],
  );
  for (const [index, { unknown, ready }] of steps.entries()) {
    const hosts = [...unknown, ...ready].filter((host) => isItsTurn(deployment, index, host, unreached));
    if (hosts.length === 0) continue;
    const allowed = takesOut(plan[index]!) ? allowedNow(deployment, "roll-back", hosts) : hosts;
    return perform(deployment, "roll-back", index, allowed);
  }
  const retries = steps.flatMap(({ retryAt }) => retryAt ?? []);
  if (retries.length > 0) return askAgain(Math.min(...retries));

  const lost = steps.findIndex((here, index) => here.lost.length > 0 && !isBestEffort(plan[index]!));
  if (lost !== -1)
    return rollBackFailed(
      deployment,
      lost,
      steps.flatMap((here) => here.lost),
    );
  // Nobody can tell whether they are fit for users, so they stay out until somebody, or their proxy's deadline, decides.
  const out = [...drainedHosts(deployment, "rollout")].filter((host) => deployment.leftBehind.includes(host));
  return finish("rolled-back", deployment.rollBackReason!, out);
}

/**
 * A host takes one step after the other, and what is done on the proxies comes before all that follows it. A proxy that
 * nobody reached in all the time may still send users to the candidate: that is not stopped, but what can go back does.
 */
function isItsTurn(deployment: Deployment, index: number, host: string, unreached: readonly number[]): boolean {
  const stops = deployment.rollBack!.steps[index]!.kind === "retire-slot";
  return deployment.rollBack!.steps.slice(0, index).every((step, earlier) => {
    if (!isWork(step)) return true;
    const isDone = (place: string): boolean =>
      deployment.progress["roll-back"].get(earlier)?.get(place)?.outcome?.kind === "done";
    if (step.hosts[0] === PROXIES) return isDone(PROXIES) || (unreached.includes(earlier) && !stops);
    // The proxies are told when everybody is ready; those that can't be asked are reported, not waited for.
    return host === PROXIES ? true : !(step.hosts as readonly string[]).includes(host) || isDone(host);
  });
}

function rollBackFailed(deployment: Deployment, index: number, hosts: readonly HostOutcome[]): Move {
  const failure = failureMessage(stepOf(deployment, "roll-back", index), hosts);
  const message = `${deployment.rollBackReason}; and the roll-back failed: ${failure}`;
  return finish("rollback-failed", message, notBroughtBack(deployment));
}
