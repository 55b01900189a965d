/** What a configuration says about one service in one environment, with every default filled in. */
import { userNamePattern } from "../core/names.ts";
import type { EnvironmentPolicy } from "../core/policy.ts";
import type { Target } from "../core/service.ts";
import { approvalPolicyOf } from "./approval.ts";
import { defaults } from "./defaults.ts";
import type { Layer } from "./layers.ts";
import { layersOf, merged, runUserOf, strongest } from "./layers.ts";
import type { Configuration } from "./load.ts";
import { defaultFloor } from "./placements.ts";
import type { Finding, Problem } from "./problems.ts";
import { ConfigurationError, unplaced } from "./problems.ts";
import { buildOf, defaultStrategy, healthOf, hookOf, runtimeOf, sourceOf, unitOf } from "./resolve-service.ts";
import { analysisOf, migrationOf, slotsOf, smokeOf, trafficOf } from "./resolve-traffic.ts";
import { nearest } from "./suggest.ts";

/** @throws {ConfigurationError} when the service is not there, or something is missing before it can be deployed */
export function resolveTarget(configuration: Configuration, service: string, environment: string): Target {
  const ground = groundOf(configuration, service, environment);
  const layers = layersOf(configuration, service, environment);
  const findings = incomplete(service, layers);
  if (findings.length > 0) throw failure(configuration, findings);

  const { hosts, port, slots, user, strategy } = ground;
  const { floor, tolerate, progress, load } = merged(layers, "limits");
  const source = sourceOf(layers);
  const build = buildOf(layers);
  const health = healthOf(layers, slots?.ports.blue ?? port);
  const migration = migrationOf(layers);
  const { watch } = policyOf(configuration, environment);
  return {
    service,
    environment,
    hosts,
    zones: zonesOf(configuration, hosts),
    root: ground.root,
    slot: ground.slot,
    ...(slots === undefined ? {} : { slots }),
    ...(source === undefined ? {} : { source }),
    runtime: runtimeOf(layers),
    ...(build === undefined ? {} : { build }),
    unit: unitOf(service, user, layers),
    ...(port === undefined ? {} : { port }),
    health,
    variables: { ...merged(layers, "environment") },
    directories: ground.directories,
    hooks: (strongest(layers, "hooks") ?? []).map(hookOf),
    strategy,
    limits: {
      floor: floor ?? defaultFloor(strategy, hosts.length, tolerate ?? defaults.tolerate),
      tolerate: tolerate ?? defaults.tolerate,
      progressSeconds: progress ?? defaults.progressSeconds,
      load: load ?? defaults.load,
    },
    singleton: strongest(layers, "singleton") ?? false,
    keepReleases: strongest(layers, "keepReleases") ?? defaults.keepReleases,
    traffic: trafficOf(service, layers, health, configuration.fleet),
    analysis: analysisOf(layers),
    smoke: smokeOf(layers),
    ...(migration === undefined ? {} : { migration }),
    watchSeconds: watch.seconds,
    onWatchFailure: watch.onFailure,
    ...(ground.adopts === undefined ? {} : { adopts: ground.adopts }),
  };
}

/** What a service takes up on its hosts. Known from the server file alone, before its service file is. */
export interface Ground extends Pick<
  Target,
  "hosts" | "root" | "slot" | "slots" | "port" | "directories" | "adopts" | "strategy" | "source"
> {
  readonly user: string;
}

/** @throws {ConfigurationError} when the service is not there */
export function groundOf(configuration: Configuration, service: string, environment: string): Ground {
  const absent = absence(configuration, service, environment);
  if (absent !== undefined) throw failure(configuration, [absent]);

  const layers = layersOf(configuration, service, environment);
  const hosts = strongest(layers, "hosts") ?? [];
  const slots = slotsOf(layers);
  // With slots a port says where the service listens elsewhere, in environments without them.
  const port = slots === undefined ? strongest(layers, "port") : undefined;
  const adopts = strongest(layers, "adopts");
  const source = sourceOf(layers);
  return {
    hosts,
    ...(source === undefined ? {} : { source }),
    root: strongest(layers, "root") ?? `/srv/${service}`,
    slot: "main",
    ...(slots === undefined ? {} : { slots }),
    strategy: strongest(layers, "strategy") ?? defaultStrategy(layers, hosts.length),
    user: runUserOf(layers).user ?? service,
    ...(port === undefined ? {} : { port }),
    directories: strongest(layers, "directories") ?? [],
    ...(adopts === undefined ? {} : { adopts: adopts.endsWith(".service") ? adopts : `${adopts}.service` }),
  };
}

function zonesOf({ fleet }: Configuration, hosts: readonly string[]): Readonly<Record<string, string>> {
  const zones = hosts.map((host) => [host, fleet.get(host)?.zone]);
  return Object.fromEntries(zones.filter(([, zone]) => zone !== undefined)) as Readonly<Record<string, string>>;
}

/** @throws {ConfigurationError} when there is no such environment */
export function policyOf(configuration: Configuration, environment: string): EnvironmentPolicy {
  const settings = configuration.environments.get(environment)?.settings;
  if (settings === undefined) {
    throw failure(configuration, [noEnvironment(configuration, environment)]);
  }
  const { deploys = {}, approval, watch } = settings;
  const isProduction = approval !== undefined || environment === "production" || environment === "prod";
  return {
    environment,
    deploys: {
      on: deploys.on ?? defaults.deploysOn,
      ...(deploys.branch === undefined ? {} : { branch: deploys.branch }),
      ...(deploys.branches === undefined ? {} : { branches: deploys.branches }),
      ...(deploys.tags === undefined ? {} : { tags: deploys.tags }),
      ...(deploys.paths === undefined ? {} : { paths: { include: [], exclude: [], ...deploys.paths } }),
    },
    ...(approval === undefined
      ? {}
      : {
          approval: approvalPolicyOf(approval, defaults),
        }),
    watch: {
      seconds: watch?.for ?? (isProduction ? defaults.watchSeconds : 0),
      onFailure: watch?.onFailure ?? defaults.onFailure,
    },
  };
}

/** Every service that has a place in an environment, in the order of the file. */
export function placesOfServices(
  configuration: Configuration,
): readonly { readonly service: string; readonly environment: string }[] {
  return [...configuration.environments].flatMap(([environment, { services }]) => {
    return [...services.keys()].map((service) => ({ service, environment }));
  });
}

function failure(configuration: Configuration, findings: readonly Finding[]): ConfigurationError {
  return new ConfigurationError(
    findings.map((finding): Problem => {
      const place = configuration.place(finding.path, finding.at);
      return { ...unplaced(finding), ...(place === undefined ? {} : { place }) };
    }),
  );
}

function absence(configuration: Configuration, service: string, environment: string): Finding | undefined {
  const { environments, services } = configuration;
  const place = environments.get(environment);
  if (place === undefined) return noEnvironment(configuration, environment);
  if (place.services.has(service)) return undefined;
  const path = ["environments", environment, "services"];
  if (services.has(service)) {
    const message = `${service} has no place in ${environment}.`;
    return { code: "SB-CONFIG-SERVICE", path, at: "key", message, hint: `Add it to ${path.join(".")}.` };
  }
  const message = `There is no service ${service}.`;
  return {
    code: "SB-CONFIG-SERVICE",
    path: ["services"],
    at: "key",
    message,
    hint: guessOrList(service, services.keys()),
  };
}

function noEnvironment({ environments }: Configuration, name: string): Finding {
  const message = `There is no environment ${name}.`;
  const hint = guessOrList(name, environments.keys());
  return { code: "SB-CONFIG-ENVIRONMENT", path: ["environments"], at: "key", message, hint };
}

function guessOrList(word: string, known: Iterable<string>): string {
  const names = [...known];
  const guess = nearest(word, names);
  return guess === undefined ? `There are: ${names.slice(0, 10).join(", ") || "none"}.` : `Did you mean ${guess}?`;
}

function incomplete(service: string, layers: readonly Layer[]): Finding[] {
  const path = ["services", service];
  const findings: Finding[] = [];
  if (merged(layers, "unit").exec === undefined) {
    const message = `${service} has no unit.exec: nothing says how it is started.`;
    const hint = "Add unit: { exec: [...] } to the server file or to signalbox.service.yml in its repository.";
    findings.push({ code: "SB-CONFIG-INCOMPLETE", path, at: "key", message, hint });
  }
  const { user = service } = runUserOf(layers);
  if (!userNamePattern.test(user)) {
    const message = `${service} can't be the name of a user, so the run user must be named.`;
    findings.push({ code: "SB-CONFIG-USER", path, at: "key", message, hint: "Add user: to the service." });
  }
  const build = strongest(layers, "build");
  if (build?.run !== undefined && build.artifact === undefined) {
    const message = `${service} is built, but nothing says what is deployed then.`;
    findings.push({
      code: "SB-CONFIG-INCOMPLETE",
      path: [...path, "build"],
      message,
      hint: "Add artifact: to its build.",
    });
  }
  return findings;
}
