/**
 * Makes lines out of text that arrives in chunks.
 *
 * A progress bar draws its line again and again by `\r`; what a person would have seen last is the line, and what came
 * before is kept about once a second, so that a long one does not look dead.
 */

export interface LineSplitter {
  push(text: string, now: number): void;
  /** What is left is a line, too. */
  end(): void;
}

const progressMilliseconds = 1000;

export function splitLines(maximumBytes: number, onLine: (text: string) => void): LineSplitter {
  return new Splitter(maximumBytes, onLine);
}

class Splitter implements LineSplitter {
  readonly #maximumBytes: number;
  readonly #onLine: (text: string) => void;
  #line = "";
  #bytes = 0;
  #cutBytes = 0;
  /** The line ended with `\r`: the next text says whether a `\n` belongs to it or it is drawn over. */
  #returned = false;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(maximumBytes: number, onLine: (text: string) => void) {
    this.#maximumBytes = maximumBytes;
    this.#onLine = onLine;
  }

  push(text: string, now: number): void {
    let start = 0;
    while (start < text.length) {
      const end = endOfPiece(text, start);
      if (end > start) this.#add(text.slice(start, end), now);
      if (end === text.length) return;
      if (text.charAt(end) === "\n") this.#emit();
      else this.#returned = true;
      start = end + 1;
    }
  }

  end(): void {
    if (this.#bytes > 0 || this.#cutBytes > 0) this.#emit();
  }

  #add(piece: string, now: number): void {
    if (this.#returned) this.#drawOver(now);
    const room = this.#maximumBytes - this.#bytes;
    const bytes = Buffer.byteLength(piece);
    if (bytes <= room && this.#cutBytes === 0) {
      this.#line += piece;
      this.#bytes += bytes;
      return;
    }
    const kept = this.#cutBytes === 0 ? beginning(piece, room) : "";
    const keptBytes = Buffer.byteLength(kept);
    this.#line += kept;
    this.#bytes += keptBytes;
    this.#cutBytes += bytes - keptBytes;
  }

  #drawOver(now: number): void {
    if (this.#bytes > 0 && now - this.#drawnAt >= progressMilliseconds) {
      this.#drawnAt = now;
      this.#emit();
    }
    this.#reset();
  }

  #emit(): void {
    this.#onLine(this.#cutBytes === 0 ? this.#line : `${this.#line} [${this.#cutBytes} more bytes cut off]`);
    this.#reset();
  }

  #reset(): void {
    this.#line = "";
    this.#bytes = 0;
    this.#cutBytes = 0;
    this.#returned = false;
  }
}

function endOfPiece(text: string, start: number): number {
  const feed = text.indexOf("\n", start);
  const line = feed === -1 ? text.length : feed;
  const back = text.slice(start, line).indexOf("\r");
  return back === -1 ? line : start + back;
}

/** As much of the text as fits, without half a character at its end. */
function beginning(text: string, maximumBytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maximumBytes));
  return text.slice(0, read);
}
