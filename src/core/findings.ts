/** What a deployment found out, in words: for messages, reports and the closing line. */
import type { Deployment } from "./deployment.ts";
import type { Outcome } from "./outcome.ts";
import { releaseTitle } from "./release.ts";
import { skippedHosts } from "./standing.ts";
import type { Step } from "./step.ts";

/** The failed hosts of a step in one sentence: every host is named once, the first with its whole message. */
export function failureMessage(step: Step, failed: readonly (readonly [host: string, outcome: Outcome])[]): string {
  const [first, ...others] = failed;
  if (first === undefined) return `${step.kind} failed`;
  const [host, outcome] = first;
  const message = outcome.kind === "done" ? "" : outcome.message;
  const where = host.startsWith("@") ? "the server" : host;
  const rest = others.length > 0 ? ` (and ${others.map(([name]) => name).join(", ")})` : "";
  return `${where}: ${step.kind} failed: ${message}${rest}`;
}

/** Hosts of the target that don't serve the goal although the rollout is over. */
export function behind(deployment: Deployment): readonly string[] {
  const target = deployment.prepare?.target ?? deployment.rollout?.targets[0].target;
  if (target === undefined) return [];
  const planned = new Set(Object.keys(deployment.rollout?.targets[0].goal ?? {}));
  const skipped = skippedHosts(deployment);
  return target.hosts.filter((host) => !planned.has(host) || skipped.has(host));
}

/** The closing sentence of a rollout. */
export function reachedGoal(deployment: Deployment, left: readonly string[]): string {
  const plan = deployment.rollout!.targets[0];
  const hosts = Object.keys(plan.goal).filter((host) => !left.includes(host));
  const goals = [...new Set(hosts.map((host) => releaseTitle(plan.goal[host]!)))].join(", ");
  const serving = `${goals} serves on ${hosts.length} host(s)`;
  return left.length === 0 ? serving : `${serving}; left behind: ${left.join(", ")}`;
}
