/** One measurement of one deployer, and the middle of several. */
import type { ControllerGroup } from "./controller-group.ts";
import type { Fleet } from "./fleet.ts";

/** Per fleet where not said otherwise. */
export interface Figures {
  readonly wallSeconds: number;
  readonly controllerSeconds: number;
  readonly hostsSeconds: number;
  readonly anonymousBytes: number;
  readonly upBytes: number;
  readonly downBytes: number;
  readonly sessions: number;
  readonly connections: number;
}

export async function measure(fleet: Fleet, group: ControllerGroup, work: () => Promise<void>): Promise<Figures> {
  const logins = await fleet.logins();
  const before = { traffic: fleet.traffic(), hosts: fleet.cpuSeconds(), controller: group.cpuSeconds() };
  const mostMemory = group.watchMemory();
  const begun = performance.now();
  await work();
  const wallSeconds = (performance.now() - begun) / 1000;
  const anonymousBytes = mostMemory();
  const controllerSeconds = group.cpuSeconds() - before.controller;
  const hostsSeconds = fleet.cpuSeconds() - before.hosts;
  const { up, down } = fleet.traffic();
  const now = await fleet.logins();
  return {
    wallSeconds,
    controllerSeconds,
    hostsSeconds,
    anonymousBytes,
    upBytes: up - before.traffic.up,
    downBytes: down - before.traffic.down,
    sessions: now.sessions - logins.sessions,
    connections: now.connections - logins.connections,
  };
}

/** The middle of each figure by itself. */
export function median(all: readonly Figures[]): Figures {
  const middle = (key: keyof Figures): number => {
    const sorted = all.map((one) => one[key]).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)]!;
  };
  return {
    wallSeconds: middle("wallSeconds"),
    controllerSeconds: middle("controllerSeconds"),
    hostsSeconds: middle("hostsSeconds"),
    anonymousBytes: middle("anonymousBytes"),
    upBytes: middle("upBytes"),
    downBytes: middle("downBytes"),
    sessions: middle("sessions"),
    connections: middle("connections"),
  };
}
