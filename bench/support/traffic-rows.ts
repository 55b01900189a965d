/** What `bench:traffic` measures: ways to bring a new release under the eyes of users. */
import { greeter } from "../../testbed/workshop.ts";
import type { Story } from "../../testbed/workshop.ts";

export const adapters = ["haproxy", "nginx"] as const;
export type Adapter = (typeof adapters)[number];

export const where = { service: "greeter", environment: "bench" } as const;
export const bind = 8080;
const port = 8081;
// The processors have more to do than on a host of its own.
const health = { http: "/healthz", within: "30s", stable: "1s", version: "/version" };
const slots = { blue: 8081, green: 8082 };

export interface TrafficRow {
  readonly title: string;
  /** What exactly it does, in one sentence, printed below the table. */
  readonly about: string;
  /** Whether nobody may notice: with HAProxy one failed request ends the benchmark with 1. */
  readonly unnoticed: boolean;
  /** `restart`: not Signalbox, but somebody who restarts the unit on one host after the other. */
  readonly by: "signalbox" | "restart";
  /** Each deployment is followed by a roll-back, whose time is told. */
  readonly andBack: boolean;
  /** What the environment says about the service, beside its hosts and its traffic. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export const rows: readonly TrafficRow[] = [
  {
    title: "naive restart",
    about:
      "systemctl restart on one host right after the other, without a word to the proxy; no new release, a service that stops gracefully, and the same well-kept proxy as in the other rows",
    unnoticed: false,
    by: "restart",
    andBack: false,
    settings: { port, strategy: "recreate" },
  },
  {
    title: "recreate",
    about: "all hosts at once: the service is down meanwhile, and the plan says so",
    unnoticed: false,
    by: "signalbox",
    andBack: false,
    settings: { port, strategy: "recreate" },
  },
  {
    title: "rolling",
    about:
      "one host after the other: drained, replaced, warmed up, back when the service, its version and the proxy say so",
    unnoticed: true,
    by: "signalbox",
    andBack: false,
    settings: { port, strategy: { rolling: { batch: 1 } } },
  },
  {
    title: "blue-green",
    about:
      "the new release starts in the other slot of each host, is checked there, and gets all traffic at once; then back",
    unnoticed: true,
    by: "signalbox",
    andBack: true,
    settings: { slots, strategy: { "blue-green": { keepWarm: "10m" } } },
  },
  {
    title: "canary",
    about:
      "the new release starts in the other slot of each host and gets 10 %, then 50 %, for 5 s each and until it has passed, then all",
    unnoticed: true,
    by: "signalbox",
    andBack: false,
    settings: {
      slots,
      strategy: { canary: { weights: [10, 50], soak: "5s", longestSoak: "60s", keepWarm: "0s" } },
    },
  },
];

/** The greeter on all hosts behind one proxy. */
export function storyOf(row: TrafficRow, adapter: Adapter, hosts: readonly string[], proxy: string): Story {
  const traffic = {
    [adapter]: { hosts: [proxy], bind },
    drain: { grace: "1s", within: "10s", longLived: "cut" },
    warmUp: { path: "/", requests: 20 },
  };
  // At 100 % nobody asks whether the processors, which belong to everybody here, have room for a second copy.
  const limits = { load: "100%" };
  return {
    services: [greeter({ port: undefined, health })],
    environments: {
      [where.environment]: { services: { greeter: { hosts, traffic, limits, ...row.settings } } },
    },
  };
}
