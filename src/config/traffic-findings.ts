/** Whether the traffic of a service and its slots fit the service. */
import type { Draft } from "./draft.ts";
import { merged, pathOf, strongest } from "./layers.ts";
import type { Placement } from "./placement.ts";
import { detailedTraffic, portsOf, sharesTraffic } from "./placement.ts";
import type { Finding, PathStep } from "./problems.ts";
import { takeProxy } from "./strategy-findings.ts";

export function trafficFindings(draft: Draft, placement: Placement): Finding[] {
  return [...slotFindings(placement), ...neededPorts(placement), ...proxyFindings(draft, placement)];
}

function slotFindings({ service, layers, slots }: Placement): Finding[] {
  if (slots === undefined) return [];
  const path = pathOf(layers, "slots");
  const findings: Finding[] = [];
  const { blue, green, variable = "PORT" } = slots;
  if (blue !== undefined && blue === green) {
    const message = `Both slots of ${service} have the port ${blue}; they run at the same time.`;
    findings.push({
      code: "SB-CONFIG-SLOTS",
      path: [...path, "green"],
      message,
      hint: "Give green a port of its own.",
    });
  }
  const own = layers.findLast(({ settings }) => settings.slots !== undefined)?.settings.port;
  if (own !== undefined && own !== blue) {
    const message = `${service} has two slots here, so port: ${own} is the port of none of its copies.`;
    const hint = "Leave out port; each slot has its own.";
    findings.push({ code: "SB-CONFIG-SLOTS", path: [...path.slice(0, -1), "port"], message, hint });
  }
  const layer = layers.findLast(({ settings }) => settings.environment?.[variable] !== undefined);
  if (layer !== undefined) {
    const message = `${variable} tells ${service} the port of its slot, so it can't have one value for both.`;
    const hint = `Leave ${variable} out here, or name another variable in slots.variable.`;
    findings.push({ code: "SB-CONFIG-SLOTS", path: [...layer.path, "environment", variable], message, hint });
  }
  if (!sharesTraffic(layers)) {
    const message = `${service} has two slots, and its traffic can't switch between them.`;
    findings.push({ code: "SB-CONFIG-TRAFFIC", path, message, hint: takeProxy });
  }
  return findings;
}

/** What is asked over HTTP, or stands behind a proxy, listens somewhere. */
function neededPorts(placement: Placement): Finding[] {
  const { service, environment, layers } = placement;
  if (portsOf(placement).length > 0) return [];
  const { haproxy, nginx, health, warmUp } = detailedTraffic(layers) ?? {};
  const traffic = pathOf(layers, "traffic");
  const proxy = haproxy === undefined ? "nginx" : "haproxy";
  const asking: readonly (readonly [boolean, string, readonly PathStep[]])[] = [
    [haproxy !== undefined || nginx !== undefined, `${proxy} in front`, [...traffic, proxy]],
    [health !== undefined, "drain by health", [...traffic, "health"]],
    [warmUp !== undefined, "warm-up", [...traffic, "warmUp"]],
    [(strongest(layers, "smoke") ?? []).length > 0, "smoke requests", pathOf(layers, "smoke")],
    [merged(layers, "analysis").synthetic !== undefined, "synthetic requests", pathOf(layers, "analysis")],
  ];
  return asking.flatMap(([isAsked, what, path]) => {
    if (!isAsked) return [];
    const message = `${service} in ${environment} has ${what} and no port.`;
    const hint = `Add port: to services.${service} in the server file.`;
    return [{ code: "SB-CONFIG-PORT" as const, path, at: "key" as const, message, hint }];
  });
}

/** What goes into a proxy's configuration is narrower than what goes elsewhere. */
function proxyFindings(draft: Draft, placement: Placement): Finding[] {
  const { service, layers, hosts, proxy } = placement;
  if (proxy === undefined) return [];
  const health = strongest(layers, "health")?.http;
  const findings = ownProxyFindings(placement);
  if (health !== undefined && !/^[A-Za-z0-9/._~?&=-]+$/.test(health)) {
    const message = `The proxy of ${service} can't ask ${health}: such characters mean something in its configuration.`;
    const hint = "Give the health check a path of letters, digits and / . _ ~ ? & = -.";
    findings.push({ code: "SB-CONFIG-TRAFFIC", path: pathOf(layers, "health"), message, hint });
  }
  for (const host of hosts) {
    const address = draft.hosts.get(host)?.address;
    if (address === undefined || /^[A-Za-z0-9.:-]+$/.test(address)) continue;
    const message = `The proxy of ${service} can't send requests to ${address}, the address of ${host}.`;
    const hint = "Give the host an address of letters, digits and . : -.";
    findings.push({ code: "SB-CONFIG-TRAFFIC", path: ["hosts", host, "address"], message, hint });
  }
  return findings;
}

/** A proxy beside the service itself. */
function ownProxyFindings(placement: Placement): Finding[] {
  const { service, hosts, proxy } = placement;
  const beside = proxy?.hosts.find((host) => hosts.includes(host));
  if (proxy?.bind === undefined || beside === undefined || !portsOf(placement).includes(proxy.bind)) return [];
  const message = `The proxy on ${beside} would listen on ${proxy.bind}, where ${service} itself does.`;
  const hint = "Give the service another port, and keep this one for the proxy.";
  return [{ code: "SB-CONFIG-PORT", path: [...proxy.path, "bind"], message, hint }];
}
