import type { Readable, Writable } from "node:stream";

import { ChannelLost, type Exchange } from "./exchange.ts";
import { BrokenFrame, FrameReader, newMarker, type Frame } from "./frames.ts";
import { sendPayload } from "./payload.ts";
import { requestLine } from "./shell-program.ts";

/** The three streams of a shell on a host. */
export interface Streams {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/** What the shell says when it is ready. */
export interface Hello {
  readonly shellPid: number;
  readonly loginShell: string;
}

/** So many requests may be written before the first of them is answered; more would gain nothing. */
const pipelined = 4;
const keptNoise = 4096;

/**
 * One shell on a host that answers requests one after the other.
 *
 * Requests are written ahead of the answers, but never past one with a payload: what reads the payload on the host
 * may read further than it should, and there must be nothing further.
 */
export class Channel {
  /** Resolves when the shell is ready, rejects when the channel ends before. */
  readonly ready: Promise<Hello>;
  /** Resolves when the process behind the streams has ended, however it did. */
  readonly ended: Promise<void>;
  /** What came on standard error before the shell was ready. */
  noise = "";

  readonly #streams: Streams;
  readonly #marker = newMarker();
  readonly #hello = Promise.withResolvers<Hello>();
  readonly #onBroken: (error: Error) => void;
  #requests = 0;
  #isReady = false;
  #stderrIsReady = false;
  readonly #end = Promise.withResolvers<void>();
  #lost: ChannelLost | undefined;
  readonly #waiting: Exchange[] = [];
  /** Written and not yet ended on the respective stream, in the order of writing. */
  readonly #onStdout: Exchange[] = [];
  readonly #onStderr: Exchange[] = [];

  constructor(streams: Streams, onBroken: (error: Error) => void) {
    this.#streams = streams;
    this.#onBroken = onBroken;
    this.ready = this.#hello.promise;
    this.ready.catch(() => {});
    this.ended = this.#end.promise;

    const stdout = new FrameReader(this.#marker, (bytes) => this.#onStdout[0]?.stdout.push(bytes), this.#stdoutFrame);
    const stderr = new FrameReader(this.#marker, this.#stderrBytes, this.#stderrFrame);
    this.#read(streams.stdout, stdout);
    this.#read(streams.stderr, stderr);
    // A write to a process that ended is no news: its exit tells why, and ends the channel.
    streams.stdin.on("error", () => {});
    streams.stdin.write(`${this.#marker}\n`);
  }

  /** The exchanges that wait or run. */
  get load(): number {
    return this.#waiting.length + Math.max(this.#onStdout.length, this.#onStderr.length);
  }

  send(exchange: Exchange): void {
    if (this.#lost !== undefined) return exchange.lost(this.#lost);

    this.#waiting.push(exchange);
    this.#pump();
  }

  /** Takes back a request that was not written yet. */
  takeBack(exchange: Exchange): boolean {
    const at = this.#waiting.indexOf(exchange);
    if (at !== -1) this.#waiting.splice(at, 1);

    return at !== -1;
  }

  /** No further requests: the shell ends when it has answered those it has. */
  close(): void {
    this.#streams.stdin.end();
  }

  /** The process behind the streams has ended. */
  end(why: string): void {
    if (this.#lost !== undefined) return;

    const lost = new ChannelLost(why);
    this.#lost = lost;
    this.#hello.reject(lost);
    for (const exchange of new Set([...this.#onStdout, ...this.#onStderr, ...this.#waiting])) exchange.lost(lost);
    this.#waiting.length = this.#onStdout.length = this.#onStderr.length = 0;
    this.#end.resolve();
  }

  #pump(): void {
    while (this.#isReady && this.#onStdout.length < pipelined && this.#onStdout.at(-1)?.stdin === undefined) {
      const exchange = this.#waiting.shift();
      if (exchange === undefined) return;

      this.#write(exchange);
    }
  }

  #write(exchange: Exchange): void {
    exchange.request = ++this.#requests;
    this.#onStdout.push(exchange);
    this.#onStderr.push(exchange);

    const payloadBytes = exchange.stdin?.bytes ?? 0;
    this.#streams.stdin.write(requestLine(this.#marker, exchange.request, exchange.words, payloadBytes));
    if (payloadBytes > 0) void sendPayload(exchange, this.#streams.stdin);
  }

  #read(stream: Readable, reader: FrameReader): void {
    stream.on("data", (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        stream.removeAllListeners("data").resume();
        this.#onBroken(error as Error);
      }
    });
  }

  readonly #stderrBytes = (bytes: Buffer): void => {
    if (this.#stderrIsReady) this.#onStderr[0]?.stderr.push(bytes);
    else this.noise = (this.noise + bytes.toString("utf8")).slice(-keptNoise);
  };

  readonly #stderrFrame = (frame: Frame): void => {
    if (frame.kind === "begin") {
      this.#stderrIsReady = true;
      return;
    }

    this.#expect(this.#onStderr, frame);
    if (frame.kind === "ended") this.#onStderr.shift()?.stderrEnded();
  };

  readonly #stdoutFrame = (frame: Frame): void => {
    if (frame.kind === "begin") {
      this.#isReady = true;
      this.#hello.resolve(frame);
    } else {
      const exchange = this.#expect(this.#onStdout, frame);

      if (frame.kind === "started") return exchange.started(frame.pid);

      this.#onStdout.shift();
      exchange.stdoutEnded(frame.code);
    }

    this.#pump();
  };

  #expect(queue: readonly Exchange[], frame: Exclude<Frame, { kind: "begin" }>): Exchange {
    const exchange = queue[0];
    if (exchange?.request !== frame.request) throw new BrokenFrame(`Request ${frame.request} was not the next one.`);

    return exchange;
  }
}
