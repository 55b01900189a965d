/** A shell without a process: what was written is kept, and time passes when the test says so. */
import { run } from "../../src/cli/program.ts";
import type { Connection, Wanted } from "../../src/cli/connect.ts";
import type { Output, Shell } from "../../src/cli/shell.ts";
import type { FakeClient } from "./fake-client.ts";

export interface FakeShellOptions {
  readonly client?: FakeClient;
  readonly carriedBy?: Connection["carriedBy"];
  readonly env?: Shell["env"];
  /** What somebody types when a value is asked for. */
  readonly secret?: string;
  readonly terminal?: { readonly columns: number; readonly rows: number };
  readonly now?: number;
  /** What a person says to questions; nobody is there without it. */
  readonly says?: boolean;
}

export class FakeShell implements Shell {
  readonly out: Output & { text: string };
  readonly err: Output & { text: string };
  readonly env: Shell["env"];
  readonly wanted: Wanted[] = [];
  readonly #options: FakeShellOptions;
  readonly #listeners = new Set<() => void>();
  #timers: { readonly at: number; readonly work: () => void }[] = [];
  #now: number;

  constructor(options: FakeShellOptions = {}) {
    this.#options = options;
    this.env = options.env ?? { LANG: "C.UTF-8" };
    this.out = output(undefined);
    this.err = output(options.terminal);
    this.#now = options.now ?? Date.UTC(2026, 0, 5, 9);
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, work: () => void): () => void {
    const timer = { at: this.#now + milliseconds, work };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  onInterrupt(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async readSecret(prompt: string): Promise<string> {
    this.err.write(prompt);
    return this.#options.secret ?? "";
  }

  async confirm(question: string): Promise<boolean | undefined> {
    if (this.#options.says !== undefined) this.err.write(`${question} [y/N] `);
    return this.#options.says;
  }

  async connect(wanted: Wanted): Promise<Connection> {
    this.wanted.push(wanted);
    const { client, carriedBy = "server" } = this.#options;
    if (client === undefined) throw new Error("this test has no server");
    return { client, carriedBy, close: async () => undefined };
  }

  /** Lets time pass, with the timers that end in it. */
  async pass(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { work } of due) work();
    await settled();
  }

  async interrupt(): Promise<void> {
    for (const listener of this.#listeners) listener();
    await settled();
  }
}

function output(terminal: FakeShellOptions["terminal"]): Output & { text: string } {
  return {
    text: "",
    write(text) {
      this.text += text;
    },
    isTerminal: terminal !== undefined,
    columns: terminal?.columns ?? 80,
    rows: terminal?.rows ?? 24,
  };
}

/** Everything that is under way without waiting for time has been done. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
}

export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
  readonly shell: FakeShell;
}

/** Runs a whole command line, as words. */
export async function signalbox(line: string | readonly string[], options: FakeShellOptions = {}): Promise<Ran> {
  const shell = new FakeShell(options);
  const exitCode = await run(typeof line === "string" ? line.split(" ") : line, shell);
  return { exitCode, out: shell.out.text, err: shell.err.text, shell };
}
