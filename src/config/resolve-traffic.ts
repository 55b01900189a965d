/** A target's traffic, and what a new release has to stand there. */
import { isIPv6 } from "node:net";

import type { AnalysisRules, HealthCheck, Migration, Slots, SmokeRequest } from "../core/service.ts";
import type { Fleet } from "../core/topology.ts";
import type { DrainRules, Traffic, WarmUp } from "../core/traffic.ts";
import { defaults } from "./defaults.ts";
import type { Layer } from "./layers.ts";
import { merged, strongest } from "./layers.ts";
import type { DetailedTraffic, ProxySettings } from "./traffic.ts";

export function slotsOf(layers: readonly Layer[]): Slots | undefined {
  const { blue, green, variable = defaults.slotVariable } = strongest(layers, "slots") ?? {};
  return blue === undefined || green === undefined ? undefined : { ports: { blue, green }, variable };
}

export function trafficOf(service: string, layers: readonly Layer[], health: HealthCheck, fleet: Fleet): Traffic {
  const given = strongest(layers, "traffic") ?? "none";
  if (given === "none") return { kind: "none" };
  const common = { drain: drainOf(given.drain), ...warmUpOf(given.warmUp) };
  const probe = given.probe === "none" || given.probe === undefined ? undefined : given.probe;
  const probed = probe === undefined ? {} : { probe: { perSecond: defaults.traffic.probesPerSecond, ...probe } };
  for (const kind of ["haproxy", "nginx"] as const) {
    const proxy = given[kind];
    if (proxy === undefined) continue;
    const asked = given.probe === undefined ? defaultProbe(proxy, health, fleet) : probed;
    const { hosts, bind, name = service, testers } = proxy;
    return { kind, proxies: hosts, name, bind, ...(testers === undefined ? {} : { testers }), ...common, ...asked };
  }
  if (given.health !== undefined) {
    const { drain, readmit, detect } = given.health;
    return { kind: "health", drainPath: drain, readmitPath: readmit, detectSeconds: detect, ...common, ...probed };
  }
  const { run = [], within, shares = defaults.traffic.shares } = given.command ?? {};
  return {
    kind: "command",
    run,
    limitSeconds: within ?? defaults.traffic.commandSeconds,
    shares,
    ...common,
    ...probed,
  };
}

function drainOf({ grace, within, longLived }: NonNullable<DetailedTraffic["drain"]> = {}): DrainRules {
  return {
    graceSeconds: grace ?? defaults.traffic.graceSeconds,
    deadlineSeconds: within ?? defaults.traffic.deadlineSeconds,
    longLived: longLived ?? defaults.traffic.longLived,
  };
}

function warmUpOf(given: DetailedTraffic["warmUp"]): { readonly warmUp?: WarmUp } {
  return given === undefined ? {} : { warmUp: { requests: defaults.traffic.warmUpRequests, ...given } };
}

/** The way users come. Behind a jump host the proxy's port is not open to the server, and nobody asks. */
function defaultProbe(
  { hosts, bind }: ProxySettings,
  { kind, path = "/" }: HealthCheck,
  fleet: Fleet,
): { readonly probe?: { readonly url: string; readonly perSecond: number } } {
  const proxy = fleet.get(hosts[0] ?? "");
  if (kind !== "http" || proxy === undefined || proxy.jump !== undefined) return {};
  const url = `http://${addressWithPort(proxy.address, bind)}${path}`;
  return { probe: { url, perSecond: defaults.traffic.probesPerSecond } };
}

export function addressWithPort(address: string, port: number): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

export function analysisOf(layers: readonly Layer[]): AnalysisRules {
  const { quick, command, synthetic, ...rest } = merged(layers, "analysis");
  const { falseAlarm, minimumRequests, acceptedErrors, quickMilliseconds, everySeconds } = defaults.analysis;
  const every = command?.every ?? everySeconds;
  return {
    falseAlarm,
    minimumRequests,
    acceptedErrors,
    ...rest,
    quickMilliseconds: quick ?? quickMilliseconds,
    ...(command === undefined ? {} : { command: { run: command.run, everySeconds: every } }),
    ...(synthetic === undefined
      ? {}
      : { synthetic: { perSecond: defaults.analysis.syntheticPerSecond, ...synthetic } }),
  };
}

export function smokeOf(layers: readonly Layer[]): readonly SmokeRequest[] {
  return (strongest(layers, "smoke") ?? []).map((request) => ({ status: defaults.smokeStatus, ...request }));
}

export function migrationOf(layers: readonly Layer[]): Migration | undefined {
  const given = strongest(layers, "migration");
  if (given === undefined) return undefined;
  const { within, backup = [], on = defaults.migration.on, environment, ...rest } = given;
  const variables = environment === undefined ? {} : { variables: environment };
  return { ...rest, ...variables, backup, on, limitSeconds: within ?? defaults.migration.limitSeconds };
}
