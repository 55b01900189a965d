/** The output of steps, kept apart from the journal because it is large. */
export interface LogWriter {
  /**
   * Adds text as it arrives; it may end in the middle of a line. Each stream has lines of its own: what comes on the one
   * in the middle of a line of the other would take that line apart, and a secret in it.
   */
  write(text: string, stream?: "stdout" | "stderr"): void;
  /** Everything written so far can be read by others; nothing more comes. */
  close(): Promise<void>;
}

export interface LogLine {
  readonly at: number;
  readonly text: string;
}

export interface LogName {
  readonly deployment: string;
  readonly track: string;
  readonly step: number;
  /** A host's name, or `@server`. */
  readonly host: string;
}

/** Keeps 50 MB of each log (the first 5 and the last 45), lines of at most 64 KiB, secrets masked before they are stored. */
export interface Logs {
  open(name: LogName): LogWriter;
  /** The kept lines; a gap in the middle shows as a line that says how much is missing. */
  read(name: LogName, options?: { readonly last?: number }): AsyncIterable<LogLine>;
  list(deployment: string): Promise<readonly LogName[]>;
}
