import type { TrafficControl } from "../../ports/traffic.ts";

/** Nothing of ours brings requests: there is nothing to ask and nothing to change. */
export const none: TrafficControl = {
  states: async () => [],
  change: async () => [],
  cut: async () => {},
  feed: () => undefined,
  inspect: async () => [],
};
