/** Where a rollout is, and where users are sent meanwhile: for stories that do something right then. */
import { expect } from "vitest";

import type { DeploymentEvent } from "../../src/core/deployment.ts";
import type { RolloutStep } from "../../src/core/step.ts";
import type { Side } from "../../src/core/traffic.ts";
import type { Journey } from "./journey.ts";
import { untilEvent } from "./moments.ts";

type Moment = "begun" | "done";

/** Returns when a step of the rollout has begun, or is done, on a host. */
export async function reaches(
  { client }: Journey,
  id: string,
  kind: RolloutStep["kind"],
  host: string,
  moment: Moment,
): Promise<void> {
  let steps: readonly RolloutStep[] = [];
  await untilEvent(client, id, (event) => {
    if (event.kind === "rollout-planned") steps = event.plan.steps;
    return isAbout(event, steps, kind, host, moment);
  });
}

function isAbout(
  event: DeploymentEvent,
  steps: readonly RolloutStep[],
  kind: RolloutStep["kind"],
  host: string,
  moment: Moment,
): boolean {
  if (event.kind !== "step-started" && event.kind !== "host-done") return false;
  if (event.track !== "rollout" || steps[event.step]?.kind !== kind) return false;
  if (event.kind === "step-started") return moment === "begun" && event.hosts.includes(host);
  return moment === "done" && event.host === host && event.outcome.kind === "done";
}

/** Somebody whom a step of the rollout needs. */
export function couldNotBeAsked(event: DeploymentEvent): boolean {
  if (event.kind !== "host-done" || event.track !== "rollout") return false;
  return event.outcome.kind === "unreachable" || event.outcome.kind === "unknown";
}

/** The hosts on which a step of this kind was begun so far. */
export async function begun({ client }: Journey, id: string, kind: RolloutStep["kind"]): Promise<readonly string[]> {
  let steps: readonly RolloutStep[] = [];
  const hosts = new Set<string>();
  for (const { event } of await client.journal(id)) {
    if (event.kind === "rollout-planned") steps = event.plan.steps;
    if (event.kind === "step-started" && event.track === "rollout" && steps[event.step]?.kind === kind)
      for (const host of event.hosts) hosts.add(host);
  }
  return [...hosts];
}

export interface Routing {
  readonly proxy: string;
  readonly active: Side;
  readonly share: number;
  readonly rotation: readonly string[];
}

/** What every proxy says. */
export async function trafficOn({ client }: Journey): Promise<readonly Routing[]> {
  const [traffic] = await client.traffic({});
  expect(traffic?.problem).toBeNull();
  return traffic!.proxies.map(({ proxy, active, share, members }) => ({
    proxy,
    active,
    share,
    rotation: members.filter(({ rotation }) => rotation === "in").map(({ side, host }) => `${side}/${host}`),
  }));
}

/** What the first of them says. */
export async function active(journey: Journey): Promise<Routing> {
  const [first] = await trafficOn(journey);
  return first!;
}

/** The same on each of them. */
export function inStep(
  proxies: readonly string[],
  active: Side,
  share: number,
  { blue = [], green = [] }: Partial<Record<Side, readonly string[]>>,
): readonly Routing[] {
  const rotation = [...blue.map((host) => `blue/${host}`), ...green.map((host) => `green/${host}`)];
  return proxies.map((proxy) => ({ proxy, active, share, rotation }));
}

/** What a proxy comes back to after a restart. */
export async function mapOn({ bed }: Journey, proxy: string): Promise<string> {
  return bed.host(proxy).readFile("/etc/haproxy/signalbox/greeter.production.map");
}
