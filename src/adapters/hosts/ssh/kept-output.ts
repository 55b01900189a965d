import { StringDecoder } from "node:string_decoder";

/** Where one stream of a command goes. */
export interface Output {
  readonly truncated: boolean;
  push(chunk: Buffer): void;
  /** Nothing more comes. */
  end(): void;
  /** What was kept of it. */
  text(): string;
}

/** Passed on as bytes, however many; nothing is kept. */
export class PassedOutput implements Output {
  readonly truncated = false;
  readonly push: (chunk: Buffer) => void;

  constructor(passOn: (chunk: Buffer) => void) {
    this.push = passOn;
  }

  end(): void {}

  text(): string {
    return "";
  }
}

/** Passed on as text as it arrives, and kept up to a number of bytes. */
export class KeptOutput implements Output {
  readonly #most: number;
  readonly #passOn: ((text: string) => void) | undefined;
  readonly #decoder: StringDecoder | undefined;
  readonly #kept: Buffer[] = [];
  #bytes = 0;
  truncated = false;

  constructor(most: number, passOn: ((text: string) => void) | undefined) {
    this.#most = most;
    this.#passOn = passOn;
    this.#decoder = passOn === undefined ? undefined : new StringDecoder("utf8");
  }

  push(chunk: Buffer): void {
    const room = this.#most - this.#bytes;

    if (chunk.length > room) this.truncated = true;
    if (room > 0) {
      // A copy, because a small part of a chunk would keep the whole chunk in memory.
      const part = Buffer.from(chunk.subarray(0, room));
      this.#kept.push(part);
      this.#bytes += part.length;
    }

    const text = this.#decoder?.write(chunk) ?? "";
    if (text !== "") this.#passOn?.(text);
  }

  /** The last bytes may be half a character; nothing follows that would complete it. */
  end(): void {
    const text = this.#decoder?.end() ?? "";
    if (text !== "") this.#passOn?.(text);
  }

  text(): string {
    return this.#kept.length === 1
      ? (this.#kept[0] as Buffer).toString("utf8")
      : Buffer.concat(this.#kept).toString("utf8");
  }
}
