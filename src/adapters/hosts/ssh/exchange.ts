import type { ByteSource, Command, CommandResult } from "../../../ports/hosts.ts";
import { KeptOutput, PassedOutput, type Output } from "./kept-output.ts";
import { shellQuoteOnOneLine } from "./quote.ts";

const defaultMaxOutputBytes = 1024 * 1024;

/** The channel ended before the answer was complete. */
export class ChannelLost extends Error {
  override readonly name = "ChannelLost";
}

/** One request on its way: from the queue over the wire to its end on both streams. */
export class Exchange {
  /** Its arguments as shell text. Encoding comes first, so that what cannot be encoded is never begun. */
  readonly words: string;
  readonly stdin: ByteSource | undefined;
  readonly stdout: Output;
  readonly stderr: Output;
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

  constructor(command: Pick<Command, "argv" | "stdin" | "maxOutputBytes" | "onOutput" | "onBytes">) {
    const { onOutput, onBytes, maxOutputBytes = defaultMaxOutputBytes } = command;
    const kept = (stream: "stdout" | "stderr"): Output =>
      new KeptOutput(maxOutputBytes, onOutput && ((text) => this.#listen(() => onOutput(text, stream))));

    this.words = command.argv.map(shellQuoteOnOneLine).join(" ");
    this.stdin = command.stdin;
    this.stdout = onBytes ? new PassedOutput((chunk) => this.#listen(() => onBytes(chunk))) : kept("stdout");
    this.stderr = kept("stderr");
    this.#settle = Promise.withResolvers();
    this.done = this.#settle.promise;
    // Whoever gave up waiting does not hear how it ended.
    this.done.catch(() => {});
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
  #listen(call: () => void): void {
    if (this.#listenerError !== undefined) return;

    try {
      call();
    } catch (error) {
      this.#listenerError = { thrown: error };
    }
  }
}
