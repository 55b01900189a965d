/** Whether a proxy is set up as rollouts need it, for doctor. */
import type { Target } from "../../core/service.ts";
import { sides } from "../../core/traffic.ts";
import type { Hosts } from "../../ports/hosts.ts";
import type { TrafficFinding } from "../../ports/traffic.ts";
import { backendLines } from "./haproxy-config.ts";
import { ring } from "./haproxy-feed.ts";
import type { HaproxyProxy } from "./haproxy-proxy.ts";
import { runtimeSocket, type HaproxyRuntime } from "./haproxy-runtime.ts";
import { findingsOf, programChecks, type Check } from "./program-checks.ts";
import { placeOf, readFiles } from "./proxy-files.ts";
import { differences, routingOf } from "./routing.ts";

const directory = "/etc/haproxy/signalbox";

export interface Inspection {
  readonly hosts: Hosts;
  readonly addressOf: (host: string) => string | undefined;
  readonly proxy: HaproxyProxy;
  readonly runtime: HaproxyRuntime;
  readonly target: Target;
}

export async function inspectProxy(inspection: Inspection, signal?: AbortSignal): Promise<readonly TrafficFinding[]> {
  const { host } = inspection.proxy;
  const checks = [
    ...programChecks(inspection, signal),
    ...stepChecks(inspection, signal),
    ...runtimeChecks(inspection),
    ...fileChecks(inspection, signal),
  ];
  return findingsOf(host, checks);
}

/** Whether the process serves by the files. */
function stepChecks({ hosts, proxy, target }: Inspection, signal?: AbortSignal): readonly Check[] {
  const place = placeOf(target);
  return [
    {
      check: "proxy-in-step",
      fine: "what serves now is what its files say",
      cure: `the next change of the service's traffic, or: systemctl reload haproxy (on ${proxy.host})`,
      async look() {
        const [files, state] = [await readFiles(hosts, proxy.host, place, signal), await proxy.state()];
        const wrong = differences(routingOf(state), files);
        return wrong.length === 0 ? undefined : `what serves now is not what its files say: ${wrong.join(", ")}`;
      },
    },
  ];
}

function runtimeChecks({ runtime }: Inspection): readonly Check[] {
  return [
    {
      check: "proxy-socket",
      fine: `${runtimeSocket} answers with the level admin`,
      async look() {
        const { session } = await runtime.current();
        const level = (await session.ask({ say: "show cli level" })).trim();
        return level === "admin" ? undefined : `${runtimeSocket} has the level ${level}, and changes need admin`;
      },
    },
    {
      check: "proxy-log-ring",
      fine: `the ring ${ring} tells every request`,
      async look() {
        const { session } = await runtime.current();
        const rings = await session.ask({ say: "show events" });
        const isThere = rings.split("\n").some((line) => line.trim().split(/[\s:]/)[0] === ring);
        return isThere ? undefined : `it has no log ring ${ring}, so releases cannot be compared`;
      },
    },
  ];
}

/** The managed files are what root's program generated; something else in them was put there by hand. */
function fileChecks({ hosts, proxy, runtime, target }: Inspection, signal?: AbortSignal): readonly Check[] {
  const file = `${directory}/${placeOf(target)}.cfg`;
  const read = async (path: string): Promise<string> => {
    const argv = ["cat", "--", path] as const;
    const { code, stdout, stderr } = await hosts.run(proxy.host, { argv, limitSeconds: 10, ...(signal && { signal }) });
    if (code !== 0) throw new Error(`${path} cannot be read: ${stderr.trim()}`);
    return stdout;
  };
  /** Both backends, each with what it has from its defaults. */
  const backends = async (): Promise<readonly (readonly string[])[]> => {
    const text = `${await read(`${directory}/00-signalbox.cfg`)}\n${await read(file)}`;
    return sides.map((side) => backendLines(text, `${proxy.name}_${side}`));
  };
  const wants = (check: Omit<Check, "look">, wrong: string, isRight: (lines: readonly string[]) => boolean): Check => ({
    ...check,
    look: async () => ((await backends()).every(isRight) ? undefined : wrong),
  });
  return [
    {
      check: "proxy-file",
      fine: `it serves by ${file}`,
      async look() {
        const { session } = await runtime.current();
        const files = /^HAPROXY_CFGFILES=(.*)$/m.exec(await session.ask({ say: "show env" }))?.[1]?.split(";") ?? [];
        return files.includes(file) ? undefined : `it was started without ${file}`;
      },
    },
    wants(
      { check: "proxy-redispatch", fine: "a failed connection is tried on another server" },
      "without option redispatch 1 a failed connection is tried on the same server again and again",
      (lines) => lastOf(lines, "option redispatch", "no option redispatch") === "option redispatch 1",
    ),
    wants(
      { check: "proxy-retries", fine: "only connections are retried, never requests" },
      "it may send a request twice: its backends need retry-on conn-failure",
      (lines) => lastOf(lines, "retry-on") === "retry-on conn-failure",
    ),
    wants(
      { check: "proxy-checks", level: "warning", fine: "it notices within 2 s that a member is down" },
      "its checks are too slow: a member that is down would get requests for more than 2 s",
      (lines) => isQuick(lastOf(lines, "default-server") ?? ""),
    ),
  ];
}

function lastOf(lines: readonly string[], ...keywords: readonly string[]): string | undefined {
  return lines.findLast((line) => keywords.some((keyword) => line === keyword || line.startsWith(`${keyword} `)));
}

/** `inter` times `fall` is at most 2 s. */
function isQuick(line: string): boolean {
  const inter = /\binter (\d+)(ms|s)?\b/.exec(line);
  const fall = /\bfall (\d+)\b/.exec(line);
  if (inter === null || fall === null) return false;
  return Number(inter[1]) * (inter[2] === "s" ? 1000 : 1) * Number(fall[1]) <= 2000;
}
