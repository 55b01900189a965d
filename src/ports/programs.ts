/** The team's own programs on the server, such as hooks. */
export interface Programs {
  /**
   * Runs an argument list in a clean environment and ends its whole process group at the limit or when the signal fires.
   *
   * @returns its exit status; 128 + n when signal n ended it
   */
  run(argv: readonly string[], options: ProgramOptions): Promise<number>;
}

export interface ProgramOptions {
  readonly variables: Readonly<Record<string, string>>;
  readonly limitSeconds: number;
  readonly signal: AbortSignal;
  readonly onOutput: (text: string, stream: "stdout" | "stderr") => void;
}
