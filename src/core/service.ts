/**
 * What a service needs in one environment: the answer of the configuration, with all defaults filled in.
 *
 * A `Target` is plain data. It is part of a plan, so whatever is in it is covered by the plan's digest.
 */
import type { StrategyChoice } from "./strategies/index.ts";
import type { Side, Traffic } from "./traffic.ts";

export interface Target {
  readonly service: string;
  readonly environment: string;
  /** In the order in which they are deployed to. */
  readonly hosts: readonly string[];
  /** Where only some hosts of the service are meant: the others, which stay as they are. */
  readonly others?: readonly string[];
  /** The zone of each host that has one. */
  readonly zones: Readonly<Record<string, string>>;
  /** The service's directory on hosts, e.g. `/srv/orders`. */
  readonly root: string;
  /** The slot it runs in where it has only one. */
  readonly slot: string;
  /** Two copies side by side on each host, in the slots `blue` and `green`. */
  readonly slots?: Slots;
  readonly source?: Source;
  readonly runtime: readonly RuntimeRequirement[];
  readonly build?: Build;
  readonly unit: Unit;
  readonly port?: number;
  readonly health: HealthCheck;
  /** Variables of the unit. Secrets stand here as `${secret:NAME}`, never as values. */
  readonly variables: Readonly<Record<string, string>>;
  /** Further directories that belong to the run user, e.g. for logs. */
  readonly directories: readonly string[];
  readonly hooks: readonly Hook[];
  readonly strategy: StrategyChoice;
  readonly limits: RolloutLimits;
  /** Never two running copies: planned as stop, then start, with the downtime shown. */
  readonly singleton: boolean;
  /** How many releases stay on each host, the current one included. */
  readonly keepReleases: number;
  readonly traffic: Traffic;
  readonly analysis: AnalysisRules;
  /** What is asked of a release on its host, by nobody but Signalbox, before users come to it. */
  readonly smoke: readonly SmokeRequest[];
  /** A change of the data that comes with the release. */
  readonly migration?: Migration;
  /** How long a release is watched after its rollout; 0 is not at all. */
  readonly watchSeconds: number;
  readonly onWatchFailure: "roll-back" | "report";
  /** A unit that ran the service before Signalbox did. It is release 0: stopped by the first activation, started again by its rollback. */
  readonly adopts?: string;
}

/** Where the source comes from. `git` never holds a credential. */
export interface Source {
  readonly git: string;
  /** The branch that is deployed when nobody names a revision. */
  readonly branch: string;
  readonly submodules: boolean;
  /** A program on the server that prints the password or token when git asks, in the way of GIT_ASKPASS. */
  readonly askpass?: string;
  /** A private key on the server for git over SSH. */
  readonly identityFile?: string;
  /** Pinned public keys of the git server, as in a known_hosts line without its first word. */
  readonly hostKeys: readonly string[];
}

/** A runtime with its version range, checked with the very binary that the unit starts. */
export interface RuntimeRequirement {
  readonly kind: "java" | "node" | "python" | "go" | "command";
  /** For `command`: the argument list that prints the version. */
  readonly argv?: readonly string[];
  /** Such as `>=21 <22`. */
  readonly range: string;
}

export interface Build {
  /** `server`, `host` (on each host, in a separate niced directory), or the name of a builder host. */
  readonly on: string;
  /** Argument lists, run one after the other in the source's directory. */
  readonly run: readonly (readonly string[])[];
  /** Relative path of what is deployed: a file, or a directory whose content is deployed. */
  readonly artifact: string;
  /** Relative directory of the source in which it is built. */
  readonly directory: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly limitSeconds: number;
}

/** The systemd unit in a typed form; never free text. */
export interface Unit {
  readonly description: string;
  /** Argument list. The first element is found on the host's PATH at `stage` time when it is not a path. */
  readonly exec: readonly string[];
  /** The run user; root is refused. */
  readonly user: string;
  readonly type: "simple" | "exec" | "notify";
  readonly restart: "always" | "on-failure" | "no";
  readonly restartSeconds: number;
  readonly stopWithinSeconds: number;
  readonly successExitStatus: readonly number[];
  readonly memoryMax?: string;
  readonly openFiles?: number;
}

/** When a release counts as healthy. Asked from the host itself. */
export interface HealthCheck {
  readonly kind: "http" | "tcp" | "command" | "active";
  /** For `http`. */
  readonly path?: string;
  /** For `command`: run as the run user; exit status 0 is healthy. */
  readonly argv?: readonly string[];
  readonly withinSeconds: number;
  readonly successes: number;
  /** Healthy and not restarted for at least this long. */
  readonly stableSeconds: number;
  /** Where the service tells its release; the first word of the answer is compared. */
  readonly versionPath?: string;
}

export interface Hook {
  readonly at:
    | "before-build"
    | "after-build"
    | "before-rollout"
    | "after-rollout"
    | "before-activate"
    | "after-activate";
  /** `server`, `first-host`, `every-host`, or the name of a host. */
  readonly on: string;
  readonly run: readonly string[];
  /** Beside those that every hook has; references to secrets, never values. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly limitSeconds: number;
}

export interface RolloutLimits {
  /** Healthy hosts in rotation never fall below this number. */
  readonly floor: number;
  /** Unreachable hosts that may be left behind. */
  readonly tolerate: number;
  /** Without progress for this long the rollout gives up and rolls back. */
  readonly progressSeconds: number;
  /** The most of its processors, from 0 to 1, that a host may be busy with when others are out of rotation. */
  readonly load: number;
}

/** Where two copies of a service listen on one host. */
export interface Slots {
  readonly ports: Readonly<Record<Side, number>>;
  /** The variable that tells the service its port. */
  readonly variable: string;
}

/** When a candidate counts as worse than the baseline. */
export interface AnalysisRules {
  /** The probability of calling a release bad that is as good as the baseline, at most; from 0 to 1. */
  readonly falseAlarm: number;
  /** Requests that the candidate must have answered before it can pass. */
  readonly minimumRequests: number;
  /** A share of errors up to this is not held against a release that has nothing to be compared with; from 0 to 1. */
  readonly acceptedErrors: number;
  /** Answers quicker than this are quick enough, whatever the baseline does; milliseconds. */
  readonly quickMilliseconds: number;
  /** A command of the team on the server; exit status 0 is good. */
  readonly command?: { readonly run: readonly string[]; readonly everySeconds: number };
  /** Safe requests that Signalbox makes itself where users make too few. */
  readonly synthetic?: { readonly paths: readonly string[]; readonly perSecond: number };
}

export interface SmokeRequest {
  readonly path: string;
  readonly status: number;
  /** What the answer's body has in it. */
  readonly contains?: string;
}

/** Run once per environment, outside of the service's start. */
export interface Migration {
  readonly id: string;
  /** `expand` fits both releases and runs before the rollout; `contract` takes away what the old one needs, and runs last. */
  readonly kind: "expand" | "contract";
  /** Must have succeeded before. */
  readonly backup: readonly string[];
  readonly run: readonly string[];
  /** Of the backup, too; references to secrets, never values. */
  readonly variables?: Readonly<Record<string, string>>;
  /** `server` or `first-host`. */
  readonly on: "server" | "first-host";
  readonly limitSeconds: number;
}
