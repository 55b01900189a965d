/** What a deployment found out, in words: for messages, reports and the closing line. */
import type { Deployment } from "./deployment.ts";
import { targetOf } from "./deployment.ts";
import { takesDataAwayLater, whyNoContract } from "./migrations.ts";
import { releaseTitle } from "./release.ts";
import type { HostOutcome } from "./standing.ts";
import type { Step } from "./step.ts";
import { PROXIES, SERVER } from "./step.ts";

/** The failed hosts of a step in one sentence: every host is named once, the first with its whole message. */
export function failureMessage(step: Step, failed: readonly HostOutcome[]): string {
  const [first, ...others] = failed;
  if (first === undefined) return `${step.kind} failed`;
  const [host, outcome] = first;
  const message = outcome.kind === "done" ? "" : outcome.message;
  const where = host === PROXIES ? "the proxies" : host === SERVER ? "the server" : host;
  const rest = others.length > 0 ? ` (and ${others.map(([name]) => name).join(", ")})` : "";
  return `${where}: ${step.kind} failed: ${message}${rest}`;
}

/** Why no host may be taken out of rotation. */
export function floorMessage(deployment: Deployment): string {
  const { hosts, limits } = targetOf(deployment);
  const left =
    deployment.leftBehind.length > 0 ? `, of which ${deployment.leftBehind.join(", ")} can't be reached,` : "";
  return `a floor of ${limits.floor} leaves none of ${hosts.length} host(s)${left} free to be taken out of rotation`;
}

/** The closing sentence of a rollout. */
export function reachedGoal(deployment: Deployment, left: readonly string[]): string {
  const plan = deployment.rollout!.targets[0];
  const hosts = Object.keys(plan.goal).filter((host) => !left.includes(host));
  const goals = [...new Set(hosts.map((host) => releaseTitle(plan.goal[host]!)))].join(", ");
  const held = takesDataAwayLater(deployment)
    ? `; its contract migration did not run: ${whyNoContract(deployment)}`
    : "";
  const serving = `${goals} serves on ${hosts.length} host(s)${held}`;
  return left.length === 0 ? serving : `${serving}; left behind: ${left.join(", ")}`;
}
