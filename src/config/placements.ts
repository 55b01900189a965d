/** What must be true of a service in an environment, once all layers lie over each other. */
import { largestBatch } from "../core/batch.ts";
import type { StrategyChoice } from "../core/strategies/index.ts";
import type { Draft } from "./draft.ts";
import type { Layer } from "./layers.ts";
import { layersOf, merged, pathOf, strongest } from "./layers.ts";
import type { Finding, PathStep } from "./problems.ts";

interface Placement {
  readonly service: string;
  readonly environment: string;
  readonly layers: readonly Layer[];
  readonly hosts: readonly string[];
  readonly root: string;
  readonly port: number | undefined;
}

export function placementFindings(draft: Draft): Finding[] {
  const placements = [...placementsOf(draft)];
  return [...placements.flatMap((placement) => ownFindings(draft, placement)), ...collisions(placements)];
}

function* placementsOf(draft: Draft): Generator<Placement> {
  for (const [environment, { services }] of draft.environments) {
    for (const service of services.keys()) {
      if (!draft.services.has(service)) continue;
      const layers = layersOf(draft, service, environment);
      const hosts = strongest(layers, "hosts") ?? [];
      const root = strongest(layers, "root") ?? `/srv/${service}`;
      yield { service, environment, layers, hosts, root, port: strongest(layers, "port") };
    }
  }
}

function ownFindings(draft: Draft, placement: Placement): Finding[] {
  const { service, environment, layers, hosts } = placement;
  const here = layers.at(-1)!.path;
  if (hosts.length === 0) {
    const message = `${service} has no hosts in ${environment}.`;
    const hint = `Add hosts: to it, or to ${environment} for all its services.`;
    return [{ code: "SB-CONFIG-HOSTS", path: here, at: "key", message, hint }];
  }
  return [
    ...limitFindings(placement),
    ...strategyFindings(placement),
    ...healthFindings(placement),
    ...unitFindings(draft, placement),
  ];
}

function limitFindings({ layers, hosts, service }: Placement): Finding[] {
  const { floor, tolerate = 0 } = merged(layers, "limits");
  const findings: Finding[] = [];
  if (floor !== undefined && floor >= hosts.length) {
    const message = `A floor of ${floor} leaves none of the ${hosts.length} host(s) of ${service} free to be replaced.`;
    const hint =
      hosts.length > 1 ? `The floor can be ${hosts.length - 1} at most.` : "With one host the floor can only be 0.";
    findings.push({ code: "SB-CONFIG-FLOOR", path: limitPath(layers, "floor"), message, hint });
  }
  if (tolerate >= hosts.length) {
    const message = `With tolerate: ${tolerate} all ${hosts.length} host(s) of ${service} could be left behind.`;
    findings.push({ code: "SB-CONFIG-TOLERATE", path: limitPath(layers, "tolerate"), message });
  }
  return findings;
}

function limitPath(layers: readonly Layer[], key: "floor" | "tolerate"): readonly PathStep[] {
  const layer = layers.findLast(({ settings }) => settings.limits?.[key] !== undefined) ?? layers.at(-1)!;
  return [...layer.path, "limits", key];
}

function strategyFindings({ layers, hosts, service }: Placement): Finding[] {
  const strategy = strongest(layers, "strategy");
  const path = pathOf(layers, "strategy");
  if (strongest(layers, "singleton") === true && hosts.length > 1) {
    const message = `${service} is a singleton, but has ${hosts.length} hosts: each of them would run a copy.`;
    return [{ code: "SB-CONFIG-SINGLETON", path: pathOf(layers, "hosts"), message, hint: "Name one host." }];
  }
  if (strategy?.kind !== "rolling") return [];
  if (hosts.length === 1) {
    const message = `${service} is rolled over one host: it is down for a moment, as with recreate.`;
    return [{ code: "SB-CONFIG-STRATEGY", severity: "warning", path, message }];
  }
  const { floor } = merged(layers, "limits");
  const { batch } = strategy.options;
  if (floor === undefined || floor >= hosts.length || typeof batch !== "number" || batch <= hosts.length - floor)
    return [];
  const message = `Batches of ${batch} would leave less than the floor of ${floor}; they become batches of ${hosts.length - floor}.`;
  return [{ code: "SB-CONFIG-STRATEGY", severity: "warning", path, message }];
}

function healthFindings({ layers, port, service, environment }: Placement): Finding[] {
  const health = strongest(layers, "health");
  if (health === undefined) return [];
  const path = pathOf(layers, "health");
  const findings: Finding[] = [];
  const kind = "http" in health ? "http" : "tcp" in health ? "tcp" : undefined;
  if (kind !== undefined && port === undefined) {
    const message = `The ${kind} health check of ${service} needs a port in ${environment}, and none is set.`;
    findings.push({ code: "SB-CONFIG-PORT", path, message, hint: `Add port: to services.${service}.` });
  }
  if (!("http" in health) && "version" in health) {
    const message = `health.version of ${service} is asked over HTTP and needs health.http.`;
    findings.push({ code: "SB-CONFIG-HEALTH", path, message });
  }
  const { within = 60, stable = 10, "active-for": activeFor } = health;
  const needed = activeFor ?? stable;
  if (needed >= within && (activeFor === undefined || "within" in health)) {
    const message = `${service} has to be stable for ${needed} s, but healthy within ${within} s already.`;
    findings.push({ code: "SB-CONFIG-HEALTH", path, message, hint: "Give it more time in health.within." });
  }
  return findings;
}

/** Not an error: the rest may come with the service's own file. */
function unitFindings(draft: Draft, { layers, service }: Placement): Finding[] {
  if (merged(layers, "unit").exec !== undefined) return [];
  const hint =
    draft.services.get(service)?.source === undefined
      ? `Add unit: { exec: [...] } to services.${service}.`
      : `It must come with signalbox.service.yml in its repository, or as unit: { exec: [...] } in services.${service}.`;
  const message = `${service} has no unit.exec here: nothing says how it is started.`;
  return [{ code: "SB-CONFIG-INCOMPLETE", severity: "warning", path: ["services", service], at: "key", message, hint }];
}

/** Two placements on one host must not share a directory, a unit or a port. */
function collisions(placements: readonly Placement[]): Finding[] {
  const taken = new Map<string, Placement>();
  const told = new Set<string>();
  const findings: Finding[] = [];
  const claim = (thing: string, placement: Placement, tell: (other: Placement) => Finding): void => {
    const other = taken.get(thing);
    if (other === undefined) {
      taken.set(thing, placement);
      return;
    }
    const finding = tell(other);
    const key = `${finding.code} ${finding.message}`;
    if (other !== placement && !told.has(key)) findings.push(finding);
    told.add(key);
  };
  for (const placement of placements) {
    for (const host of new Set(placement.hosts)) claimAll(host, placement, claim);
  }
  return findings;
}

function claimAll(
  host: string,
  placement: Placement,
  claim: (thing: string, placement: Placement, tell: (other: Placement) => Finding) => void,
): void {
  const { service, environment, layers, root, port } = placement;
  const collision = (other: Placement, thing: string): Finding => ({
    code: "SB-CONFIG-COLLISION",
    path: pathOf(layers, "hosts"),
    message: `${service} in ${environment} and ${other.service} in ${other.environment} would share ${thing} on ${host}.`,
    hint: "Give one of them another host, or describe it as a service of its own.",
  });
  claim(`unit ${service} on ${host}`, placement, (other) => collision(other, `the unit ${service}@main.service`));
  claim(`root ${root} on ${host}`, placement, (other) => {
    return collision(other, other.service === service ? `the unit ${service}@main.service` : `the directory ${root}`);
  });
  if (port === undefined) return;
  claim(`port ${port} on ${host}`, placement, (other) => {
    if (other.service === service) return collision(other, `the unit ${service}@main.service`);
    const message = `${service} in ${environment} and ${other.service} in ${other.environment} both listen on ${port} on ${host}.`;
    return { code: "SB-CONFIG-PORT", path: pathOf(layers, "port"), message, hint: "Give one of them another port." };
  });
}

/**
 * The floor when nobody sets one: for rolling all hosts but the largest batch and those that may be left behind. One
 * host at least stays, unless only one is left that could be replaced.
 */
export function defaultFloor(strategy: StrategyChoice, hosts: number, tolerate: number): number {
  if (strategy.kind !== "rolling" || hosts < 2) return 0;
  const least = hosts - tolerate > 1 ? 1 : 0;
  return Math.max(least, hosts - largestBatch(hosts, { size: strategy.options.batch, floor: 1 }) - tolerate);
}
