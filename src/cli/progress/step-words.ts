/** Steps as progress lines say them. */
import type { Deployment, Track } from "../../core/deployment.ts";
import type { ReleaseId } from "../../core/release.ts";
import { releaseTitle } from "../../core/release.ts";
import type { Step } from "../../core/step.ts";
import { PROXIES, SERVER } from "../../core/step.ts";
import type { Side } from "../../core/traffic.ts";
import { WHOLE } from "../../core/traffic.ts";
import { safeLine } from "../safe-text.ts";
import { named, percent } from "../words.ts";

/** `upload release 42`; what it is about is said once, before the hosts' results. */
export function stepWords(deployment: Deployment, track: Track, index: number): string {
  const step = planOf(deployment, track)?.steps[index];
  if (step === undefined) return `step ${index + 1}`;
  switch (step.kind) {
    case "inspect-host":
      return "inspect the host";
    case "inspect-traffic":
      return "inspect the traffic";
    case "check-headroom":
      return "check the headroom";
    case "check-runtime":
      return "check the runtime";
    case "fetch-source":
      return "fetch the source";
    case "build-artifact":
      return step.hosts[0] === SERVER ? "build on the server" : `build on ${step.hosts[0]}`;
    case "prepare-directories":
      return "prepare directories";
    case "upload-artifact":
      return `upload ${candidate(deployment)}`;
    case "install-unit":
      return "install the unit";
    case "activate-release":
      return activationWords(deployment, track, step.hosts[0]);
    case "prune-releases":
      return "prune old releases";
    case "run-hook":
      return `hook ${step.at} (${safeLine(step.run[0] ?? "")})`;
    case "soak":
      return "soak";
    default:
      return trafficStepWords(deployment, step);
  }
}

type TrafficStep = Extract<
  Step,
  {
    kind:
      | "drain"
      | "readmit"
      | "smoke-test"
      | "set-share"
      | "switch-side"
      | "retire-slot"
      | "migrate"
      | "analyse"
      | "keep-warm";
  }
>;

function trafficStepWords(deployment: Deployment, step: TrafficStep): string {
  switch (step.kind) {
    case "drain":
      return "drain";
    case "readmit":
      return "readmit";
    case "smoke-test":
      return "smoke test";
    case "set-share":
      return `${shareWords(step.share)} to ${sideTitle(deployment, step.side)}`;
    case "switch-side":
      return `switch all traffic to ${sideTitle(deployment, step.to)}`;
    case "retire-slot":
      return `stop the copy in slot ${safeLine(step.slot)}`;
    case "migrate":
      return `migrate (${step.migration})`;
    case "analyse":
      return step.during === "watch" ? `watch ${candidate(deployment)}` : `compare ${candidate(deployment)}`;
    case "keep-warm":
      return `keep ${baseline(deployment)} warm`;
  }
}

/** The release of a side; its name alone where a rollout exchanges hosts in their places. */
function sideTitle(deployment: Deployment, side: Side): string {
  const sides = deployment.rollout?.targets[0].sides;
  if (sides === undefined || sides.candidate === sides.baseline) return `the ${side} side`;
  return side === sides.candidate ? candidate(deployment) : baseline(deployment);
}

/** `5 % of the traffic`, of a share in hundredths of a percent. */
export function shareWords(share: number): string {
  if (share === 0) return "no traffic";
  return share === WHOLE ? "all traffic" : `${percent(share, WHOLE)} of the traffic`;
}

function activationWords(deployment: Deployment, track: Track, host: string | undefined): string {
  const goal = host === undefined ? undefined : planOf(deployment, track)?.goal[host];
  const title = goal === undefined ? candidate(deployment) : releaseTitle(goal);
  if (track === "roll-back") return `bring ${title} back`;
  return deployment.request.kind === "restart" ? `restart ${title}` : `activate ${title}`;
}

/** The release that is being rolled out, as far as it is known. */
export function candidate({ release, revision }: Deployment): string {
  if (release !== undefined) return `release ${release.number}`;
  return revision === undefined ? "the release" : revision.slice(0, 12);
}

/** What served before; several where the hosts did not agree. */
export function baseline({ rollout }: Deployment): string {
  const before = [...new Set(Object.values(rollout?.targets[0].before ?? {}).map(releaseTitle))];
  return before.length === 0 ? "the old release" : named(before);
}

/** The steps of a track, and what each host serves after them where that is part of the plan. */
export function planOf(
  { prepare, rollout, rollBack }: Deployment,
  track: Track,
): { readonly steps: readonly Step[]; readonly goal: Readonly<Record<string, ReleaseId>> } | undefined {
  if (track === "prepare") return prepare === undefined ? undefined : { steps: prepare.steps, goal: {} };
  const plan = track === "rollout" ? rollout : rollBack;
  return plan === undefined ? undefined : { steps: plan.steps, goal: plan.targets[0].goal };
}

/** The server and the proxies are no hosts of the service; they have names of their own. */
export function hostWords(host: string): string {
  if (host === PROXIES) return "the proxies";
  return host === SERVER ? "the server" : host;
}
