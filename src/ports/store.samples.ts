/** Small changes of a store, for tests. */
import type { Deployment, DeploymentEvent, Request } from "../core/deployment.ts";
import { apply, fold } from "../core/fold.ts";
import type { Release } from "../core/release.ts";
import type { JournalChange } from "./store.ts";

/** A deployment as the writer of its journal knows it. */
export interface Known {
  readonly id: string;
  readonly deployment?: Deployment;
}

/** The change that appends these events, and what is known after it. */
export function append(
  known: Known,
  at: number,
  events: readonly DeploymentEvent[],
  dueAt: number | null = null,
): JournalChange & { readonly after: Deployment } {
  const expected = known.deployment?.sequence ?? 0;
  const recorded = events.map((event, index) => ({ sequence: expected + index + 1, at, event }));
  const after = known.deployment === undefined ? fold(known.id, recorded) : recorded.reduce(apply, known.deployment);
  return { deployment: known.id, expected, events, after, dueAt };
}

export function requested(request: Partial<Request> = {}): DeploymentEvent {
  return {
    kind: "requested",
    request: { kind: "deploy", service: "orders", environment: "production", by: "kim", ...request },
  };
}

export const finished: DeploymentEvent = {
  kind: "finished",
  state: "succeeded",
  message: "It works",
  behind: ["web-7"],
};

export function aRelease(number: number, content = "a"): Release {
  const artifact = { sha256: content.repeat(64), bytes: 63_000_000, form: "file", name: "orders.jar" } as const;
  return { number, artifact, settings: "b".repeat(64), revision: "c".repeat(40) };
}

/** An id that is larger for a larger number, like the ULIDs of the product. */
export function id(number: number): string {
  return `01J${String(number).padStart(23, "0")}`;
}
