/** What must be true between the parts of a configuration. Reads a draft, so that one mistake does not hide another. */
import { approvalFindings } from "./approval.ts";
import type { Draft, EnvironmentDraft } from "./draft.ts";
import { messageFindings } from "./message-settings.ts";
import { placementFindings } from "./placements.ts";
import type { Finding, PathStep } from "./problems.ts";
import { didYouMean } from "./suggest.ts";
import type { TrafficSettings } from "./traffic.ts";
import { triggerFindings } from "./trigger-findings.ts";

export function relationFindings(draft: Draft): Finding[] {
  return [
    ...hostFindings(draft),
    ...serviceFindings(draft),
    ...[...draft.environments].flatMap(([name, environment]) => environmentFindings(draft, name, environment)),
    ...placementFindings(draft),
    ...triggerFindings(draft),
    ...messageFindings(draft),
  ];
}

/** When a name is not that of a host. */
export function unknownHost(
  draft: Draft,
  host: string,
  path: readonly PathStep[],
  also: readonly string[] = [],
): Finding[] {
  if (draft.hosts.has(host) || also.includes(host)) return [];
  const hint = (): string => didYouMean(host, [...draft.hosts.keys(), ...also]) ?? hostsInWords(draft);
  return [{ code: "SB-CONFIG-HOST", path, message: `There is no host ${host}.`, hint }];
}

function hostsInWords({ hosts }: Draft): string {
  const names = [...hosts.keys()];
  if (names.length === 0) return "The file names no hosts.";
  return `The hosts are ${names.slice(0, 8).join(", ")}${names.length > 8 ? ", …" : ""}.`;
}

function hostFindings(draft: Draft): Finding[] {
  const seen = new Map<string, string>();
  return [...draft.hosts].flatMap(([name, { address, port = 22, jump }]) => {
    const findings: Finding[] = jump === undefined ? [] : jumpFindings(draft, name, jump);
    if (address === undefined) return findings;
    const place = `${address.toLowerCase()} port ${port} through ${jump ?? "nothing"}`;
    const other = seen.get(place);
    seen.set(place, name);
    if (other === undefined) return findings;
    const message = `${name} has the same address as ${other}.`;
    const hint = "One machine is one host: two names for it would be locked, drained and counted apart.";
    const path = ["hosts", name, "address"];
    return [...findings, { code: "SB-CONFIG-ADDRESS" as const, severity: "warning" as const, path, message, hint }];
  });
}

/** A longer way is a mistake; and it bounds the work on a file that is nothing else. */
const mostJumps = 8;

function jumpFindings(draft: Draft, name: string, jump: string): Finding[] {
  const path = ["hosts", name, "jump"];
  const unknown = unknownHost(draft, jump, path);
  if (unknown.length > 0) return unknown;
  const way = [name];
  for (let next: string | undefined = jump; next !== undefined; next = draft.hosts.get(next)?.jump) {
    if (next === name) {
      const message = `The way to ${name} goes in a circle: ${[...way, name].slice(0, 10).join(" → ")}.`;
      return [{ code: "SB-CONFIG-JUMP", path, message, hint: "One of these hosts must be reached directly." }];
    }
    // A circle that this host only leads into is told where it is.
    if (way.includes(next)) return [];
    way.push(next);
    if (way.length > mostJumps + 1) {
      return [{ code: "SB-CONFIG-JUMP", path, message: `The way to ${name} goes over more than ${mostJumps} hosts.` }];
    }
  }
  return [];
}

function serviceFindings(draft: Draft): Finding[] {
  return [...draft.services].flatMap(([name, { build, hooks = [], user, unit }]) => {
    const path = ["services", name];
    const both = user !== undefined && unit?.user !== undefined && user !== unit.user;
    return [
      ...(build?.on === undefined ? [] : unknownHost(draft, build.on, [...path, "build", "on"], ["server", "host"])),
      ...hookFindings(draft, hooks, [...path, "hooks"]),
      ...(both
        ? [
            {
              code: "SB-CONFIG-USER" as const,
              path: [...path, "user"],
              message: `${name} has two different run users.`,
              hint: "user is short for unit.user; leave one out.",
            },
          ]
        : []),
    ];
  });
}

function hookFindings(draft: Draft, hooks: readonly { readonly on?: string }[], path: readonly PathStep[]): Finding[] {
  const places = ["server", "first-host", "every-host"];
  return hooks.flatMap(({ on }, index) => {
    return on === undefined ? [] : unknownHost(draft, on, [...path, index, "on"], places);
  });
}

function environmentFindings(draft: Draft, name: string, { settings, services }: EnvironmentDraft): Finding[] {
  const path = ["environments", name];
  return [
    ...approvalFindings(settings.approval ?? {}, [...path, "approval"]),
    ...hostListFindings(draft, settings.hosts ?? [], [...path, "hosts"]),
    ...hookFindings(draft, settings.hooks ?? [], [...path, "hooks"]),
    ...proxyFindings(draft, settings.traffic, [...path, "traffic"]),
    ...[...services].flatMap(([service, { hosts = [], hooks = [], traffic }]) => {
      const here = [...path, "services", service];
      return [
        ...unknownService(draft, service, here),
        ...hostListFindings(draft, hosts, [...here, "hosts"]),
        ...hookFindings(draft, hooks, [...here, "hooks"]),
        ...proxyFindings(draft, traffic, [...here, "traffic"]),
      ];
    }),
  ];
}

function hostListFindings(draft: Draft, hosts: readonly string[], path: readonly PathStep[]): Finding[] {
  const seen = new Set<string>();
  return hosts.flatMap((host, index) => {
    const here = [...path, index];
    if (seen.has(host))
      return [{ code: "SB-CONFIG-DUPLICATE" as const, path: here, message: `${host} is named twice.` }];
    seen.add(host);
    return unknownHost(draft, host, here);
  });
}

function proxyFindings(draft: Draft, traffic: TrafficSettings | undefined, path: readonly PathStep[]): Finding[] {
  if (traffic === undefined || traffic === "none") return [];
  return (["haproxy", "nginx"] as const).flatMap((kind) => {
    return hostListFindings(draft, traffic[kind]?.hosts ?? [], [...path, kind, "hosts"]);
  });
}

function unknownService({ services }: Draft, name: string, path: readonly PathStep[]): Finding[] {
  if (services.has(name)) return [];
  const hint = (): string => didYouMean(name, services.keys()) ?? servicesInWords(services.keys());
  return [{ code: "SB-CONFIG-SERVICE", path, at: "key", message: `There is no service ${name}.`, hint }];
}

function servicesInWords(services: Iterable<string>): string {
  const names = [...services];
  if (names.length === 0) return "The file describes no services.";
  return `The services are ${names.slice(0, 8).join(", ")}${names.length > 8 ? ", …" : ""}.`;
}
