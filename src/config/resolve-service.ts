/** A service's own part of a target: what it is, wherever it runs. */
import type { Build, HealthCheck, Hook, RuntimeRequirement, Source, Unit } from "../core/service.ts";
import type { StrategyChoice } from "../core/strategies/index.ts";
import { strategies } from "../core/strategies/index.ts";
import { defaults } from "./defaults.ts";
import type { Layer } from "./layers.ts";
import { merged, strongest } from "./layers.ts";

/** A singleton is stopped before it is started again, which is what recreate does; a slot beside the other needs no stop. */
export function defaultStrategy(layers: readonly Layer[], hosts: number): StrategyChoice {
  const isSingleton = strongest(layers, "singleton") === true;
  const hasSlots = strongest(layers, "slots") !== undefined;
  return (hosts > 1 || hasSlots) && !isSingleton
    ? { kind: "rolling", options: strategies.rolling.options.parse({}) }
    : { kind: "recreate", options: strategies.recreate.options.parse({}) };
}

export function sourceOf(layers: readonly Layer[]): Source | undefined {
  const {
    git,
    branch = defaults.branch,
    submodules = false,
    hostKeys = [],
    ...rest
  } = strongest(layers, "source") ?? {};
  return git === undefined ? undefined : { git, branch, submodules, hostKeys, ...rest };
}

export function runtimeOf(layers: readonly Layer[]): readonly RuntimeRequirement[] {
  const { command, version, ...named } = strongest(layers, "runtime") ?? {};
  const requirements = Object.entries(named).map(([kind, range]) => ({ kind: kind as keyof typeof named, range }));
  return command === undefined || version === undefined
    ? requirements
    : [...requirements, { kind: "command", argv: command, range: version }];
}

export function buildOf(layers: readonly Layer[]): Build | undefined {
  const build = strongest(layers, "build");
  if (build === undefined) return undefined;
  return {
    on: build.on ?? defaults.build.on,
    run: build.run ?? [],
    artifact: build.artifact ?? ".",
    directory: build.directory ?? defaults.build.directory,
    variables: { ...build.environment },
    limitSeconds: build.within ?? defaults.build.limitSeconds,
  };
}

export function unitOf(service: string, user: string, layers: readonly Layer[]): Unit {
  const { exec = [], description, restartAfter, stopWithin, user: _, ...rest } = merged(layers, "unit");
  const { type, restart, restartSeconds, stopWithinSeconds, successExitStatus } = defaults.unit;
  return {
    type,
    restart,
    successExitStatus,
    ...rest,
    description: description ?? service,
    exec,
    user,
    restartSeconds: restartAfter ?? restartSeconds,
    stopWithinSeconds: stopWithin ?? stopWithinSeconds,
  };
}

export function healthOf(layers: readonly Layer[], port: number | undefined): HealthCheck {
  const given = strongest(layers, "health") ?? (port === undefined ? {} : { tcp: true as const });
  const { http, command, version, successes = defaults.health.successes } = given;
  const { within, stable: stableSeconds = defaults.health.stableSeconds } = given;
  const withinSeconds = within ?? defaults.health.withinSeconds;
  const versionPath = version === undefined ? {} : { versionPath: version };
  if (http !== undefined) return { kind: "http", path: http, withinSeconds, successes, stableSeconds, ...versionPath };
  if (given.tcp === true) return { kind: "tcp", withinSeconds, successes, stableSeconds };
  if (command !== undefined) return { kind: "command", argv: command, withinSeconds, successes, stableSeconds };
  const activeFor = given["active-for"] ?? defaults.health.activeForSeconds;
  // Being active for a minute takes a minute: the time to get there comes on top.
  return { kind: "active", withinSeconds: within ?? activeFor + withinSeconds, successes: 1, stableSeconds: activeFor };
}

export function hookOf({ at, on, run, environment, within }: NonNullable<Layer["settings"]["hooks"]>[number]): Hook {
  const usual = at.endsWith("build") ? "server" : at.endsWith("rollout") ? "first-host" : "every-host";
  const variables = environment === undefined ? {} : { variables: environment };
  return { at, on: on ?? usual, run, ...variables, limitSeconds: within ?? defaults.hookSeconds };
}
