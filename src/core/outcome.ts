/** How a step ended on one host. */

import type { HostFacts } from "./host-facts.ts";
import type { Artifact } from "./release.ts";
import type { TrafficFacts } from "./traffic.ts";

/** What a failed activation left for people to look at. */
export interface Evidence {
  /** One word from the helper, such as `crashed` or `never-healthy`. */
  readonly reason: string;
  /** The last lines of exactly the start that failed. */
  readonly journal: readonly string[];
}

export type Outcome =
  /** It is as the step wants it; `changed` is false when it was so before. */
  | { readonly kind: "done"; readonly changed: boolean; readonly note?: string; readonly result?: StepResult }
  /** It did not work, and the host serves what it served before. */
  | { readonly kind: "failed"; readonly message: string; readonly evidence?: Evidence }
  /** An activation failed and the host itself brought the old release back; it is healthy. */
  | { readonly kind: "reverted"; readonly message: string; readonly evidence?: Evidence }
  /** An activation failed and the old release does not serve either. */
  | { readonly kind: "broken"; readonly message: string; readonly evidence?: Evidence }
  /** The host could not be asked and was surely not touched. `permanent`: asking again can't help. */
  | { readonly kind: "unreachable"; readonly message: string; readonly permanent: boolean }
  /** The host can't be asked, and the step may have begun there. */
  | { readonly kind: "unknown"; readonly message: string };

/** What a step found out that later steps need. */
export type StepResult =
  | { readonly kind: "facts"; readonly facts: HostFacts }
  | { readonly kind: "source"; readonly revision: string; readonly summary: string }
  | { readonly kind: "artifact"; readonly artifact: Artifact }
  | { readonly kind: "traffic"; readonly traffic: TrafficFacts };

/** Whether the step needs no further attempt on this host. */
export function isSettled(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && outcome.kind !== "unreachable" && outcome.kind !== "unknown";
}
