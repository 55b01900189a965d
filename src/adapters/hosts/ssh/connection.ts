import { addAbortSignal } from "node:stream";

import { CommandEnded, HostUnreachable } from "../../../ports/hosts.ts";
import type { ByteStream, Command, CommandResult, HostAddress } from "../../../ports/hosts.ts";
import type { Channel } from "./channel.ts";
import { endSession } from "./end-session.ts";
import { ChannelLost, Exchange } from "./exchange.ts";
import { explainFailure, lastWords, where, type Explanation } from "./explain-failure.ts";
import { ForwardFailed, Forwards } from "./forwards.ts";
import { HostSocket } from "./host-socket.ts";
import { Lanes } from "./lanes.ts";
import { loginCommand } from "./shell-program.ts";
import { Shell } from "./shell.ts";
import { Watch } from "./watch.ts";

/** Where a connection's files are and what it goes through. */
export interface ConnectionPlace {
  readonly host: HostAddress;
  /** The hosts it goes through, the nearest to the server first. */
  readonly way: readonly HostAddress[];
  readonly configFile: string;
  readonly controlPath: string;
  readonly logFile: string;
}

/** The login shell may need a while after the connection stands: one with a version manager takes half a second. */
const loginSeconds = 15;
const sessionSeconds = 10;

/** The connection could not be made. */
export class ConnectionFailed extends Error {
  override readonly name = "ConnectionFailed";
  readonly explanation: Explanation;

  constructor(explanation: Explanation) {
    super(explanation.message);
    this.explanation = explanation;
  }
}

/**
 * One warm connection to a host: an OpenSSH process that is the master of the shared connection and carries the
 * shell for commands. Further shells are sessions over the same master.
 */
export class Connection {
  readonly place: ConnectionPlace;
  /** Hosts that are reached through this one. */
  dependents = 0;

  readonly #shell: Shell;
  readonly #lanes: Lanes;
  readonly #forwards: Forwards;
  #isOpen = true;
  /** The first shell hangs on a command that could not be ended. Another one stands in for it until it is done. */
  #isStuck = false;
  #lastUsed = performance.now();

  private constructor(place: ConnectionPlace, shell: Shell) {
    this.place = place;
    this.#shell = shell;
    this.#lanes = new Lanes(() => this.#openSession());
    this.#forwards = new Forwards(place.host.name, place.controlPath);
    void shell.channel.ended.then(() => {
      this.#isOpen = false;
    });
  }

  /** @throws {ConnectionFailed} */
  static async open(place: ConnectionPlace, connectTimeoutSeconds: number): Promise<Connection> {
    const { host, way, configFile, controlPath, logFile } = place;
    const options = ["-F", configFile, "-M", "-S", controlPath, "-T"];
    const shell = await Shell.start([...options, "--", host.name, loginCommand], logFile);
    const failure = await shell.untilReady(connectTimeoutSeconds + loginSeconds);

    if (failure === undefined) return new Connection(place, shell);
    throw new ConnectionFailed(explainFailure(host, failure, way));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Resolves when nothing of it is left. */
  get closed(): Promise<void> {
    return this.#shell.channel.ended;
  }

  /**
   * @throws {HostUnreachable}
   * @throws {CommandEnded}
   */
  async run(command: Command): Promise<CommandResult> {
    const exchange = new Exchange(command);
    const kind = command.channel ?? "commands";

    try {
      if (this.#shell.channel.load === 0) this.#isStuck = false;
      if (kind === "commands" && !this.#isStuck) {
        const onStuck = (): void => {
          this.#isStuck = true;
        };
        const code = await this.#watch(command, exchange, this.#shell.channel, onStuck);
        return { code, ...exchange.output() };
      }

      const lane = this.#lanes.take(kind);
      try {
        const code = await this.#watch(command, exchange, await lane.channel, () => this.#lanes.drop(lane.channel));
        return { code, ...exchange.output() };
      } finally {
        this.#lanes.release(lane);
      }
    } catch (error) {
      if (error instanceof ChannelLost) throw this.#lost(error, exchange.wasWritten);
      throw error;
    } finally {
      this.touch();
    }
  }

  /**
   * A stream to a unix socket of the host.
   *
   * @throws {HostUnreachable}
   */
  async socket(path: string, signal?: AbortSignal): Promise<ByteStream> {
    try {
      const socket = await this.#forwards.open(path);
      socket.once("close", () => this.touch());
      if (signal !== undefined) addAbortSignal(signal, socket);
      return new HostSocket(socket, (why) => this.#noSocket(path, why));
    } catch (error) {
      if (error instanceof ForwardFailed) throw this.#noSocket(path, error.message);
      throw error;
    }
  }

  touch(): void {
    this.#lastUsed = performance.now();
  }

  /** How another OpenSSH program gets a session over this connection. */
  share(): { readonly program: string; readonly argv: readonly string[]; readonly destination: string } {
    this.touch();
    return { program: "ssh", argv: this.#sessionOptions(), destination: this.place.host.name };
  }

  /** Closes what was not used for a while, the connection itself too. */
  closeIdle(idleMs: number): void {
    this.#lanes.closeIdle();
    const isUsed =
      this.#shell.channel.load > 0 || this.#lanes.size > 0 || this.#forwards.size > 0 || this.dependents > 0;
    if (!isUsed && performance.now() - this.#lastUsed > idleMs) this.retire();
  }

  /** Ends when its commands are done. Another program that shares it by its socket may finish as well. */
  retire(): void {
    this.#isOpen = false;
    this.#lanes.closeAll();
    this.#shell.channel.close();
  }

  /** Ends at once. */
  abandon(): void {
    this.#isOpen = false;
    this.#shell.kill();
  }

  async #watch(command: Command, exchange: Exchange, channel: Channel, onStuck: () => void): Promise<number> {
    const host = this.place.host.name;
    if (command.signal?.aborted === true) {
      const message = `${host}: ${command.argv[0]} was aborted before it began.`;
      throw new CommandEnded(host, "aborted", exchange.output(), message);
    }

    const endOnHost = (): Promise<number> => this.#endOnHost(exchange);
    return new Watch({ host, command, exchange, channel, endOnHost, onStuck }).exitCode();
  }

  async #endOnHost(exchange: Exchange): Promise<number> {
    const lane = this.#lanes.take("end");

    try {
      const ending = new Exchange({ argv: endSession(exchange.pid ?? 0) });
      (await lane.channel).send(ending);
      await ending.done;
      exchange.endedOnHost();
      return Number(ending.stdout.text());
    } catch {
      // The connection is lost, then the exchange is as well; or it takes no further session.
      return 1;
    } finally {
      this.#lanes.release(lane);
    }
  }

  async #openSession(): Promise<Channel> {
    const { host, logFile } = this.place;
    const shell = await Shell.start([...this.#sessionOptions(), "--", host.name, loginCommand], `${logFile}.sessions`);
    const failure = await shell.untilReady(sessionSeconds);

    if (failure === undefined) return shell.channel;
    throw new ChannelLost(`no further session could be opened.${lastWords(failure.noise + failure.log)}`);
  }

  #sessionOptions(): readonly string[] {
    const { configFile, controlPath } = this.place;

    // Without the warm connection it must fail, not make a connection of its own.
    return ["-F", configFile, "-S", controlPath, "-o", "ProxyCommand=false", "-T"];
  }

  #noSocket(path: string, why: string): HostUnreachable {
    const { host, way } = this.place;
    const message =
      `${where(host, way)}: there is no way to its socket ${path}; ${why}.\n` +
      `  Next: check that its program runs, that ${host.user} may use it, and AllowStreamLocalForwarding of its sshd.`;

    return new HostUnreachable(host.name, this.#isOpen ? "connection-refused" : "connection-lost", false, message);
  }

  #lost(error: ChannelLost, sent: boolean): HostUnreachable {
    const { host, way } = this.place;
    const isKnown = sent ? "It is not known whether the command ran" : "The command was not sent";
    const message = `${where(host, way)}: the connection was lost; ${error.message}\n  ${isKnown}.`;

    return new HostUnreachable(host.name, "connection-lost", sent, message);
  }
}
