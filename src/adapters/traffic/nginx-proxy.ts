import { setTimeout as sleep } from "node:timers/promises";

import type { Target } from "../../core/service.ts";
import type { MemberName, MemberState, TrafficState } from "../../core/traffic.ts";
import { CommandEnded, HostUnreachable, type Hosts } from "../../ports/hosts.ts";
import { ProxyFailed, type TrafficChange } from "../../ports/traffic.ts";
import { placeOf, readFiles, writeFiles, type FileState } from "./proxy-files.ts";

/** Where root's program writes what nginx serves by. */
export const nginxDirectory = "/etc/nginx/signalbox";

const limitSeconds = 30;
/** A write takes so long from its files to the last worker that has the old ones. */
const loadsWithinMs = 3000;
const lookMs = 200;

/**
 * What a file cannot say. Arguments: the path of the check, the place's file, then `check=ADDRESS:PORT` or
 * `count=ADDRESS:PORT` for each member. Connections are counted before any check makes one. Workers that take requests
 * tell by the time of their start whether they have read the file that is there now; a clock tick is 10 ms.
 */
const lookProgram = `
path=$1 file=$2
shift 2
main=$(systemctl show -P MainPID nginx.service)
boot=$(sed -n 's/^btime //p' /proc/stat) tick=$(getconf CLK_TCK) oldest='' newest=0
for worker in $(pgrep -P "\${main:-0}" -f 'worker process$'); do
  started=$(cut -d ')' -f 2- "/proc/$worker/stat" | cut -d ' ' -f 21) && [ -n "$started" ] || continue
  started=$((started * 1000 / tick))
  [ "$started" -le "$newest" ] || newest=$started
  [ -n "$oldest" ] && [ "$started" -ge "$oldest" ] || oldest=$started
done
if [ -n "$oldest" ]; then
  echo "started=$((boot * 1000 + newest))"
  uptime=$(cut -d ' ' -f 1 /proc/uptime | tr -d .)0 now=$(date +%s%3N)
  written=$(stat -c %.3Y -- "$file" | tr -d .,) || exit
  [ "$oldest" -lt $((uptime - now + written - 20)) ] || echo loaded=yes
fi
for each in "$@"; do
  echo "connections.\${each#*=}=$(ss -Htn state established "dst \${each#*=}" | wc -l)"
done
for each in "$@"; do
  shift
  case $each in check=*) set -- "$@" -o /dev/null "http://\${each#*=}$path" ;; esac
done
[ "$#" = 0 ] || curl -qsgZ --parallel-immediate --noproxy '*' --path-as-is -m 2 -H 'x-signalbox-probe: 1' \\
  -w 'check.%{url_effective}=%{http_code}\\n' "$@"
exit 0
`;

interface Look {
  /** Milliseconds since 1970; 0 when nginx does not run. */
  readonly startedAt: number;
  readonly isLoaded: boolean;
  /** By address. */
  readonly connections: ReadonlyMap<string, number>;
  /** The status of the answer by address, `000` for none. */
  readonly checks: ReadonlyMap<string, string>;
}

/** One nginx, for one service: its files, and what its workers and its connections tell about them. */
export class NginxProxy {
  readonly host: string;
  readonly place: string;
  readonly #hosts: Hosts;
  readonly #path: string | undefined;

  constructor(host: string, hosts: Hosts, target: Target) {
    this.host = host;
    this.place = placeOf(target);
    this.#hosts = hosts;
    this.#path = target.health.kind === "http" ? target.health.path : undefined;
  }

  /** @throws {ProxyFailed} */
  files(signal?: AbortSignal): Promise<FileState> {
    return readFiles(this.#hosts, this.host, this.place, signal);
  }

  /** With no signal: it is served by at once, and half a write would leave what was called off. @throws {ProxyFailed} */
  write(change: TrafficChange): Promise<FileState> {
    return writeFiles(this.#hosts, this.host, this.place, change);
  }

  /**
   * The files, once the workers that take requests have read them.
   *
   * @throws {ProxyFailed}
   */
  async state(signal?: AbortSignal): Promise<TrafficState> {
    for (const deadline = performance.now() + loadsWithinMs; ; await sleep(lookMs)) {
      signal?.throwIfAborted();
      const files = await this.files(signal);
      const look = await this.#look(files, isIn(files), signal);
      if (look.startedAt === 0) throw this.#failed("nginx does not run");
      if (look.isLoaded) return this.#stateOf(files, look);
      if (performance.now() < deadline) continue;
      throw this.#failed("nginx has not loaded what its files say; the timer of signalbox-proxy does that in a minute");
    }
  }

  /** @throws {ProxyFailed} */
  async isLoaded(signal?: AbortSignal): Promise<boolean> {
    return (await this.#look(await this.files(signal), [], signal)).isLoaded;
  }

  /**
   * Asks members that are to come back, from here and while they get no request: nginx has no check of its own.
   *
   * @throws {ProxyFailed} when they do not all answer in time
   */
  async prove(members: readonly MemberName[], files: FileState, withinMs: number, signal?: AbortSignal): Promise<void> {
    const coming = members.filter((name) => files.members[name] !== "in");
    if (coming.length === 0) return;
    for (const deadline = performance.now() + withinMs; ; await sleep(lookMs)) {
      signal?.throwIfAborted();
      const { checks } = await this.#look(files, coming, signal);
      const statusOf = (name: MemberName): string => checks.get(addressIn(files, name)) ?? "000";
      const down = coming.filter((name) => !this.#isGood(statusOf(name)));
      if (down.length === 0) return;
      if (performance.now() < deadline) continue;

      const said = down.map((name) => `${name} ${inWords(statusOf(name))}`).join(", ");
      const seconds = Math.round(withinMs / 1000);
      throw this.#failed(`asked from here for ${this.#path ?? "/"}, ${said}, for ${seconds} s`);
    }
  }

  #stateOf({ active, share, members, addresses }: FileState, look: Look): TrafficState {
    const stateOf = (name: MemberName): MemberState => {
      const [rotation, address] = [members[name]!, addresses[name] ?? ""];
      const status = look.checks.get(address);
      const up = rotation !== "in" || status === undefined ? "unknown" : this.#isGood(status);
      return { rotation, up, inFlight: look.connections.get(address) ?? "unknown", queued: 0 };
    };
    const names = Object.keys(members) as MemberName[];
    return {
      proxy: this.host,
      active,
      share,
      startedAt: look.startedAt,
      members: Object.fromEntries(names.map((name) => [name, stateOf(name)])),
    };
  }

  /** Without a path of its own for that, any answer shows that it serves. */
  #isGood(status: string): boolean {
    return this.#path === undefined ? status !== "000" : status.startsWith("2") || status.startsWith("3");
  }

  async #look(files: FileState, checked: readonly MemberName[], signal?: AbortSignal): Promise<Look> {
    const path = this.#path ?? "/";
    const checking = new Set(checked.map((name) => addressIn(files, name)));
    const addresses = new Set(Object.values(files.addresses));
    const words = [...addresses].map((address) => `${checking.has(address) ? "check" : "count"}=${address}`);
    const file = `${nginxDirectory}/${this.place}.conf`;
    const said = await this.#run([path, file, ...words], signal);
    const numbers = new Map<string, number>();
    const checks = new Map<string, string>();
    for (const [key, value] of said) {
      if (key.startsWith("connections.")) numbers.set(key.slice("connections.".length), Number(value));
      const url = /^check\.http:\/\/([^/]+)\//.exec(key)?.[1];
      if (url !== undefined) checks.set(url, value);
    }
    return {
      startedAt: Number(said.get("started") ?? 0),
      isLoaded: said.get("loaded") === "yes",
      connections: numbers,
      checks,
    };
  }

  async #run(args: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
    try {
      const argv = ["sh", "-c", lookProgram, "sh", ...args] as const;
      const { stdout } = await this.#hosts.run(this.host, { argv, limitSeconds, ...(signal && { signal }) });
      const lines = stdout.split("\n").filter((line) => line.includes("="));
      // A path may have the sign too; values never do.
      return new Map(
        lines.map((line) => [line.slice(0, line.lastIndexOf("=")), line.slice(line.lastIndexOf("=") + 1)]),
      );
    } catch (error) {
      if (error instanceof HostUnreachable || error instanceof CommandEnded) {
        throw new ProxyFailed(this.host, false, error.message);
      }
      throw error;
    }
  }

  #failed(message: string): ProxyFailed {
    return new ProxyFailed(this.host, false, `${this.host}: ${message}.`);
  }
}

function isIn({ members }: FileState): readonly MemberName[] {
  return (Object.keys(members) as MemberName[]).filter((name) => members[name] === "in");
}

function addressIn({ addresses }: FileState, name: MemberName): string {
  return addresses[name] ?? "";
}

function inWords(status: string): string {
  return status === "000" ? "does not answer" : `answers ${status}`;
}
