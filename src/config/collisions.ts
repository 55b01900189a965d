/** Two placements on one host must not share a directory, a unit or a port, nor a port or a name on a proxy. */
import { pathOf } from "./layers.ts";
import type { Placement } from "./placement.ts";
import { portsOf } from "./placement.ts";
import type { Finding, PathStep } from "./problems.ts";

type Claim = (thing: string, placement: Placement, tell: (other: Placement) => Finding) => void;

export function collisions(placements: readonly Placement[]): Finding[] {
  const taken = new Map<string, Placement>();
  const told = new Set<string>();
  const findings: Finding[] = [];
  const claim: Claim = (thing, placement, tell) => {
    const other = taken.get(thing);
    if (other === undefined) {
      taken.set(thing, placement);
      return;
    }
    if (other === placement) return;
    const finding = tell(other);
    const key = `${finding.code} ${finding.message}`;
    if (!told.has(key)) findings.push(finding);
    told.add(key);
  };
  for (const placement of placements) {
    for (const host of new Set(placement.hosts)) claimOnHost(host, placement, claim);
    for (const host of new Set(placement.proxy?.hosts)) claimOnProxy(host, placement, claim);
  }
  return findings;
}

function both({ service, environment }: Placement, other: Placement): string {
  return `${service} in ${environment} and ${other.service} in ${other.environment}`;
}

function claimOnHost(host: string, placement: Placement, claim: Claim): void {
  const { service, layers, root } = placement;
  const unit = `the unit ${service}@main.service`;
  const collision = (other: Placement, thing: string): Finding => ({
    code: "SB-CONFIG-COLLISION",
    path: pathOf(layers, "hosts"),
    message: `${both(placement, other)} would share ${thing} on ${host}.`,
    hint: "Give one of them another host, or describe it as a service of its own.",
  });
  claim(`unit ${service} on ${host}`, placement, (other) => collision(other, unit));
  claim(`root ${root} on ${host}`, placement, (other) => {
    return collision(other, other.service === service ? unit : `the directory ${root}`);
  });
  for (const port of portsOf(placement)) {
    claim(`port ${port} on ${host}`, placement, (other) => {
      if (other.service === service && other.hosts.includes(host)) return collision(other, unit);
      const path = portPath(placement, port);
      const message = `${both(placement, other)} both listen on ${port} on ${host}.`;
      return { code: "SB-CONFIG-PORT", path, message, hint: "Give one of them another port." };
    });
  }
}

function portPath({ layers, slots }: Placement, port: number): readonly PathStep[] {
  if (slots === undefined) return pathOf(layers, "port");
  return [...pathOf(layers, "slots"), slots.blue === port ? "blue" : "green"];
}

function claimOnProxy(host: string, placement: Placement, claim: Claim): void {
  const { path, name, bind } = placement.proxy!;
  claim(`name ${name} on ${host}`, placement, (other) => ({
    code: "SB-CONFIG-COLLISION",
    path: [...path, "name"],
    message: `${both(placement, other)} would share the name ${name} on the proxy ${host}.`,
    hint: `Give one of them a name of its own, such as name: ${name}-${placement.environment}.`,
  }));
  if (bind === undefined) return;
  claim(`port ${bind} on ${host}`, placement, (other) => ({
    code: "SB-CONFIG-PORT",
    path: [...path, "bind"],
    message: `${both(placement, other)} both listen on ${bind} on ${host}.`,
    hint: "Give one of them another port.",
  }));
}
