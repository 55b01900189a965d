/** Puts frames onto a terminal, one over the other. It decides nothing but when. */
import type { Output, Shell } from "../shell.ts";

const shortestPauseMilliseconds = 100;
const clearToEnd = "\u001B[J";

export class Painter {
  readonly #output: Output;
  readonly #shell: Shell;
  #shown: readonly string[] = [];
  #shownColumns = 0;
  #paintedAt = Number.NEGATIVE_INFINITY;
  #pending: (() => void) | undefined;

  constructor(output: Output, shell: Shell) {
    this.#output = output;
    this.#shell = shell;
  }

  /** Shows the frame, now or as soon as enough time has passed since the last one. */
  paint(frame: () => readonly string[]): void {
    this.#pending?.();
    const wait = this.#paintedAt + shortestPauseMilliseconds - this.#shell.now();
    if (wait <= 0) this.#show(frame());
    else this.#pending = this.#shell.after(wait, () => this.#show(frame()));
  }

  /** Words that stay; the frame is painted again below them. */
  say(text: string): void {
    const lines = this.#shown;
    if (lines.length > 0) this.#output.write(`${this.#toTop()}${clearToEnd}`);
    this.#output.write(`${text}\n${lines.map((line) => `${line}\n`).join("")}`);
  }

  /** Takes the last frame away; what is written next stays. */
  clear(): void {
    this.#pending?.();
    this.#pending = undefined;
    if (this.#shown.length > 0) this.#output.write(`${this.#toTop()}${clearToEnd}`);
    this.#shown = [];
  }

  #show(lines: readonly string[]): void {
    this.#pending = undefined;
    this.#paintedAt = this.#shell.now();
    const isSame = lines.length === this.#shown.length && lines.every((line, index) => line === this.#shown[index]);
    if (isSame && this.#shownColumns === this.#output.columns) return;
    this.#output.write(`${this.#toTop()}${clearToEnd}${lines.map((line) => `${line}\n`).join("")}`);
    this.#shown = lines;
    this.#shownColumns = this.#output.columns;
  }

  #toTop(): string {
    return this.#shown.length === 0 ? "" : `\u001B[${this.#shown.length}A\r`;
  }
}
