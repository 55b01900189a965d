/** Asks hosts how things are, outside of any deployment: for `plan`, `status` and `doctor`. */
import type { Deployment } from "../core/deployment.ts";
import { fold } from "../core/fold.ts";
import type { HostFacts } from "../core/host-facts.ts";
import { planPrepare } from "../core/plan.ts";
import type { Origin } from "../core/plan.ts";
import type { Target } from "../core/service.ts";
import { inspectHost } from "../steps/inspect-host.ts";
import type { World } from "./world.ts";

/** What a host said, or why it could not be asked. */
export type Inspection =
  | { readonly host: string; readonly facts: HostFacts }
  | { readonly host: string; readonly problem: string };

export async function inspect(target: Target, world: World, signal: AbortSignal): Promise<readonly Inspection[]> {
  const { id: installation } = await world.store.installation();
  return Promise.all(
    target.hosts.map(async (host): Promise<Inspection> => {
      const outcome = await inspectHost.perform(
        { kind: "inspect-host", hosts: [host] },
        {
          deployment: imagined(target, { kind: "revision", ref: "" }, world.clock.now()),
          target,
          host,
          installation,
          key: "inspection",
          known: [],
          epoch: 0,
          ports: world,
          log: () => {},
          isCalledOff: () => false,
          signal,
        },
      );
      if (outcome.kind === "done" && outcome.result?.kind === "facts") return { host, facts: outcome.result.facts };
      return { host, problem: outcome.kind === "done" ? "it said nothing" : outcome.message };
    }),
  );
}

/** A deployment that nobody asked for, to ask the rules what it would do. It is never stored. */
export function imagined(target: Target, origin: Origin, at: number): Deployment {
  const request = { kind: "deploy", service: target.service, environment: target.environment, by: "nobody" } as const;
  return fold("imagined", [
    { sequence: 1, at, event: { kind: "requested", request, prepare: planPrepare(target, origin) } },
  ]);
}
