/** What a deployment left on each host, in the end or so far. */
import type { Deployment, Progress } from "../../core/deployment.ts";
import { activations } from "../../core/activations.ts";
import { targetOf } from "../../core/deployment.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { ReleaseId } from "../../core/release.ts";

export interface HostReport {
  readonly host: string;
  /** What it serves, as far as the journal says; nothing where that is not known. */
  readonly release: ReleaseId | null;
  readonly result: string;
  readonly milliseconds: number | null;
  /** What the activation said about the moment without the service. */
  readonly downtime: string | null;
  readonly message: string | null;
}

export function report(deployment: Deployment): readonly HostReport[] {
  if (deployment.prepare === undefined) return [];
  const forward = activations(deployment, "rollout");
  const back = activations(deployment, "roll-back");
  return targetOf(deployment).hosts.map((host) => hostReport(deployment, host, forward.get(host), back.get(host)));
}

function hostReport(
  deployment: Deployment,
  host: string,
  forward: Progress | undefined,
  back: Progress | undefined,
): HostReport {
  const last = back ?? forward;
  const outcome = last?.outcome ?? (last === undefined ? troubleBefore(deployment, host) : undefined);
  const ended = last?.endedAt;
  return {
    host,
    release: served(deployment, host, forward, back),
    result: resultWords(deployment, host, forward, back),
    milliseconds: last === undefined || ended === undefined ? null : ended - last.startedAt,
    downtime: outcome?.kind === "done" && outcome.changed ? noteOf(deployment, host, outcome.note) : null,
    message: outcome !== undefined && outcome.kind !== "done" ? outcome.message : null,
  };
}

/** A copy that was drained is down for nobody. */
function noteOf({ rollout, rollBack }: Deployment, host: string, note: string | undefined): string | null {
  if (note === undefined) return null;
  const steps = (rollBack ?? rollout)?.steps ?? [];
  const isDrained = steps.some((step) => step.kind === "drain" && step.hosts.includes(host));
  return isDrained ? `${note}, out of rotation` : note;
}

function served(
  { rollout, rollBack, facts }: Deployment,
  host: string,
  forward: Progress | undefined,
  back: Progress | undefined,
): ReleaseId | null {
  const before = rollout?.targets[0].before[host] ?? facts[host]?.current ?? null;
  if (back !== undefined) return back.outcome?.kind === "done" ? (rollBack?.targets[0].goal[host] ?? before) : null;
  switch (forward?.outcome?.kind) {
    case "done":
      return rollout?.targets[0].goal[host] ?? null;
    case "broken":
    case "unknown":
      return null;
    case undefined:
      return forward === undefined ? before : null;
    default:
      return before;
  }
}

function resultWords(
  deployment: Deployment,
  host: string,
  forward: Progress | undefined,
  back: Progress | undefined,
): string {
  if (back !== undefined)
    return back.outcome?.kind === "done" ? "brought back" : `${back.outcome?.kind ?? "running"}, on the way back`;
  const kind = forward?.outcome?.kind;
  if (kind === "done")
    return forward!.outcome?.kind === "done" && !forward!.outcome.changed ? "unchanged" : "activated";
  if (kind === "reverted") return "failed, reverted by itself";
  if (kind !== undefined) return kind;
  if (forward !== undefined) return "running";
  if (deployment.leftBehind.includes(host)) return "left behind";
  return troubleBefore(deployment, host)?.kind ?? "not touched";
}

/** What went wrong on a host before the rollout came to it. */
function troubleBefore({ progress }: Deployment, host: string): Outcome | undefined {
  const outcomes = [...progress.prepare.values()].map((hosts) => hosts.get(host)?.outcome);
  return outcomes.find((outcome) => outcome !== undefined && outcome.kind !== "done");
}
