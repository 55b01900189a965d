/** Which release of a service succeeded which, as far as its deployments worked. */
import type { Request } from "./deployment.ts";

/** A deployment that succeeded. */
export interface Success {
  readonly kind: Request["kind"];
  readonly release: number;
  /** Whether it was for some hosts only. */
  readonly partial: boolean;
}

export interface Succession {
  /** What the service as a whole serves. */
  readonly current?: number;
  /** What served before, the last first: where a way back leads. */
  readonly earlier: readonly number[];
}

/**
 * Going back is not going on: what a roll-back left behind is no way back any more. A release that some hosts tried
 * is no release of the service, but a way back from it leads to what the others serve.
 *
 * @param successes the last one first
 */
export function succession(successes: readonly Success[]): Succession {
  const whole = successes.filter(({ partial }) => !partial);
  const line: number[] = [];
  for (const { kind, release } of (whole.length > 0 ? whole : successes).toReversed()) {
    if (kind === "restart") continue;
    const at = line.indexOf(release);
    if (at !== -1) line.splice(at, kind === "roll-back" ? line.length : 1);
    line.push(release);
  }
  const [current, ...earlier] = line.toReversed();
  if (current === undefined) return { earlier };
  const last = successes.find(({ kind }) => kind !== "restart")!.release;
  return { current, earlier: last === current ? earlier : [current, ...earlier] };
}
