/**
 * nginx: a file that survives a restart, written, tested and reloaded by root's program on the proxy's host.
 *
 * A reload ends idle connections of clients, so one change is one reload at most. A member that is draining is out for
 * nginx, sticky users included. nginx has no checks: members are asked from its host, by Signalbox, before they come
 * back and whenever the state is asked. What is in flight to a member that is out are its connections, since workers
 * that are on their way out close those that carry nothing; to one that is in, the kept ones count too.
 */
import type { Target } from "../../core/service.ts";
import type { MemberName, ProxyTraffic, TrafficState } from "../../core/traffic.ts";
import type { Hosts } from "../../ports/hosts.ts";
import {
  ProxyFailed,
  type ChangeOptions,
  type TrafficChange,
  type TrafficControl,
  type TrafficFeed,
  type TrafficFinding,
} from "../../ports/traffic.ts";
import { agreementFindings } from "./agreement.ts";
import { changeNginx } from "./nginx-change.ts";
import { NginxFeed } from "./nginx-feed.ts";
import { inspectNginx } from "./nginx-inspect.ts";
import { NginxProxy } from "./nginx-proxy.ts";
import { placeOf } from "./proxy-files.ts";

export interface NginxSetup {
  readonly hosts: Hosts;
  /** The address under which proxies reach a host, as configured. */
  readonly addressOf: (host: string) => string | undefined;
  /** So long a member that comes back may take to answer. */
  readonly upWithinSeconds?: number;
}

const usualUpWithinSeconds = 20;

export class Nginx implements TrafficControl {
  readonly #setup: NginxSetup;

  constructor(setup: NginxSetup) {
    this.#setup = setup;
  }

  async states(target: Target, signal?: AbortSignal): Promise<readonly TrafficState[]> {
    return Promise.all(this.#proxies(target).map((proxy) => proxy.state(signal)));
  }

  change(target: Target, change: TrafficChange, options: ChangeOptions = {}): Promise<readonly string[]> {
    const { upWithinSeconds = usualUpWithinSeconds } = this.#setup;
    return changeNginx(this.#proxies(target), change, upWithinSeconds * 1000, options);
  }

  /**
   * nginx cannot end what is in flight to a member: that ends when the copy is stopped. This makes sure that nothing
   * new comes to it.
   */
  async cut(target: Target, members: readonly MemberName[], signal?: AbortSignal): Promise<void> {
    for (const { proxy, members: states } of await this.states(target, signal)) {
      const served = members.find((name) => states[name]?.rotation === "in");
      if (served !== undefined) throw new ProxyFailed(proxy, false, `${proxy}: ${served} is in rotation.`);
    }
  }

  feed(target: Target): TrafficFeed {
    return new NginxFeed(this.#setup.hosts, this.#proxies(target), trafficOf(target).bind);
  }

  async inspect(target: Target, signal?: AbortSignal): Promise<readonly TrafficFinding[]> {
    const { name } = trafficOf(target);
    const { hosts, addressOf } = this.#setup;
    const proxies = this.#proxies(target);
    const asked = proxies.map((proxy) => ({ host: proxy.host, files: () => proxy.files(signal) }));
    const findings = await Promise.all([
      ...proxies.map((proxy) => inspectNginx({ hosts, addressOf, proxy, name, target }, signal)),
      agreementFindings(asked, placeOf(target)),
    ]);
    return findings.flat();
  }

  #proxies(target: Target): readonly NginxProxy[] {
    return trafficOf(target).proxies.map((host) => new NginxProxy(host, this.#setup.hosts, target));
  }
}

function trafficOf({ service, traffic }: Target): ProxyTraffic {
  if (traffic.kind === "nginx") return traffic;
  throw new Error(`${service} has traffic of the kind ${traffic.kind}, not nginx`);
}
