/** Stories with users: four hosts behind a proxy, and a load that counts every failure. */
import { expect } from "vitest";

import type { LoadResult } from "../../testbed/load/result.ts";
import { greeter } from "../../testbed/workshop.ts";
import type { Story } from "../../testbed/workshop.ts";
import type { Journey } from "./journey.ts";

export const fleet = ["web-1", "web-2", "web-3", "web-4"] as const;
export const twoSlots = { blue: 8081, green: 8082 } as const;
export const latest = { service: "greeter", environment: "production", origin: { kind: "revision" } } as const;

/** One environment behind HAProxy, quick where a team would take its time. */
export function behindProxies(
  strategy: unknown,
  settings: Readonly<Record<string, unknown>> = {},
  {
    watch = "0s",
    proxies = ["lb-1"],
    kind = "haproxy",
  }: { watch?: string; proxies?: readonly string[]; kind?: string } = {},
): Story["environments"] {
  const traffic = { [kind]: { hosts: proxies, bind: 8080 }, drain: { grace: "0s", within: "4s", longLived: "cut" } };
  const placement = { hosts: fleet, traffic, strategy, limits: { load: "100%" }, ...settings };
  return { production: { watch: { for: watch }, services: { greeter: placement } } };
}

export function storyOf(environments: Story["environments"], settings: Readonly<Record<string, unknown>> = {}): Story {
  const { port: _, ...rest } = greeter(settings).settings as Record<string, unknown>;
  const hasSlots = JSON.stringify(environments).includes('"slots"');
  return { services: [{ ...greeter(), settings: hasSlots ? rest : { port: 8081, ...rest } }], environments };
}

/** No user has noticed anything, and every order is in a ledger exactly once. */
export async function expectNoLoss(journey: Journey, seen: LoadResult): Promise<void> {
  expect(seen.examples).toEqual([]);
  expect(seen.failed).toBe(0);
  expect(seen.requests).toBeGreaterThan(100);
  const ids = (await journey.ledger()).map(({ id }) => id);
  const counted = new Map<string, number>();
  for (const id of ids) counted.set(id, (counted.get(id) ?? 0) + 1);
  expect(seen.posts.acknowledged.filter((id) => counted.get(id) !== 1)).toEqual([]);
}
