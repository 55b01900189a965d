/** The products that can bring requests to a service, by the word that the configuration has for them. */
import type { Target } from "../../core/service.ts";
import { capabilitiesOf, type Traffic } from "../../core/traffic.ts";
import type { Hosts } from "../../ports/hosts.ts";
import type { Programs } from "../../ports/programs.ts";
import type { TrafficControl, TrafficFeed } from "../../ports/traffic.ts";

export interface TrafficSetup {
  readonly hosts: Hosts;
  /** The address under which proxies reach a host, as configured. */
  readonly addressOf: (host: string) => string | undefined;
  /** The server's own programs; without them a team's command cannot be run. */
  readonly programs?: Programs;
  /** So long the proxies' own checks may take to call a member up; 20 s without it. */
  readonly upWithinSeconds?: number;
}

type Product = (setup: TrafficSetup) => Promise<TrafficControl>;

/** Each is loaded when a service first needs it. */
const products: Readonly<Record<Traffic["kind"], Product>> = {
  none: async () => (await import("./none.ts")).none,
  haproxy: async (setup) => new (await import("./haproxy.ts")).Haproxy(setup),
  nginx: async (setup) => new (await import("./nginx.ts")).Nginx(setup),
  health: async (setup) => new (await import("./health.ts")).Health(setup),
  command: async ({ programs, ...setup }) => {
    if (programs === undefined) throw new Error("traffic by a command needs a server that may run programs");
    return new (await import("./command.ts")).Command({ programs, ...setup });
  },
};

/** Speaks with whatever traffic a target has. */
export function traffic(setup: TrafficSetup): TrafficControl {
  const loaded = new Map<Traffic["kind"], Promise<TrafficControl>>();
  const of = ({ traffic: { kind } }: Target): Promise<TrafficControl> => {
    const control = loaded.get(kind) ?? products[kind](setup);
    loaded.set(kind, control);
    return control;
  };

  return {
    states: async (target, signal) => (await of(target)).states(target, signal),
    change: async (target, change, options) => (await of(target)).change(target, change, options),
    cut: async (target, members, signal) => (await of(target)).cut(target, members, signal),
    inspect: async (target, signal) => (await of(target)).inspect(target, signal),
    feed: (target) => (capabilitiesOf(target.traffic).feed ? new LateFeed(of(target), target) : undefined),
  };
}

/** A feed whose product is still being loaded: until then something may be missed. */
class LateFeed implements TrafficFeed {
  #feed: TrafficFeed | undefined;
  #isClosed = false;

  constructor(control: Promise<TrafficControl>, target: Target) {
    void control.then(
      (loaded) => {
        if (!this.#isClosed) this.#feed = loaded.feed(target);
      },
      () => {},
    );
  }

  take(): ReturnType<TrafficFeed["take"]> {
    return this.#feed?.take() ?? { complete: false, members: {}, unserved: 0 };
  }

  close(): void {
    this.#isClosed = true;
    this.#feed?.close();
  }
}
