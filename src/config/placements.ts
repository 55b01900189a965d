/** What must be true of a service in an environment, once all layers lie over each other. */
import { largestBatch } from "../core/batch.ts";
import type { StrategyChoice } from "../core/strategies/index.ts";
import { collisions } from "./collisions.ts";
import type { Draft } from "./draft.ts";
import type { Layer } from "./layers.ts";
import { merged, pathOf, strongest } from "./layers.ts";
import type { Placement } from "./placement.ts";
import { placementsOf, portsOf } from "./placement.ts";
import type { Finding, PathStep } from "./problems.ts";
import { strategyFindings } from "./strategy-findings.ts";
import { trafficFindings } from "./traffic-findings.ts";

export function placementFindings(draft: Draft): Finding[] {
  const placements = [...placementsOf(draft)];
  return [...placements.flatMap((placement) => ownFindings(draft, placement)), ...collisions(placements)];
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
    ...trafficFindings(draft, placement),
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

function healthFindings(placement: Placement): Finding[] {
  const { layers, service, environment } = placement;
  const health = strongest(layers, "health");
  if (health === undefined) return [];
  const path = pathOf(layers, "health");
  const findings: Finding[] = [];
  const kind = "http" in health ? "http" : "tcp" in health ? "tcp" : undefined;
  if (kind !== undefined && portsOf(placement).length === 0) {
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

/**
 * The floor when nobody sets one. For rolling all hosts but the largest batch and those that may be left behind; one
 * host at least stays, unless only one is left that could be replaced. With green hosts the smaller side: it is all
 * that serves at some time. A canary takes hosts one by one, and with two slots hardly any host is out of rotation.
 */
export function defaultFloor(strategy: StrategyChoice, hosts: number, tolerate: number): number {
  if (strategy.kind === "recreate" || hosts < 2) return 0;
  const least = hosts - tolerate > 1 ? 1 : 0;
  return Math.max(least, hosts - mostOutAtOnce(strategy, hosts) - tolerate);
}

function mostOutAtOnce(strategy: Exclude<StrategyChoice, { kind: "recreate" }>, hosts: number): number {
  switch (strategy.kind) {
    case "rolling":
      return largestBatch(hosts, { size: strategy.options.batch, floor: 1 });
    case "blue-green": {
      const green = strategy.options.green?.length;
      return green === undefined ? 1 : Math.max(green, hosts - green);
    }
    case "canary":
      return 1;
  }
}
