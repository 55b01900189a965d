/** The kinds of step a plan can hold. `src/steps/` has one file for each. */
import type { Side } from "./traffic.ts";

/** Work that the server does itself has this in place of a host. */
export const SERVER = "@server";

/** Steps on the proxies of a service have this in place of a host: all of them change together. */
export const PROXIES = "@proxies";

/** Before the rollout: changes nothing that serves. */
export type PrepareStep =
  | { readonly kind: "inspect-host"; readonly hosts: readonly string[] }
  | { readonly kind: "fetch-source"; readonly hosts: readonly [typeof SERVER] }
  | { readonly kind: "build-artifact"; readonly hosts: readonly [string] }
  | { readonly kind: "prepare-directories"; readonly hosts: readonly string[] }
  | { readonly kind: "check-runtime"; readonly hosts: readonly string[] }
  | { readonly kind: "upload-artifact"; readonly hosts: readonly string[] }
  | { readonly kind: "install-unit"; readonly hosts: readonly string[] }
  | { readonly kind: "inspect-traffic"; readonly hosts: readonly [typeof PROXIES] }
  /** Whether a second copy fits onto each host beside the first. */
  | { readonly kind: "check-headroom"; readonly hosts: readonly string[] }
  | RunHook;

/** The rollout itself. */
export type RolloutStep =
  | Activate
  /**
   * Takes the hosts' members of a side out of rotation and waits until nothing is in flight there. `replaced`: another
   * copy on the host has taken its place already.
   */
  | { readonly kind: "drain"; readonly hosts: readonly string[]; readonly side: Side; readonly replaced?: true }
  /** Warms them up, puts them into rotation, and waits until every proxy says that they are up. */
  | { readonly kind: "readmit"; readonly hosts: readonly string[]; readonly side: Side }
  | SmokeTest
  /** The side that is not active gets this share of the traffic, 0 to 10,000. */
  | {
      readonly kind: "set-share";
      readonly hosts: readonly [typeof PROXIES];
      readonly side: Side;
      readonly share: number;
    }
  /** All traffic goes to this side, on all proxies at once; it becomes the active one. */
  | { readonly kind: "switch-side"; readonly hosts: readonly [typeof PROXIES]; readonly to: Side }
  /** Stops the copy in a slot that gets no requests any more. */
  | { readonly kind: "retire-slot"; readonly hosts: readonly string[]; readonly slot: string }
  | Migrate
  | Wait
  | { readonly kind: "prune-releases"; readonly hosts: readonly string[] }
  | RunHook;

/** `beside`: the copy is set up where no user is served, so nothing leaves the rotation. */
export interface Activate {
  readonly kind: "activate-release";
  readonly hosts: readonly string[];
  readonly slot?: string;
  readonly beside?: true;
}

/** Both releases are asked what the other one is asked, before any user reaches the new one. */
export interface SmokeTest {
  readonly kind: "smoke-test";
  /** Hosts with the candidate. */
  readonly hosts: readonly string[];
  readonly slot: string;
  /** A place where the baseline runs at the same time, if there is one. */
  readonly baseline?: { readonly host: string; readonly slot: string };
}

/** The release's change of the data, with the backup before it. */
export interface Migrate {
  readonly kind: "migrate";
  readonly hosts: readonly [string];
  readonly migration: "expand" | "contract";
}

/** Time passes. Nothing sleeps: the start is in the journal, and so is what was seen meanwhile. */
export type Wait =
  | { readonly kind: "soak"; readonly seconds: number }
  /**
   * The candidate is compared with the baseline: for `seconds` at least, and `longestSeconds` while it is not clear.
   * Where it `needs` a pass, a person is asked when it is not clear even then; otherwise it only must not fail.
   */
  | {
      readonly kind: "analyse";
      readonly during: "soak" | "watch";
      readonly needs: "pass" | "no-fail";
      readonly seconds: number;
      readonly longestSeconds: number;
    }
  /** The old slot stays up beside the new one, so that the way back takes no start. */
  | { readonly kind: "keep-warm"; readonly seconds: number };

/** A command of the team, at its place in the order. */
export interface RunHook {
  readonly kind: "run-hook";
  readonly hosts: readonly string[];
  /** Whether it runs on each host for that host's own sake, so that a host which is left behind needs none. */
  readonly each: boolean;
  readonly at: string;
  readonly run: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly limitSeconds: number;
}

export type Step = PrepareStep | RolloutStep;
export type StepKind = Step["kind"];

/** Steps that are done somewhere, as opposed to waits. */
export type WorkStep = Exclude<Step, Wait>;

export function isWork(step: Step): step is WorkStep {
  return step.kind !== "soak" && step.kind !== "analyse" && step.kind !== "keep-warm";
}

/** Tidying up never fails a deployment that serves. */
export function isBestEffort(step: Step): boolean {
  return step.kind === "prune-releases" || step.kind === "retire-slot";
}

/** Whether the step has to be done at exactly its places, even when the rollout could go on without such a host. */
export function needsEveryHost(step: WorkStep): boolean {
  if (step.kind === "run-hook") return !step.each;
  const [place = ""] = step.hosts;
  return place === PROXIES || step.kind === "fetch-source" || step.kind === "build-artifact" || step.kind === "migrate";
}

/** Whether the step looks at the hosts of the service, or goes by what was seen there. */
export function dependsOnHosts({ kind }: Step): boolean {
  return kind !== "fetch-source" && kind !== "build-artifact" && kind !== "run-hook";
}
