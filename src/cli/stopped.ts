/** A command that can't go on, in the order in which people need it: what happened, what is safe, what to do next. */
import { exitCodes } from "../core/exit-code.ts";

export interface StoppedOptions {
  readonly exitCode?: number;
  /** What state things are in now. */
  readonly safe?: string;
  readonly next?: string;
  readonly code?: string;
}

export class Stopped extends Error {
  override readonly name = "Stopped";
  readonly exitCode: number;
  readonly safe: string | undefined;
  readonly next: string | undefined;
  readonly code: string | undefined;

  constructor(message: string, { exitCode = exitCodes.usage, safe, next, code }: StoppedOptions = {}) {
    super(message);
    this.exitCode = exitCode;
    this.safe = safe;
    this.next = next;
    this.code = code;
  }
}
