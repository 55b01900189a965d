import type { ByteSource, Command, CommandResult } from "../../../ports/hosts.ts";
import { KeptOutput } from "./kept-output.ts";

const defaultMaxOutputBytes = 1024 * 1024;

/** The channel ended before the answer was complete. */
export class ChannelLost extends Error {
  override readonly name = "ChannelLost";
}

/** One request on its way: from the queue over the wire to its end on both streams. */
export class Exchange {
  readonly argv: readonly string[];
  readonly stdin: ByteSource | undefined;
  readonly stdout: KeptOutput;
  readonly stderr: KeptOutput;
  /** Its number on its channel; 0 until it was written. Once it is written the command may have begun. */
  request = 0;
  /** The process group on the host, once it has begun. */
  pid: number | undefined;
  /** The command was ended on the host: what is missing of its payload may be filled with zeros, nobody reads them. */
  fillPayload = false;
  readonly mayFill: Promise<void>;
  readonly #mayFill = Promise.withResolvers<void>();
  onStarted: (() => void) | undefined;
  /** The payload could not be read completely; the command must not take a part for the whole. */
  onSourceFailed: ((error: Error) => void) | undefined;

  /** Resolves with the exit code. */
  readonly done: Promise<number>;
  readonly #settle: PromiseWithResolvers<number>;
  #code: number | undefined;
  #stderrEnded = false;
  #listenerError: { readonly thrown: unknown } | undefined;

  constructor(command: Pick<Command, "argv" | "stdin" | "maxOutputBytes" | "onOutput">) {
    const { onOutput, maxOutputBytes = defaultMaxOutputBytes } = command;

    this.argv = command.argv;
    this.stdin = command.stdin;
    this.stdout = new KeptOutput(maxOutputBytes, onOutput && ((text) => this.#passOn(onOutput, text, "stdout")));
    this.stderr = new KeptOutput(maxOutputBytes, onOutput && ((text) => this.#passOn(onOutput, text, "stderr")));
    this.#settle = Promise.withResolvers();
    this.done = this.#settle.promise;
    this.mayFill = this.#mayFill.promise;
  }

  get wasWritten(): boolean {
    return this.request !== 0;
  }

  output(): Omit<CommandResult, "code"> {
    return {
      stdout: this.stdout.text(),
      stderr: this.stderr.text(),
      truncated: this.stdout.truncated || this.stderr.truncated,
    };
  }

  started(pid: number): void {
    this.pid = pid;
    this.onStarted?.();
  }

  stdoutEnded(code: number): void {
    this.#code = code;
    this.#finish();
  }

  stderrEnded(): void {
    this.#stderrEnded = true;
    this.#finish();
  }

  endedOnHost(): void {
    this.fillPayload = true;
    this.#mayFill.resolve();
  }

  lost(error: Error): void {
    this.#mayFill.resolve();
    this.#settle.reject(error);
  }

  #finish(): void {
    if (this.#code === undefined || !this.#stderrEnded) return;

    this.stdout.end();
    this.stderr.end();
    if (this.#listenerError === undefined) this.#settle.resolve(this.#code);
    else this.#settle.reject(this.#listenerError.thrown);
  }

  /** A listener that throws spoils its own answer, not the channel. */
  #passOn(onOutput: NonNullable<Command["onOutput"]>, text: string, stream: "stdout" | "stderr"): void {
    try {
      onOutput(text, stream);
    } catch (error) {
      this.#listenerError ??= { thrown: error };
    }
  }
}
