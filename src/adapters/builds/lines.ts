/** Output as lines: handed on one by one, the last ones kept for the message of a failure. */

const longest = 64 * 1024;
const lastKept = 20;

export class Lines {
  readonly #log: (line: string) => void;
  readonly #open = { stdout: "", stderr: "" };
  readonly #last: string[] = [];

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  add(chunk: string, stream: "stdout" | "stderr"): void {
    const parts = (this.#open[stream] + chunk).split(/\r?\n/);
    const rest = parts.pop() ?? "";
    for (const line of parts) this.#say(line);
    if (rest.length > longest) this.#say(rest);
    this.#open[stream] = rest.length > longest ? "" : rest;
  }

  /** What did not end with a line break is a line too. */
  end(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.#open[stream] !== "") this.#say(this.#open[stream]);
      this.#open[stream] = "";
    }
  }

  get last(): readonly string[] {
    return this.#last;
  }

  #say(line: string): void {
    this.#log(line.slice(0, longest));
    if (line.trim() === "") return;
    this.#last.push(line.slice(0, 300));
    if (this.#last.length > lastKept) this.#last.shift();
  }
}
