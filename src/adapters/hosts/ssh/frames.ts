import { randomBytes } from "node:crypto";

/** What the program on the host says about itself and its requests, between the output of the commands. */
export type Frame =
  | { readonly kind: "begin"; readonly shellPid: number; readonly loginShell: string }
  | { readonly kind: "started"; readonly request: number; readonly pid: number }
  | { readonly kind: "ended"; readonly request: number; readonly code: number };

/** The host broke the protocol; nothing that it says on this channel can be believed any more. */
export class BrokenFrame extends Error {
  override readonly name = "BrokenFrame";
}

const longestFrame = 512;

/**
 * What a connection's frames begin with: nobody on the host can guess it.
 *
 * Its first character is found in it once. So the end of some output and the beginning of a frame never make up
 * a marker together.
 */
export function newMarker(): string {
  return `~${randomBytes(16).toString("hex")}`;
}

/**
 * Tells frames from output.
 *
 * A frame is the connection's random marker, a letter, its fields and a newline, anywhere in the stream. Chunks may
 * end anywhere, also inside a frame. Everything else is output, byte for byte, and is passed on at once: at most
 * a frame's length is held back.
 */
export class FrameReader {
  readonly #marker: Buffer;
  readonly #onOutput: (bytes: Buffer) => void;
  readonly #onFrame: (frame: Frame) => void;
  #held: Buffer = Buffer.alloc(0);

  constructor(marker: string, onOutput: (bytes: Buffer) => void, onFrame: (frame: Frame) => void) {
    this.#marker = Buffer.from(marker, "latin1");
    this.#onOutput = onOutput;
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    let from = 0;

    for (;;) {
      const at = bytes.indexOf(this.#marker, from);

      if (at === -1) {
        const rest = bytes.length - this.#beginningOfMarkerAtEnd(bytes, from);
        this.#output(bytes.subarray(from, rest));
        this.#held = bytes.subarray(rest);
        return;
      }

      this.#output(bytes.subarray(from, at));
      const end = bytes.indexOf(0x0a, at);

      if (end === -1 || end - at > longestFrame) {
        if (bytes.length - at > longestFrame) throw new BrokenFrame("A frame without an end.");
        this.#held = bytes.subarray(at);
        return;
      }

      this.#onFrame(parseFrame(bytes.toString("latin1", at + this.#marker.length, end)));
      from = end + 1;
    }
  }

  #output(bytes: Buffer): void {
    if (bytes.length > 0) this.#onOutput(bytes);
  }

  /** How many of the last bytes may turn out to be the beginning of a marker. */
  #beginningOfMarkerAtEnd(bytes: Buffer, from: number): number {
    const marker = this.#marker;

    for (let length = Math.min(marker.length - 1, bytes.length - from); length > 0; length--) {
      const start = bytes.length - length;
      if (bytes[start] === marker[0] && bytes.compare(marker, 0, length, start) === 0) return length;
    }

    return 0;
  }
}

function parseFrame(text: string): Frame {
  const [letter, first, second = "0"] = text.split(" ");

  switch (letter) {
    case "b":
      return { kind: "begin", shellPid: Number(first ?? 0), loginShell: second };
    case "s":
      return { kind: "started", request: number(first, text), pid: number(second, text) };
    case "e":
      return { kind: "ended", request: number(first, text), code: number(second, text) };
    default:
      throw new BrokenFrame(`An unknown frame: ${JSON.stringify(text)}.`);
  }
}

function number(field: string | undefined, frame: string): number {
  if (field === undefined || !/^\d{1,15}$/.test(field))
    throw new BrokenFrame(`A damaged frame: ${JSON.stringify(frame)}.`);

  return Number(field);
}
