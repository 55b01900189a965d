/** A test host with a proxy on which Signalbox is installed, and members behind it that say who they are. */
import { installProxyScript } from "../src/adapters/hosts/ssh/prepare.ts";
import { attempt, type CommandResult, until } from "../testbed/command.ts";
import type { TestbedHost } from "../testbed/host.ts";
import { answer, type Answer } from "./prepared-host.ts";

export const proxyProgram = "/usr/lib/signalbox/signalbox-proxy";
export const place = "orders.production";
export type Kind = "haproxy" | "nginx";

/** Two copies of nothing but names: blue on 8081, green on 8082. `/slow` takes a second, an upgrade becomes an echo. */
const memberText = `
const { createServer } = require("node:http");
const { hostname } = require("node:os");
const { createHash } = require("node:crypto");
for (const [side, port] of [["blue", 8081], ["green", 8082]]) {
  const server = createServer((request, response) => {
    const reply = () => response.end(side + " " + hostname());
    if (request.url === "/slow") setTimeout(reply, 1000); else reply();
  });
  server.on("upgrade", ({ headers }, socket) => {
    const proof = createHash("sha1").update(headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
    const said = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Accept: " + proof];
    socket.write(said.join("\\r\\n") + "\\r\\n\\r\\n");
    socket.pipe(socket);
  });
  server.listen(port);
}`;

export async function startMembers(host: TestbedHost): Promise<void> {
  await host.mustRun(["systemd-run", "--quiet", "--unit=members", "node", "-e", memberText]);
  await until(`the members of ${host.name} answer`, 20, async () => {
    const { code } = await host.rootShell(["curl", "-s", "http://127.0.0.1:8082/"]);
    return code === 0 || undefined;
  });
}

/** The lines of the list: each of the hosts on both sides. */
export function listOf(kind: Kind, members: readonly TestbedHost[], bind = 8080): string[] {
  const on = (side: string, port: number): string[] =>
    members.map(({ name, address }) => `member=${side}/${name}=${address}:${port}`);
  const settings = [`kind=${kind}`, "name=orders", `bind=${bind}`, "check=/healthz", "testers=x-canary", "max-conn=0"];
  return [...settings, ...on("blue", 8081), ...on("green", 8082)];
}

export class PreparedProxy {
  readonly host: TestbedHost;

  constructor(host: TestbedHost) {
    this.host = host;
  }

  /** What `signalbox traffic install` does. */
  async install(lines: readonly string[], name = place): Promise<CommandResult> {
    return this.host.rootShell(["sh", "-s"], { input: await installProxyScript("deploy", new Map([[name, lines]])) });
  }

  async mustInstall(lines: readonly string[], name = place): Promise<string> {
    const { code, stdout, stderr } = await this.install(lines, name);
    if (code !== 0) throw new Error(`${this.host.name} could not be prepared: ${stdout}${stderr}`);
    return stdout;
  }

  /** Calls the program as the deploy user does. */
  async call(...words: readonly string[]): Promise<Answer> {
    const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    return answer(await this.host.ssh(`sudo -n ${proxyProgram} ${line}`));
  }

  write(...changes: readonly string[]): Promise<Answer> {
    return this.call("write", place, ...changes);
  }

  async show(): Promise<Answer["said"]> {
    return (await this.call("show", place)).said;
  }

  /** Who answers so many requests, each over a connection of its own: "blue web-1", sorted and without repetitions. */
  async whoAnswers({ headers = {}, requests = 12, port = 8080 } = {}): Promise<string[]> {
    const seen = new Set<string>();
    for (let count = 0; count < requests; count += 1) seen.add(await this.ask({ headers, port }));
    return [...seen].sort();
  }

  async ask({ headers = {}, port = 8080, path = "/" } = {}): Promise<string> {
    const options = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${String(value)}`]);
    const url = `http://${this.host.address}:${port}${path}`;
    const { stdout } = await attempt(["curl", "-s", "-m", "5", "-w", "|%{http_code}", ...options, url]);
    const [body = "", status = ""] = stdout.split("|");
    return status === "200" ? body : status;
  }

  /** Lines of HAProxy's runtime interface, asked by the deploy user himself. */
  async runtime(command: string): Promise<string> {
    const ask = `require("node:net").connect("/run/haproxy/signalbox.sock").end(${JSON.stringify(`${command}\n`)}).pipe(process.stdout)`;
    const { code, stdout, stderr } = await this.host.ssh(`node -e '${ask}'`);
    if (code !== 0) throw new Error(`${command}: ${stderr}`);
    return stdout;
  }

  /** Waits until HAProxy's own check has found all members that are in rotation. */
  async up(servers: number): Promise<void> {
    await until(`${servers} members are up`, 20, async () => {
      const rows = (await this.runtime("show stat")).split("\n");
      return (
        rows.filter((row) => /^orders_(blue|green),web-/.test(row) && row.includes(",UP,")).length === servers ||
        undefined
      );
    });
  }
}
