/** One run of a command: its options, its outputs, and the client once it is needed. */
import type { Client } from "../api/client.ts";
import type { Connection, Wanted } from "./connect.ts";
import type { Output, Shell } from "./shell.ts";
import { safeLine } from "./safe-text.ts";
import { Stopped } from "./stopped.ts";
import type { Look, Style, SymbolName } from "./style.ts";
import { paint, styleOf, symbol } from "./style.ts";

export interface GlobalOptions {
  readonly config?: string;
  readonly server?: string;
  readonly local?: boolean;
  readonly data?: string;
  readonly secretsKey?: string;
  readonly json?: "object" | "lines";
  readonly color?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

export class Session {
  readonly shell: Shell;
  readonly options: GlobalOptions;
  /** How data on standard output looks. */
  readonly style: Style;
  /** How progress on standard error looks. */
  readonly errStyle: Style;
  #connection: Promise<Connection> | undefined;

  constructor(shell: Shell, options: GlobalOptions) {
    this.shell = shell;
    this.options = options;
    const colour = options.color ?? true;
    this.style = styleOf(shell.out, shell.env, { colour });
    this.errStyle = styleOf(shell.err, shell.env, { colour });
  }

  get out(): Output {
    return this.shell.out;
  }

  get err(): Output {
    return this.shell.err;
  }

  /** Whether a script reads the answer. */
  get json(): "object" | "lines" | undefined {
    return this.options.json;
  }

  now(): number {
    return this.shell.now();
  }

  /** A word about what goes on; never data. */
  note(text: string): void {
    if (this.options.quiet !== true) this.err.write(`${text}\n`);
  }

  /** A line that begins with a mark. */
  mark(name: SymbolName, look: Look, text: string): string {
    return `${paint(look, symbol(name, this.style), this.style)} ${text}`;
  }

  /** The answer of a command: as text for people, or as one JSON object. */
  answer(value: unknown, text: () => string): void {
    if (this.json === undefined) this.out.write(text());
    else this.out.write(`${JSON.stringify(value, null, this.json === "object" ? 2 : undefined)}\n`);
  }

  async connection(more: Pick<Wanted, "breakGlass"> = {}): Promise<Connection> {
    this.#connection ??= this.shell.connect({ ...wantedBy(this.options, this.shell.env), ...more });
    return this.#connection;
  }

  async client(): Promise<Client> {
    return (await this.connection()).client;
  }

  /** @throws {Stopped} where somebody on the way to the server could read a password */
  refusePlainPassword(): void {
    const { server } = wantedBy(this.options, this.shell.env);
    if (server !== undefined) refusePlainText(server, "password");
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.close();
  }
}

function wantedBy({ server, local = false, config, data, secretsKey }: GlobalOptions, env: Shell["env"]): Wanted {
  if (server !== undefined && local) {
    throw new Stopped("--server and --local contradict each other", {
      next: "leave one of them out; --local runs the deployment in this process",
    });
  }
  const known = server ?? (env["SIGNALBOX_SERVER"] === "" ? undefined : env["SIGNALBOX_SERVER"]);
  if (known !== undefined && !local) checkServer(known);
  const token = env["SIGNALBOX_TOKEN"];
  if (known !== undefined && !local && token) refusePlainText(known, "token");
  return {
    local,
    ...(known === undefined || local ? {} : { server: known }),
    ...(token === undefined || token === "" ? {} : { token }),
    ...(config === undefined ? {} : { configFile: config }),
    ...(data === undefined ? {} : { dataDirectory: data }),
    ...(secretsKey === undefined ? {} : { secretsKey }),
  };
}

function checkServer(server: string): void {
  const isAddress = URL.canParse(server) && /^https?:$/.test(new URL(server).protocol);
  if (isAddress || server.startsWith("/")) return;
  throw new Stopped(`the server ${safeLine(server)} is not an address`, {
    next: "write it as https://signalbox.example.com, or as the path of a unix socket",
  });
}

/** Whoever reads a token or a password on its way may do what its owner may. */
function refusePlainText(server: string, what: "token" | "password"): void {
  if (!URL.canParse(server)) return;
  const { protocol, hostname } = new URL(server);
  if (protocol !== "http:" || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)) return;
  throw new Stopped(`the ${what} would go to ${safeLine(hostname)} over the network as plain text`, {
    safe: "Nothing was sent.",
    next: "write the server as https://; where it has no TLS, forward its port: ssh -L 8420:127.0.0.1:8420",
  });
}
