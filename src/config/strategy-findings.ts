/** Whether the strategy of a service fits its hosts, its slots and its traffic. */
import type { StrategyChoice } from "../core/strategies/index.ts";
import { merged, pathOf, strongest } from "./layers.ts";
import type { Placement } from "./placement.ts";
import { detailedTraffic, sharesTraffic } from "./placement.ts";
import type { Finding, PathStep } from "./problems.ts";

type Options<Kind extends StrategyChoice["kind"]> = Extract<StrategyChoice, { kind: Kind }>["options"];

export function strategyFindings(placement: Placement): Finding[] {
  const { layers } = placement;
  if (strongest(layers, "singleton") === true) {
    const findings = singletonFindings(placement);
    if (findings.length > 0) return findings;
  }
  const strategy = strongest(layers, "strategy");
  switch (strategy?.kind) {
    case undefined:
      return [];
    case "recreate":
      return recreateFindings(placement);
    case "rolling":
      return rollingFindings(placement, strategy.options);
    case "blue-green":
      return blueGreenFindings(placement, strategy.options);
    case "canary":
      return canaryFindings(placement, strategy.options);
  }
}

function singletonFindings({ layers, hosts, slots, service }: Placement): Finding[] {
  const strategy = strongest(layers, "strategy")?.kind;
  const findings: Finding[] = [];
  const add = (path: readonly PathStep[], message: string, hint: string): void => {
    findings.push({ code: "SB-CONFIG-SINGLETON", path, message: `${service} is a singleton, but ${message}.`, hint });
  };
  if (hosts.length > 1) {
    add(pathOf(layers, "hosts"), `has ${hosts.length} hosts: each of them would run a copy`, "Name one host.");
  }
  if (slots !== undefined) {
    add(pathOf(layers, "slots"), "has two slots: a second copy would run beside the first", "Leave out slots.");
  }
  if (strategy === "blue-green" || strategy === "canary") {
    add(pathOf(layers, "strategy"), `${strategy} runs the new release beside the old one`, "Take recreate.");
  }
  return findings;
}

function recreateFindings({ layers, slots, service }: Placement): Finding[] {
  if (slots === undefined) return [];
  const message = `${service} has two slots, but recreate stops the copy that serves and leaves the other slot alone.`;
  const hint = "Take rolling, blue-green or canary, and nobody notices.";
  return [{ code: "SB-CONFIG-STRATEGY", severity: "warning", path: pathOf(layers, "strategy"), message, hint }];
}

function rollingFindings({ layers, hosts, slots, service }: Placement, { batch }: Options<"rolling">): Finding[] {
  const path = pathOf(layers, "strategy");
  if (hosts.length === 1) {
    // The new copy starts in the other slot, and the proxy moves over to it.
    if (slots !== undefined) return [];
    const message = `${service} is rolled over one host: it is down for a moment, as with recreate.`;
    const hint = "With slots: and a proxy, on the same host if need be, nobody notices.";
    return [{ code: "SB-CONFIG-STRATEGY", severity: "warning", path, message, hint }];
  }
  const { floor } = merged(layers, "limits");
  if (floor === undefined || floor >= hosts.length || typeof batch !== "number" || batch <= hosts.length - floor)
    return [];
  const message = `Batches of ${batch} would leave less than the floor of ${floor}; they become batches of ${hosts.length - floor}.`;
  return [{ code: "SB-CONFIG-STRATEGY", severity: "warning", path, message }];
}

function blueGreenFindings(placement: Placement, { green }: Options<"blue-green">): Finding[] {
  const { layers, slots, service } = placement;
  const path = pathOf(layers, "strategy");
  const findings: Finding[] = [];
  if (slots === undefined && green === undefined) {
    const message = `blue-green needs a place for the second copy of ${service}: two slots, or green hosts.`;
    const hint = "Add slots: { blue: 8081, green: 8082 }, or name hosts in strategy: { blue-green: { green: [...] } }.";
    findings.push({ code: "SB-CONFIG-SLOTS", path, message, hint });
  }
  if (slots !== undefined && green !== undefined) {
    const message = `${service} has two slots on each host, and green hosts, too.`;
    findings.push({ code: "SB-CONFIG-SLOTS", path, message, hint: "Leave one of them out." });
  }
  if (!sharesTraffic(layers)) {
    const message = `blue-green moves all traffic of ${service} at once, and its traffic can't do that.`;
    findings.push({ code: "SB-CONFIG-TRAFFIC", path, message, hint: takeProxy });
  }
  return [...findings, ...greenFindings(placement, green ?? [], [...path, "blue-green", "green"])];
}

export const takeProxy = "Take haproxy or nginx in traffic:, or command with shares: true.";

function greenFindings({ hosts, service }: Placement, green: readonly string[], path: readonly PathStep[]): Finding[] {
  const findings = green.flatMap((host, index): Finding[] => {
    const here = [...path, index];
    if (green.indexOf(host) < index) {
      return [{ code: "SB-CONFIG-DUPLICATE", path: here, message: `${host} is named twice.` }];
    }
    if (hosts.includes(host)) return [];
    const message = `${host} is not one of the hosts of ${service}, so it can't be green.`;
    return [{ code: "SB-CONFIG-STRATEGY", path: here, message, hint: `Its hosts are ${hosts.join(", ")}.` }];
  });
  if (green.length === 0 || hosts.some((host) => !green.includes(host))) return findings;
  const message = `All hosts of ${service} are green, so none is left to be blue.`;
  return [...findings, { code: "SB-CONFIG-STRATEGY", path, message }];
}

function canaryFindings(placement: Placement, options: Options<"canary">): Finding[] {
  const { layers, hosts, slots, service } = placement;
  const path = pathOf(layers, "strategy");
  const findings = orderFindings(options, [...path, "canary"]);
  if (slots === undefined && hosts.length < 2) {
    const message = `A canary of ${service} needs a second place beside the release that serves, and it has one host.`;
    findings.push({ code: "SB-CONFIG-STRATEGY", path, message, hint: "Add a second host, or slots: and a proxy." });
    return findings;
  }
  if (slots !== undefined || sharesTraffic(layers)) return [...findings, ...judgementFindings(placement)];
  const [weight = 0] = options.weights;
  const count = Math.max(1, Math.min(Math.ceil((hosts.length * weight) / 100), hosts.length - 1));
  const message = `canary of ${service} by host count: ${weight} % of ${hosts.length} hosts is ${count === 1 ? "one host" : `${count} hosts`}.`;
  const hint = "For shares of the requests, take haproxy or nginx in traffic:, or command with shares: true.";
  return [...findings, { code: "SB-CONFIG-STRATEGY", severity: "warning", path, message, hint }];
}

/** A command tells no requests, so something else has to say how the releases do. */
function judgementFindings({ layers, service }: Placement): Finding[] {
  const { command, synthetic } = merged(layers, "analysis");
  if (detailedTraffic(layers)?.command === undefined || command !== undefined || synthetic !== undefined) return [];
  const message = `A canary of ${service} has nothing to be judged by: a command tells nothing about the requests.`;
  const hint = "Add analysis: { synthetic: { paths: [/healthz] } }, or a command there.";
  return [{ code: "SB-CONFIG-STRATEGY", severity: "warning", path: pathOf(layers, "strategy"), message, hint }];
}

function orderFindings(
  { weights, soakSeconds, longestSoakSeconds }: Options<"canary">,
  path: readonly PathStep[],
): Finding[] {
  const findings: Finding[] = [];
  const index = weights.findIndex((weight, index) => index > 0 && weight <= weights[index - 1]!);
  if (index > 0) {
    const message = `The weights of a canary must rise, and ${weights[index]} comes after ${weights[index - 1]}.`;
    findings.push({ code: "SB-CONFIG-STRATEGY", path: [...path, "weights", index], message });
  }
  if (longestSoakSeconds < soakSeconds) {
    const message = `A comparison goes on for ${soakSeconds} s at least, so longestSoak can't be ${longestSoakSeconds} s.`;
    findings.push({ code: "SB-CONFIG-STRATEGY", path: [...path, "longestSoak"], message });
  }
  return findings;
}
