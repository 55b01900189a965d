/**
 * HAProxy: files that survive a restart, written by root's program on the proxy's host, and the runtime API that makes
 * them true at once.
 */
import type { Target } from "../../core/service.ts";
import type { MemberName, ProxyTraffic, TrafficState } from "../../core/traffic.ts";
import type { Hosts } from "../../ports/hosts.ts";
import { ProxyFailed } from "../../ports/traffic.ts";
import type { ChangeOptions, TrafficChange, TrafficControl, TrafficFeed, TrafficFinding } from "../../ports/traffic.ts";
import { agreementFindings } from "./agreement.ts";
import { changeProxies } from "./haproxy-change.ts";
import { HaproxyFeed } from "./haproxy-feed.ts";
import { inspectProxy } from "./haproxy-inspect.ts";
import { HaproxyProxy } from "./haproxy-proxy.ts";
import { HaproxyRuntime } from "./haproxy-runtime.ts";
import { placeOf, readFiles } from "./proxy-files.ts";
import { Turns } from "./turns.ts";

export interface HaproxySetup {
  readonly hosts: Hosts;
  /** The address under which proxies reach a host, as configured. */
  readonly addressOf: (host: string) => string | undefined;
  /** So long the proxies' own checks may take to call a member up. */
  readonly upWithinSeconds?: number;
}

const usualUpWithinSeconds = 20;

export class Haproxy implements TrafficControl {
  readonly #setup: HaproxySetup;
  readonly #runtimes = new Map<string, HaproxyRuntime>();
  readonly #turns = new Turns();

  constructor(setup: HaproxySetup) {
    this.#setup = setup;
  }

  states(target: Target, signal?: AbortSignal): Promise<readonly TrafficState[]> {
    signal?.throwIfAborted();
    return Promise.all(this.#proxies(target).map((proxy) => stateUntil(proxy, signal)));
  }

  change(target: Target, change: TrafficChange, options: ChangeOptions = {}): Promise<readonly string[]> {
    const { hosts, upWithinSeconds = usualUpWithinSeconds } = this.#setup;
    const setup = { hosts, place: placeOf(target), upWithinMs: upWithinSeconds * 1000, turns: this.#turns };
    return changeProxies(setup, this.#proxies(target), change, options);
  }

  async cut(target: Target, members: readonly MemberName[], signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const cut = await Promise.allSettled(this.#proxies(target).map((proxy) => proxy.cut(members)));
    const failed = cut.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  feed(target: Target): TrafficFeed {
    const { proxies, name } = trafficOf(target);
    return new HaproxyFeed(
      name,
      proxies.map((host) => this.#runtime(host)),
    );
  }

  async inspect(target: Target, signal?: AbortSignal): Promise<readonly TrafficFinding[]> {
    const { hosts, addressOf } = this.#setup;
    const proxies = this.#proxies(target);
    const place = placeOf(target);
    const asked = proxies.map(({ host }) => ({ host, files: () => readFiles(hosts, host, place, signal) }));
    const findings = await Promise.all([
      ...proxies.map((proxy) =>
        inspectProxy({ hosts, addressOf, proxy, runtime: this.#runtime(proxy.host), target }, signal),
      ),
      agreementFindings(asked, place, "systemctl reload haproxy"),
    ]);
    return findings.flat();
  }

  #proxies(target: Target): readonly HaproxyProxy[] {
    const { proxies, name } = trafficOf(target);
    return proxies.map((host) => new HaproxyProxy(host, this.#runtime(host), name, placeOf(target)));
  }

  /** One for each proxy, whatever service is spoken about. */
  #runtime(host: string): HaproxyRuntime {
    const kept = this.#runtimes.get(host) ?? new HaproxyRuntime(this.#setup.hosts, host);
    this.#runtimes.set(host, kept);
    return kept;
  }
}

/** Nobody waits for an answer that is not wanted any more. */
async function stateUntil(proxy: HaproxyProxy, signal?: AbortSignal): Promise<TrafficState> {
  if (signal === undefined) return proxy.state();
  const { promise: notWanted, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => reject(new ProxyFailed(proxy.host, false, `${proxy.host}: it did not answer in time.`));
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([proxy.state(), notWanted]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

function trafficOf({ service, traffic }: Target): ProxyTraffic {
  if (traffic.kind === "haproxy") return traffic;
  throw new Error(`${service} has traffic of the kind ${traffic.kind}, not haproxy`);
}
