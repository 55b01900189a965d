/** Defaults as they stand in the reference, in the forms of code. */
import type { SchemaNode } from "./reference.ts";
import { millisecondsOf, secondsOf } from "./duration.ts";
import { serverReference } from "./load.ts";
import type { PathStep } from "./problems.ts";

/** The default that the schema declares for a key of a service or a placement. */
function declared(path: readonly PathStep[]): unknown {
  const node: SchemaNode | undefined = serverReference.at(path);
  if (node?.default === undefined) throw new Error(`the schema declares no default for ${path.join(".")}`);
  return node.default;
}

const service = (...path: string[]): unknown => declared(["services", "any", ...path]);
const environment = (...path: string[]): unknown => declared(["environments", "any", ...path]);
const share = (text: unknown): number => Number.parseFloat(String(text)) / 100;
const seconds = (text: unknown): number => secondsOf(String(text));

export const defaults = {
  branch: service("source", "branch") as string,
  unit: {
    type: service("unit", "type") as "exec",
    restart: service("unit", "restart") as "on-failure",
    restartSeconds: seconds(service("unit", "restartAfter")),
    stopWithinSeconds: seconds(service("unit", "stopWithin")),
    successExitStatus: service("unit", "successExitStatus") as readonly number[],
  },
  build: {
    on: service("build", "on") as string,
    directory: service("build", "directory") as string,
    limitSeconds: seconds(service("build", "within")),
  },
  health: {
    withinSeconds: seconds(service("health", "within")),
    successes: service("health", "successes") as number,
    stableSeconds: seconds(service("health", "stable")),
    /** For a service that can be asked nothing. */
    activeForSeconds: 30,
  },
  hookSeconds: seconds(declared(["services", "any", "hooks", 0, "within"])),
  keepReleases: service("keepReleases") as number,
  tolerate: environment("limits", "tolerate") as number,
  progressSeconds: seconds(environment("limits", "progress")),
  load: share(environment("limits", "load")),
  traffic: {
    graceSeconds: seconds(environment("traffic", "drain", "grace")),
    deadlineSeconds: seconds(environment("traffic", "drain", "within")),
    longLived: environment("traffic", "drain", "longLived") as "wait",
    warmUpRequests: environment("traffic", "warmUp", "requests") as number,
    probesPerSecond: environment("traffic", "probe", "perSecond") as number,
    commandSeconds: seconds(environment("traffic", "command", "within")),
    shares: environment("traffic", "command", "shares") as boolean,
  },
  slotVariable: environment("services", "any", "slots", "variable") as string,
  analysis: {
    falseAlarm: share(environment("analysis", "falseAlarm")),
    minimumRequests: environment("analysis", "minimumRequests") as number,
    acceptedErrors: share(environment("analysis", "acceptedErrors")),
    quickMilliseconds: millisecondsOf(String(environment("analysis", "quick"))),
    everySeconds: seconds(environment("analysis", "command", "every")),
    syntheticPerSecond: environment("analysis", "synthetic", "perSecond") as number,
  },
  smokeStatus: declared(["services", "any", "smoke", 0, "status"]) as number,
  migration: {
    on: service("migration", "on") as "first-host",
    limitSeconds: seconds(service("migration", "within")),
  },
  deploysOn: environment("deploys", "on") as "request",
  quorum: environment("approval", "quorum") as number,
  approvalSeconds: seconds(environment("approval", "within")),
  reviewSeconds: seconds(environment("approval", "review")),
  mayNotApprove: {
    requester: environment("approval", "mayNotApprove", "requester") as boolean,
    pusher: environment("approval", "mayNotApprove", "pusher") as boolean,
    authors: environment("approval", "mayNotApprove", "authors") as boolean,
  },
  /** Where an environment is production. */
  watchSeconds: 900,
  onFailure: environment("watch", "onFailure") as "roll-back",
} as const;
