/** The steps of a plan as lines for people: what is done where, with the shares and hosts that each weight has. */
import type { RolloutPlan } from "../core/plan.ts";
import { releaseTitle } from "../core/release.ts";
import type { PrepareStep, RolloutStep, Wait } from "../core/step.ts";
import { isWork, PROXIES, SERVER } from "../core/step.ts";
import { inSeconds } from "../core/time-words.ts";
import type { Side } from "../core/traffic.ts";
import { WHOLE } from "../core/traffic.ts";

export function prepareLines(steps: readonly PrepareStep[]): string[] {
  return steps.map((step) => (step.kind === "run-hook" ? hookLine(step) : `${step.kind} ${placesOf(step.hosts)}`));
}

export function rolloutLines(plan: RolloutPlan): string[] {
  const candidates: string[] = [];
  return plan.steps.map((step) => {
    if (step.kind === "activate-release") candidates.push(...step.hosts.filter((host) => !candidates.includes(host)));
    return isWork(step) ? workLine(step, plan, candidates) : waitLine(step, plan);
  });
}

function workLine(
  step: Exclude<RolloutStep, Wait>,
  plan: RolloutPlan,
  /** Hosts that have the candidate by then. */
  candidates: readonly string[],
): string {
  const { target } = plan.targets[0];
  const places = placesOf(step.hosts);
  switch (step.kind) {
    case "activate-release":
      return `activate-release ${places}${step.slot === undefined ? "" : ` in slot ${step.slot}`}${step.beside === true ? ": beside what serves, where no user comes" : ""}`;
    case "drain":
      return `drain ${places}: out of rotation, until nothing is in flight${deadline(plan)}`;
    case "readmit":
      return `readmit ${places}${warmUp(plan)}, in rotation when every proxy says that it is up`;
    case "smoke-test":
      return target.smoke.length === 0
        ? `smoke-test ${places}: no requests are configured for it`
        : `smoke-test ${places}: ${target.smoke.length} request(s), before any user comes`;
    case "set-share":
      return step.share === 0
        ? `set-share no traffic to ${releaseOn(plan, step.side)}, on ${proxies(plan)}`
        : `set-share ${share(step.share)} to ${releaseOn(plan, step.side)}, on ${proxies(plan)}: ${candidates.length} of ${target.hosts.length} hosts have it (${candidates.join(", ")})`;
    case "switch-side":
      return `switch-side all traffic to ${releaseOn(plan, step.to)} at once, on ${proxies(plan)}`;
    case "retire-slot":
      return `retire-slot ${step.slot} on ${places}: the copy that gets no requests any more is stopped`;
    case "migrate":
      return `migrate ${target.migration?.id ?? ""} (${step.migration}) on ${places}, after its backup`;
    case "run-hook":
      return hookLine(step);
    case "prune-releases":
      return `prune-releases ${places}`;
  }
}

function waitLine(step: Wait, plan: RolloutPlan): string {
  const time = inSeconds(step.seconds * 1000);
  const { onWatchFailure } = plan.targets[0].target;
  switch (step.kind) {
    case "soak":
      return `soak ${time}`;
    case "analyse": {
      const longest =
        step.longestSeconds > step.seconds
          ? `, up to ${inSeconds(step.longestSeconds * 1000)} while it is not clear`
          : "";
      if (step.during === "soak")
        return `analyse ${time}${longest}: compared with ${old(plan)}; rolled back when it is worse${step.needs === "pass" ? ", a person is asked when it stays unclear" : ""}`;
      const then =
        onWatchFailure === "roll-back" ? "rolled back by itself when it fails" : "a failure is only reported";
      return `watch ${time}: ${then}`;
    }
    case "keep-warm":
      return `keep-warm ${time}: ${old(plan)} stays up, so that the way back takes no start`;
  }
}

function hookLine({ at, hosts, run }: { at: string; hosts: readonly string[]; run: readonly string[] }): string {
  return `run-hook ${at} on ${placesOf(hosts)}: ${run.join(" ")}`;
}

function placesOf(hosts: readonly string[]): string {
  return hosts.map((host) => (host === SERVER ? "the server" : host === PROXIES ? "the proxies" : host)).join(" ");
}

function proxies({ targets }: RolloutPlan): string {
  const { traffic } = targets[0].target;
  return traffic.kind === "haproxy" || traffic.kind === "nginx" ? traffic.proxies.join(" ") : "the proxies";
}

function deadline({ targets }: RolloutPlan): string {
  const { traffic } = targets[0].target;
  if (traffic.kind === "none") return "";
  const then = traffic.drain.longLived === "cut" ? "what is left is cut" : "it fails";
  return ` (after ${inSeconds(traffic.drain.deadlineSeconds * 1000)} ${then})`;
}

function warmUp({ targets }: RolloutPlan): string {
  const { traffic } = targets[0].target;
  if (traffic.kind === "none" || traffic.warmUp === undefined) return "";
  return ` after ${traffic.warmUp.requests} warm-up requests`;
}

/** `release 42 (green)`; the side alone where a rollout exchanges hosts in their places. */
function releaseOn(plan: RolloutPlan, side: Side): string {
  const { sides, release } = plan.targets[0];
  if (sides === undefined || sides.candidate === sides.baseline) return `the ${side} side`;
  return side === sides.candidate ? `release ${release.number} (${side})` : `${old(plan)} (${side})`;
}

function share(value: number): string {
  return `${Number(((value / WHOLE) * 100).toFixed(2))} % of the traffic`;
}

function old({ targets }: RolloutPlan): string {
  const before = [...new Set(Object.values(targets[0].before).map(releaseTitle))];
  return before.length === 1 ? before[0]! : "the old release";
}
