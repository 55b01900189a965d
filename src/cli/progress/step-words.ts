/** Steps as progress lines say them. */
import type { Deployment, Track } from "../../core/deployment.ts";
import type { ReleaseId } from "../../core/release.ts";
import { releaseTitle } from "../../core/release.ts";
import type { Step } from "../../core/step.ts";
import { SERVER } from "../../core/step.ts";
import { safeLine } from "../safe-text.ts";

/** `upload release 42`; what it is about is said once, before the hosts' results. */
export function stepWords(deployment: Deployment, track: Track, index: number): string {
  const step = planOf(deployment, track)?.steps[index];
  if (step === undefined) return `step ${index + 1}`;
  switch (step.kind) {
    case "inspect-host":
      return "inspect the host";
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
  }
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

/** The steps of a track, and what each host serves after them where that is part of the plan. */
export function planOf(
  { prepare, rollout, rollBack }: Deployment,
  track: Track,
): { readonly steps: readonly Step[]; readonly goal: Readonly<Record<string, ReleaseId>> } | undefined {
  if (track === "prepare") return prepare === undefined ? undefined : { steps: prepare.steps, goal: {} };
  const plan = track === "rollout" ? rollout : rollBack;
  return plan === undefined ? undefined : { steps: plan.steps, goal: plan.targets[0].goal };
}

/** The server is no host; it has a name of its own. */
export function hostWords(host: string): string {
  return host === SERVER ? "the server" : host;
}
