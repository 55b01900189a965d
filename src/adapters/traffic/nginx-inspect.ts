/** Whether an nginx is set up as rollouts need it, for doctor. */
import type { Target } from "../../core/service.ts";
import { sides, type MemberName } from "../../core/traffic.ts";
import type { Hosts } from "../../ports/hosts.ts";
import type { TrafficFinding } from "../../ports/traffic.ts";
import { findingsOf, programChecks, type Check } from "./program-checks.ts";
import { blockLines } from "./nginx-config.ts";
import { nginxDirectory, type NginxProxy } from "./nginx-proxy.ts";

export interface NginxInspection {
  readonly hosts: Hosts;
  readonly addressOf: (host: string) => string | undefined;
  readonly proxy: NginxProxy;
  readonly name: string;
  readonly target: Target;
}

const include = "/etc/nginx/conf.d/signalbox.conf";

export function inspectNginx(inspection: NginxInspection, signal?: AbortSignal): Promise<readonly TrafficFinding[]> {
  const file = new ManagedFile(inspection, signal);
  return findingsOf(inspection.proxy.host, [
    ...programChecks(inspection, signal),
    ...routeChecks(inspection, file, signal),
    ...requestChecks(inspection, file),
  ]);
}

/** The managed file is what root's program generated; something else in it was put there by hand. */
class ManagedFile {
  readonly path: string;
  readonly #inspection: NginxInspection;
  readonly #signal: AbortSignal | undefined;

  constructor(inspection: NginxInspection, signal?: AbortSignal) {
    this.path = `${nginxDirectory}/${inspection.proxy.place}.conf`;
    this.#inspection = inspection;
    this.#signal = signal;
  }

  async upstreams(): Promise<readonly (readonly string[])[]> {
    const text = await this.read();
    return sides.map((side) => blockLines(text, `upstream ${this.#inspection.name}_${side}`));
  }

  async location(): Promise<readonly string[]> {
    return blockLines(await this.read(), "location /");
  }

  async read(path = this.path): Promise<string> {
    const { hosts, proxy } = this.#inspection;
    const signal = this.#signal && { signal: this.#signal };
    const answer = await hosts.run(proxy.host, { argv: ["cat", "--", path], limitSeconds: 10, ...signal });
    if (answer.code !== 0) throw new Error(`${path} cannot be read: ${answer.stderr.trim()}`);
    return answer.stdout;
  }
}

function routeChecks({ proxy }: NginxInspection, file: ManagedFile, signal?: AbortSignal): readonly Check[] {
  return [
    {
      check: "proxy-file",
      fine: `nginx takes ${file.path} in`,
      look: async () =>
        (await file.read(include)).includes(`include ${nginxDirectory}/*.conf;`)
          ? undefined
          : `${include} does not take in ${nginxDirectory}`,
    },
    {
      check: "proxy-in-step",
      fine: "its file says what its state says",
      async look() {
        const { members, addresses } = await proxy.files(signal);
        const serving = (await file.upstreams()).map((lines) => new Set(lines.filter(isServing).map(addressOfLine)));
        const wrong = (Object.keys(members) as MemberName[]).filter((member) => {
          const isThere = serving[sides.findIndex((side) => member.startsWith(`${side}/`))]!.has(addresses[member]);
          return isThere !== (members[member] === "in");
        });
        return wrong.length === 0 ? undefined : `${file.path} is not what its state says of ${wrong.join(", ")}`;
      },
    },
    {
      check: "proxy-serving",
      fine: "nginx runs, with what its files say",
      cure: `systemctl restart nginx (on ${proxy.host})`,
      look: async () =>
        (await proxy.isLoaded(signal)) ? undefined : "nginx does not run, or has not loaded what its files say",
    },
  ];
}

function requestChecks({ proxy }: NginxInspection, file: ManagedFile): readonly Check[] {
  return [
    {
      check: "proxy-fails",
      fine: "a failed request bans no member",
      look: async () =>
        (await file.upstreams()).flat().every((line) => !isServing(line) || / max_fails=0(?: |$)/.test(line))
          ? undefined
          : "a member of which a request failed is banned for a while, also when it is healthy: it needs max_fails=0",
    },
    {
      check: "proxy-keepalive",
      level: "warning",
      fine: "connections to members are kept",
      look: async () =>
        (await file.upstreams()).every((lines) => lines.some((line) => line.startsWith("keepalive "))) &&
        (await file.location()).includes("proxy_http_version 1.1")
          ? undefined
          : "each request makes a connection: it needs keepalive and proxy_http_version 1.1",
    },
    {
      check: "proxy-retries",
      fine: "what has reached a member is sent to a second one only when it is idempotent",
      async look() {
        const line = (await file.location()).findLast((one) => one.startsWith("proxy_next_upstream ")) ?? "";
        return line.includes("non_idempotent") ? "it may send an order twice: no non_idempotent, please" : undefined;
      },
    },
    {
      check: "proxy-log",
      fine: "its log tells every request",
      async look() {
        const line = `access_log /var/log/nginx/signalbox-${proxy.place}.log signalbox-${proxy.place}`;
        const lines = blockLines(await file.read(), "server");
        return lines.some((one) => one === line) &&
          !(await file.location()).some((one) => one.startsWith("access_log "))
          ? undefined
          : "it does not log each request, so releases cannot be compared";
      },
    },
  ];
}

function isServing(line: string): boolean {
  return line.startsWith("server ") && !line.split(" ").includes("down");
}

function addressOfLine(line: string): string | undefined {
  return line.split(" ")[1];
}
