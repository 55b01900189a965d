import { memberName, type Member } from "../../core/traffic.ts";
import { CommandEnded, HostUnreachable, type CommandResult, type Hosts } from "../../ports/hosts.ts";
import { ProxyFailed } from "../../ports/traffic.ts";

export interface Answer {
  /** `silent`: nobody listens, or not in time. Otherwise only 2xx and 3xx are good. */
  readonly health: "good" | "bad" | "silent";
  /** Established connections from other hosts, the kept ones too. */
  readonly connections: number | "unknown";
}

const limitSeconds = 30;

/** Arguments: port, path, method. A service may listen on one address only; connections of the host itself are ours. */
const askProgram = `
port=$1
address=$(ss -Hltn "sport = :$port" | head -n 1 | tr -s ' ' | cut -d ' ' -f 4)
address=\${address%:*}
case $address in
  '' | 0.0.0.0 | '*') address=127.0.0.1 ;;
  '[::]') address='[::1]' ;;
esac
ss -Htn state established "( sport = :$port )" | tr -s ' ' | while read -r _ _ own other; do
  [ "\${own%:*}" = "\${other%:*}" ] || echo connection
done
curl -qsg --noproxy '*' --path-as-is -m 2 -o /dev/null -X "$3" -H 'x-signalbox-probe: 1' -w 'status %{http_code}\\n' "http://$address:$port$2"
exit 0
`;

/** A copy, spoken to on its own host. */
export class HealthMember {
  readonly #hosts: Hosts;
  readonly #member: Member;
  readonly #path: string;

  constructor(hosts: Hosts, member: Member, path: string) {
    this.#hosts = hosts;
    this.#member = member;
    this.#path = path;
  }

  /** @throws {ProxyFailed} when the host does not answer */
  async ask(signal?: AbortSignal): Promise<Answer> {
    const { stdout } = await this.#run(this.#path, "GET", false, signal);
    const status = statusIn(stdout);
    const health = status === "000" ? "silent" : status.startsWith("2") || status.startsWith("3") ? "good" : "bad";
    return { health, connections: stdout.split("\n").filter((line) => line === "connection").length };
  }

  /** @throws {ProxyFailed} when it is not answered with 2xx */
  async post(path: string, signal?: AbortSignal): Promise<void> {
    const status = statusIn((await this.#run(path, "POST", true, signal)).stdout);
    if (status.startsWith("2")) return;
    const said = status === "000" ? "did not answer" : `answered ${status} to`;
    const { host } = this.#member;
    throw new ProxyFailed(host, true, `${host}: ${memberName(this.#member)} ${said} POST ${path}.`);
  }

  async #run(path: string, method: "GET" | "POST", mayChange: boolean, signal?: AbortSignal): Promise<CommandResult> {
    const { host, port } = this.#member;
    try {
      const argv = ["sh", "-c", askProgram, "sh", String(port), path, method] as const;
      return await this.#hosts.run(host, { argv, limitSeconds, ...(signal && { signal }) });
    } catch (error) {
      if (error instanceof HostUnreachable) throw new ProxyFailed(host, mayChange && error.sent, error.message);
      if (error instanceof CommandEnded) throw new ProxyFailed(host, mayChange, error.message);
      throw error;
    }
  }
}

/** @returns `000` for no answer */
function statusIn(stdout: string): string {
  return /^status (\d{3})$/m.exec(stdout)?.[1] ?? "000";
}
