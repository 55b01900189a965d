/** What a command line needs of the process it runs in, so that tests can run commands without one. */
import type { Connection, Wanted } from "./connect.ts";

/** Standard output or standard error. */
export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** As it is now; terminals are resized while something is painted. */
  readonly columns: number;
  readonly rows: number;
}

export interface Shell {
  /** Data. */
  readonly out: Output;
  /** Progress, questions and errors. */
  readonly err: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  now(): number;
  /** Calls back after some time, unless it is called off by then. */
  after(milliseconds: number, work: () => void): () => void;
  /** Takes over Ctrl-C until it is given back. */
  onInterrupt(listener: () => void): () => void;
  /** A value from standard input, or typed by a person without being shown. */
  readSecret(prompt: string): Promise<string>;
  /** Asks a person yes or no; nothing where there is no terminal to ask on. */
  confirm(question: string): Promise<boolean | undefined>;
  connect(wanted: Wanted): Promise<Connection>;
}
