/** The kinds of step a plan can hold. `src/steps/` has one file for each. */

/** Work that the server does itself has this in place of a host. */
export const SERVER = "@server";

/** Before the rollout: changes nothing that serves. */
export type PrepareStep =
  | { readonly kind: "inspect-host"; readonly hosts: readonly string[] }
  | { readonly kind: "fetch-source"; readonly hosts: readonly [typeof SERVER] }
  | { readonly kind: "build-artifact"; readonly hosts: readonly [string] }
  | { readonly kind: "prepare-directories"; readonly hosts: readonly string[] }
  | { readonly kind: "check-runtime"; readonly hosts: readonly string[] }
  | { readonly kind: "upload-artifact"; readonly hosts: readonly string[] }
  | { readonly kind: "install-unit"; readonly hosts: readonly string[] }
  | RunHook;

/** The rollout itself. */
export type RolloutStep =
  | { readonly kind: "activate-release"; readonly hosts: readonly string[] }
  | { readonly kind: "soak"; readonly seconds: number }
  | { readonly kind: "prune-releases"; readonly hosts: readonly string[] }
  | RunHook;

/** A command of the team, at its place in the order. */
export interface RunHook {
  readonly kind: "run-hook";
  readonly hosts: readonly string[];
  /** Whether it runs on each host for that host's own sake, so that a host which is left behind needs none. */
  readonly each: boolean;
  readonly at: string;
  readonly run: readonly string[];
  readonly limitSeconds: number;
}

export type Step = PrepareStep | RolloutStep;
export type StepKind = Step["kind"];

/** Steps that are done somewhere, as opposed to waits. */
export type WorkStep = Exclude<Step, { readonly kind: "soak" }>;

export function isWork(step: Step): step is WorkStep {
  return step.kind !== "soak";
}

/** Tidying up never fails a deployment that serves. */
export function isBestEffort(step: Step): boolean {
  return step.kind === "prune-releases";
}

/** Whether the step has to be done at exactly its places, even when the rollout could go on without such a host. */
export function needsEveryHost(step: WorkStep): boolean {
  return step.kind === "fetch-source" || step.kind === "build-artifact" || (step.kind === "run-hook" && !step.each);
}

/** Whether the step looks at the hosts of the service, or goes by what was seen there. */
export function dependsOnHosts({ kind }: Step): boolean {
  return kind !== "fetch-source" && kind !== "build-artifact" && kind !== "run-hook";
}
