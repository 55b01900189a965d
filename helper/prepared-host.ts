/** A test host on which Signalbox is installed, and the calls that a server would make there as the deploy user. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { attempt, type CommandResult, must, until } from "../testbed/command.ts";
import type { TestbedHost } from "../testbed/host.ts";

const files = import.meta.dirname;
const example = join(files, "../examples/node-greeter");

/** What the helper said: its last `key=value` of each key, and everything. */
export interface Answer extends CommandResult {
  readonly said: Readonly<Record<string, string>>;
}

/** The switches of examples/node-greeter, and the variables of the release. */
export interface ReleaseOptions {
  readonly behaviour?: Readonly<Record<string, string | number | boolean>>;
  readonly unit?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export const helperText = readFileSync(join(files, "signalbox-helper"), "utf8");
export const helperPath = "/usr/lib/signalbox/signalbox-helper";

/** The lines of services.d that the tests use. */
export const orders = [
  "orders.root=/srv/orders",
  "orders.user=orders",
  "orders.slots=main blue green",
  "orders.ports=8080 8081 8082",
  "orders.directories=/var/log/orders",
  "orders.adopts=orders-legacy.service",
];

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export class PreparedHost {
  readonly host: TestbedHost;
  readonly #control = mkdtempSync(join(tmpdir(), "helper-tests-"));
  #keys = 0;

  private constructor(host: TestbedHost) {
    this.host = host;
  }

  /** Runs the install script as `signalbox hosts prepare` does. */
  static async prepare(host: TestbedHost, lines: readonly string[] = orders): Promise<PreparedHost> {
    const prepared = new PreparedHost(host);
    const { code, stdout, stderr } = await prepared.install(lines);
    if (code !== 0) throw new Error(`${host.name} could not be prepared: ${stdout}${stderr}`);
    // A power cut must only lose what a test has left unsynced, not the installation.
    await host.mustRun(["sync"]);
    return prepared;
  }

  async install(lines: readonly string[], digest = sha256(helperText)): Promise<CommandResult> {
    const directory = (await this.host.mustRun(["mktemp", "-d", "/root/signalbox.XXXXXX"])).trim();
    for (const name of ["signalbox-helper", "signalbox-recover.service", "signalbox-recover.timer"])
      await this.host.writeFile(`${directory}/${name}`, readFileSync(join(files, name)));
    const script = readFileSync(join(files, "install-host.sh"));
    const result = await this.host.rootShell(["sh", "-s", "--", directory, digest, "deploy", ...lines], {
      input: script,
    });
    await this.host.mustRun(["rm", "-r", directory]);
    return result;
  }

  /** Runs words as a login, each word quoted; one warm connection carries them all. */
  as(login: "deploy" | "builder", argv: readonly string[], input: string | Buffer = ""): Promise<CommandResult> {
    return this.line(login, argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" "), input);
  }

  /** Runs a line of shell as a login. */
  line(login: "deploy" | "builder", line: string, input: string | Buffer = ""): Promise<CommandResult> {
    const [ssh = "", ...options] = this.host.sshCommand(login);
    const share = ["-o", "ControlMaster=auto", "-o", `ControlPath=${this.#control}/%r`, "-o", "ControlPersist=60"];
    return attempt([ssh, ...share, ...options, line], { input });
  }

  /** Calls the helper as the deploy user does. */
  async call(...words: readonly string[]): Promise<Answer> {
    return this.callWithInput("", ...words);
  }

  async callWithInput(input: string, ...words: readonly string[]): Promise<Answer> {
    return answer(await this.as("deploy", ["sudo", "-n", helperPath, ...words], input));
  }

  /** Uploads a copy of the example, with its switches set, and stages its settings. */
  async release(id: string, options: ReleaseOptions = {}): Promise<string> {
    const behaviour = Object.entries(options.behaviour ?? {}).map(([name, value]) => `${name}=${value}\n`);
    const unpack = `
      set -eu; release=/srv/orders/releases/$1; [ ! -e "$release" ] || exit 0
      mkdir -p "$release.part"; tar -xC "$release.part"; printf %s "$2" >>"$release.part/behaviour.properties"
      chmod -R a+rX,a-w "$release.part"; sync -f "$release.part"; mv -T "$release.part" "$release"; sync /srv/orders/releases`;
    const { code, stderr } = await this.as(
      "deploy",
      ["sh", "-c", unpack, "sh", id, behaviour.join("")],
      await artifact(),
    );
    if (code !== 0) throw new Error(`upload of ${id}: ${stderr}`);
    const staged = await this.stage(id, options);
    if (staged.code !== 0) throw new Error(`stage of ${id}: ${staged.stdout}${staged.stderr}`);
    return id;
  }

  stage(id: string, { unit = [], environment = {} }: ReleaseOptions = {}): Promise<Answer> {
    const variables = { PORT: "8080", SIGNALBOX_RELEASE: id.split("-")[0]!, ...environment };
    const directives = [
      "Unit.Description=Orders",
      "Service.Type=exec",
      "Service.ExecStart=/usr/bin/node server.mjs",
      "Service.Restart=on-failure",
      "Service.RestartSec=1s",
      "Service.TimeoutStopSec=3s",
      ...unit,
    ];
    const words = [
      ...directives.flatMap((directive) => ["unit", directive]),
      ...Object.entries(variables).flatMap(([name, value]) => ["env", `${name}=${value}`]),
    ];
    return this.call("stage", "orders", id, sha256(words.join("\n")), ...words);
  }

  /** A key that was not used yet on this host. */
  key(): string {
    this.#keys += 1;
    return `key-${process.pid}-${this.#keys}`;
  }

  /** Begins an activation, with a health check that is quick enough for tests. */
  begin(key: string, release: string, ...options: readonly string[]): Promise<Answer> {
    return this.beginIn("main", key, release, ...options);
  }

  beginIn(slot: string, key: string, release: string, ...options: readonly string[]): Promise<Answer> {
    const given = (name: string): boolean => options.some((option) => option.startsWith(`${name}=`));
    const defaults = [
      "installation=inst-a",
      "epoch=1",
      "deployment=d1",
      "health=http:/healthz",
      "port=8080",
      "within=6",
      "successes=2",
      "stable=0",
    ];
    const words = [...defaults.filter((option) => !given(option.split("=")[0]!)), ...options];
    const digest = sha256([slot, release, ...options].join("\n"));
    return this.call("activate", key, digest, "orders", slot, release, ...words);
  }

  /** An activation from beginning to end: the result's lines. */
  activate(release: string, ...options: readonly string[]): Promise<Answer["said"]> {
    return this.activateIn("main", release, ...options);
  }

  async activateIn(slot: string, release: string, ...options: readonly string[]): Promise<Answer["said"]> {
    const key = this.key();
    const begun = await this.beginIn(slot, key, release, ...options);
    if (begun.said["error"] !== undefined) return begun.said;
    return (await this.call("follow", key, "0", "90")).said;
  }

  /** Waits until the activation has said that a stage began (or has ended). */
  async reached(key: string, stage: string): Promise<void> {
    await until(`${key} has reached ${stage}`, 30, async () => {
      const { stdout } = await this.host.rootShell([
        "grep",
        "-c",
        `^stage=${stage} `,
        `/var/lib/signalbox/progress/${key}`,
      ]);
      return Number(stdout) > 0 || undefined;
    });
  }

  async status(): Promise<Answer["said"]> {
    return (await this.call("status", "orders")).said;
  }

  /** What the service answers: the first word of /version, or "" when nobody listens. */
  async serves(port = 8080): Promise<string> {
    const { stdout } = await this.host.rootShell(["curl", "-s", "-m", "2", `http://127.0.0.1:${port}/version`]);
    return stdout.split(" ")[0]!.trim();
  }

  async close(): Promise<void> {
    for (const socket of existsSync(this.#control) ? readdirSync(this.#control) : [])
      await attempt(["ssh", "-o", `ControlPath=${this.#control}/${socket}`, "-O", "exit", "host"]);
    rmSync(this.#control, { recursive: true, force: true });
  }
}

export function answer(result: CommandResult): Answer {
  const said: Record<string, string> = {};
  for (const line of result.stdout.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0) said[line.slice(0, at)] = line.slice(at + 1);
  }
  return { ...result, said };
}

async function artifact(): Promise<Buffer> {
  const names = readdirSync(example).filter((name) => name.endsWith(".mjs") || name === "behaviour.properties");
  const tar = join(mkdtempSync(join(tmpdir(), "helper-tests-")), "release.tar");
  try {
    await must(["tar", "-cf", tar, "-C", example, ...names]);
    return readFileSync(tar);
  } finally {
    rmSync(join(tar, ".."), { recursive: true });
  }
}
