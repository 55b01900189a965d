import { CommandEnded, type Command } from "../../../ports/hosts.ts";
import type { Channel } from "./channel.ts";
import type { Exchange } from "./exchange.ts";

/** TERM, two seconds, KILL, and some time for the answer. */
const endWithinMs = 8000;
const stillRuns = " Something of it could not be ended as this user and may still run there.";
const longestTimerMs = 2 ** 31 - 1;

export interface Watched {
  readonly host: string;
  readonly command: Command;
  readonly exchange: Exchange;
  readonly channel: Channel;
  /** Ends the session of the exchange on the host; resolves with how many processes of it could not be ended. */
  readonly endOnHost: () => Promise<number>;
  /** The command could not be ended; the channel hangs on it. */
  readonly onStuck: () => void;
}

/**
 * Sends an exchange and waits for its exit code, its limit or its signal.
 *
 * The limit runs from the command's beginning on the host. Whoever gets `CommandEnded` knows that nothing of it runs
 * any more, unless the message says otherwise.
 */
export class Watch {
  readonly #it: Watched;
  readonly #given = Promise.withResolvers<never>();
  #because: CommandEnded["because"] | undefined;
  #sourceError: Error | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ending: Promise<number> | undefined;

  constructor(watched: Watched) {
    this.#it = watched;
  }

  /**
   * @throws {CommandEnded}
   * @throws {ChannelLost}
   */
  async exitCode(): Promise<number> {
    const { command, exchange, channel } = this.#it;

    exchange.onStarted = this.#started;
    exchange.onSourceFailed = this.#sourceFailed;
    command.signal?.addEventListener("abort", this.#abort);

    try {
      channel.send(exchange);
      const code = await Promise.race([exchange.done, this.#given.promise]);
      if (this.#because === undefined) return code;

      // The command itself is gone; what it had started goes now.
      const left = await Promise.race([this.#ending, this.#given.promise]);
      throw this.#sourceError ?? this.#ended(this.#because, left ? stillRuns : "");
    } finally {
      clearTimeout(this.#timer);
      command.signal?.removeEventListener("abort", this.#abort);
    }
  }

  readonly #started = (): void => {
    if (this.#because !== undefined) {
      this.#ending = this.#it.endOnHost();
      return;
    }

    const limitMs = Math.min(this.#it.command.limitSeconds * 1000, longestTimerMs);
    this.#timer = setTimeout(() => this.#end("limit"), limitMs);
  };

  readonly #abort = (): void => this.#end("aborted");

  readonly #sourceFailed = (error: Error): void => {
    this.#sourceError = error;
    this.#end("aborted");
  };

  #end(because: CommandEnded["because"]): void {
    const { exchange, channel, onStuck } = this.#it;
    if (this.#because !== undefined) return;

    this.#because = because;
    clearTimeout(this.#timer);
    if (channel.takeBack(exchange)) return this.#given.reject(this.#ended(because));

    this.#timer = setTimeout(() => {
      onStuck();
      this.#given.reject(this.#ended(because, stillRuns));
    }, endWithinMs);
    if (exchange.pid !== undefined) this.#ending = this.#it.endOnHost();
  }

  #ended(because: CommandEnded["because"], also = ""): CommandEnded {
    const { host, command, exchange } = this.#it;
    const why = because === "limit" ? `after its limit of ${command.limitSeconds} s` : "because it was aborted";

    return new CommandEnded(host, because, exchange.output(), `${host}: ${command.argv[0]} was ended ${why}.${also}`);
  }
}
