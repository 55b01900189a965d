import { setTimeout as sleep } from "node:timers/promises";

import { addCounts, bucketOf, noRequests, type RequestCounts } from "../../core/analysis/counts.ts";
import type { MemberName } from "../../core/traffic.ts";
import type { Hosts } from "../../ports/hosts.ts";
import type { FeedWindow, TrafficFeed } from "../../ports/traffic.ts";
import { loggedRequest } from "./nginx-log-line.ts";
import type { NginxProxy } from "./nginx-proxy.ts";

const proxyProgram = "/usr/lib/signalbox/signalbox-proxy";

const againAfterMs = 1000;
/** Without a sign of life for so long nobody knows what was missed. */
const silenceMs = 4000;
const longestSeconds = 86_400;

/**
 * Follows the log on standard output; a silent log proves nothing, so each second a request of ours, which nginx
 * refuses by itself for want of a host, has to come through. Standard error tells whose log it is: another process may
 * have taken requests of the one before with it, and another file may not be read from its beginning.
 */
const followProgram = `
place=$1 bind=$2 seconds=$3
sudo -n ${proxyProgram} requests "$place" "$seconds" &
while :; do
  curl -qsg --noproxy '*' -m 2 -o /dev/null -H 'x-signalbox-probe: 1' -H 'Host:' "http://127.0.0.1:$bind/"
  process=none
  [ ! -r /run/nginx.pid ] || read -r process </run/nginx.pid
  echo "beat $process $(stat -c %i -- "/var/log/nginx/signalbox-$place.log" 2>/dev/null)" >&2
  sleep 1
done
`;

/** The requests of a service, counted as the proxies write them into their logs, a second or two late. */
export class NginxFeed implements TrafficFeed {
  readonly #listeners: readonly LogListener[];

  constructor(hosts: Hosts, proxies: readonly NginxProxy[], bind: number) {
    this.#listeners = proxies.map((proxy) => new LogListener(hosts, proxy, bind));
  }

  take(): FeedWindow {
    const windows = this.#listeners.map((listener) => listener.take());
    return {
      complete: windows.every(({ complete }) => complete),
      members: windows.map(({ members }) => members).reduce(addMembers),
      unserved: windows.reduce((sum, { unserved }) => sum + unserved, 0),
    };
  }

  close(): void {
    for (const listener of this.#listeners) listener.close();
  }
}

type Members = FeedWindow["members"];

const nothing = { members: {}, unserved: 0 } as const;

/** The log of one proxy. */
class LogListener {
  readonly #hosts: Hosts;
  readonly #proxy: NginxProxy;
  readonly #bind: number;
  readonly #closing = new AbortController();
  /** What was read since the last sign of life; with the next one it is known that nothing is missing before it. */
  #read: Omit<FeedWindow, "complete"> = nothing;
  #confirmed: Omit<FeedWindow, "complete"> = nothing;
  #isComplete = false;
  #isProbeSeen = false;
  /** The process and the file of the last sign of life. */
  #source: string | undefined;
  #confirmedAt = Number.NEGATIVE_INFINITY;

  constructor(hosts: Hosts, proxy: NginxProxy, bind: number) {
    this.#hosts = hosts;
    this.#proxy = proxy;
    this.#bind = bind;
    void this.#stayAttached();
  }

  take(): FeedWindow {
    const isConfirmed = performance.now() - this.#confirmedAt < silenceMs;
    const window = { ...this.#confirmed, complete: this.#isComplete && isConfirmed };
    this.#confirmed = nothing;
    this.#isComplete = isConfirmed;
    return window;
  }

  close(): void {
    this.#closing.abort();
  }

  async #stayAttached(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#follow(signal).catch(() => {});
      this.#lost();
      await sleep(againAfterMs, undefined, { signal }).catch(() => {});
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const names = await this.#membersByAddress(signal);
    const memberAt = (side: string, address: string): MemberName | undefined => names.get(`${side} ${address}`);
    const log = lines((line) => this.#count(line, memberAt));
    const beats = lines((line) => this.#beat(line));
    const argv = ["sh", "-c", followProgram, "sh", this.#proxy.place, String(this.#bind), String(longestSeconds)];
    await this.#hosts.run(this.#proxy.host, {
      argv: argv as [string, ...string[]],
      limitSeconds: longestSeconds,
      channel: "follow",
      maxOutputBytes: 0,
      signal,
      onOutput: (chunk, stream) => (stream === "stdout" ? log(chunk) : beats(chunk)),
    });
  }

  /** By side and by every address that the proxy's host knows for it: the log has numbers where the list has a name. */
  async #membersByAddress(signal: AbortSignal): Promise<ReadonlyMap<string, MemberName>> {
    const { addresses } = await this.#proxy.files(signal);
    const found = new Map<string, MemberName>();
    for (const [name, address] of Object.entries(addresses) as [MemberName, string][]) {
      const [side, at] = [name.slice(0, name.indexOf("/")), address.lastIndexOf(":")];
      const [host, port] = [address.slice(0, at), address.slice(at)];
      const argv = ["getent", "ahosts", host] as const;
      const { stdout } = await this.#hosts.run(this.#proxy.host, { argv, limitSeconds: 10, signal });
      for (const known of [host, ...stdout.split("\n").map((line) => line.split(" ")[0] ?? "")]) {
        found.set(`${side} ${known.includes(":") && !known.startsWith("[") ? `[${known}]` : known}${port}`, name);
      }
    }
    return found;
  }

  /** Whatever ended it, it is tried again, and the window says that something may be missing. */
  #lost(): void {
    this.#isComplete = false;
    this.#isProbeSeen = false;
    this.#source = undefined;
    this.#confirmedAt = Number.NEGATIVE_INFINITY;
  }

  #beat(line: string): void {
    if (!line.startsWith("beat ")) return;
    if (this.#source !== undefined && this.#source !== line) this.#isComplete = false;
    this.#source = line;
    if (!this.#isProbeSeen) return;
    this.#isProbeSeen = false;
    this.#confirmedAt = performance.now();
    this.#confirmed = {
      members: addMembers(this.#confirmed.members, this.#read.members),
      unserved: this.#confirmed.unserved + this.#read.unserved,
    };
    this.#read = nothing;
  }

  #count(line: string, memberAt: (side: string, address: string) => MemberName | undefined): void {
    if (line === "") return;
    const request = loggedRequest(line, memberAt);
    if (request === null) this.#isComplete = false;
    else if (request.own) this.#isProbeSeen = true;
    else if (request.member === undefined) {
      if (request.failed) this.#read = { ...this.#read, unserved: this.#read.unserved + 1 };
    } else {
      const one: RequestCounts = {
        requests: 1,
        errors: request.failed ? 1 : 0,
        buckets: noRequests.buckets.map((_, index) => (index === bucketOf(request.milliseconds) ? 1 : 0)),
      };
      this.#read = { ...this.#read, members: addMembers(this.#read.members, { [request.member]: one }) };
    }
  }
}

function addMembers(some: Members, more: Members): Members {
  const sum: Record<MemberName, RequestCounts> = { ...some };
  for (const [name, counts] of Object.entries(more) as [MemberName, RequestCounts][]) {
    sum[name] = addCounts(sum[name] ?? noRequests, counts);
  }
  return sum;
}

/** Hands on whole lines of chunks that may end anywhere. */
function lines(heard: (line: string) => void): (chunk: string) => void {
  let rest = "";
  return (chunk) => {
    const whole = (rest + chunk).split("\n");
    rest = whole.pop() ?? "";
    for (const line of whole) heard(line);
  };
}
