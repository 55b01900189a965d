/**
 * Secrets that another program knows: `["op", "read", "op://production/{name}"]`.
 *
 * It prints one value on its standard output and ends with status 0; one newline at the end is not part of the value.
 * A plan pins a fingerprint of the value, made with a key of this installation: whoever sees it can't try values.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

import { secretNamePattern, secretNameRule } from "../../core/secret-reference.ts";
import type { SecretPin } from "../../core/secret.ts";
import type { Secrets, SecretUser } from "../../ports/secrets.ts";
import { SecretFailed } from "../../ports/secrets.ts";
import type { CommandResult } from "./run-command.ts";
import { runCommand } from "./run-command.ts";
import { mostValueBytes, refusalOf } from "./value.ts";

export interface CommandSecretsOptions {
  /** `{name}`, `{service}` and `{environment}` stand for what is asked for; `{name}` has to be somewhere. No shell reads it. */
  readonly argv: readonly string[];
  /** The program gets these, PATH and LANG, and nothing of the server's own. */
  readonly variables: Readonly<Record<string, string>>;
  readonly limitSeconds: number;
  readonly fingerprintKey: () => Promise<Uint8Array>;
  /** Ends the programs that run. */
  readonly signal: AbortSignal;
}

/** So many programs run at the same time. */
const mostAtOnce = 4;

/**
 * For one run of a deployment: what was read once is not asked for again, so all its hosts get the same.
 *
 * @throws {SecretFailed} because the argument list is `refused`
 */
export function commandSecrets(options: CommandSecretsOptions): Secrets {
  return new CommandSecrets(options);
}

class CommandSecrets implements Secrets {
  readonly #options: CommandSecretsOptions;
  readonly #read = new Map<string, Promise<string>>();
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: CommandSecretsOptions) {
    const [program, ...rest] = options.argv;
    if (program === undefined || program === "" || program.includes("{"))
      throw new SecretFailed("refused", "The command for secrets begins with the name of a program.");
    if (!rest.some((argument) => argument.includes("{name}")))
      throw new SecretFailed("refused", "The command for secrets needs {name} among its arguments.");
    this.#options = options;
  }

  async current(names: readonly string[], { service, environment }: SecretUser): Promise<readonly SecretPin[]> {
    const outcomes = await Promise.allSettled(
      names.map(async (name) => {
        const value = await this.#value(name, service, environment);
        return { name, service, environment, version: await this.#fingerprint(name, value) };
      }),
    );
    const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as Error] : []));
    const [first] = failures;
    if (first !== undefined && !(first instanceof SecretFailed)) throw first;
    if (first !== undefined) {
      const messages = new Set(failures.map(({ message }) => message));
      throw new SecretFailed(first.kind, [...messages].join("\n"));
    }
    return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<SecretPin>).value);
  }

  async get(pin: SecretPin): Promise<string> {
    const { name, service, environment, version } = pin;
    const value = await this.#value(name, service ?? "", environment ?? "");
    if (isEqual(await this.#fingerprint(name, value), version)) return value;
    const message =
      `The value of the secret ${name} is not the one that was pinned any more: it was changed where it is kept,\n` +
      "  or the key of the secrets was rotated. Next: ask for the deployment again.";
    throw new SecretFailed("changed", message);
  }

  #value(name: string, service: string, environment: string): Promise<string> {
    const key = JSON.stringify([name, service, environment]);
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    const asked = this.#ask(name, service, environment);
    this.#read.set(key, asked);
    // What failed may go well the next time.
    asked.catch(() => this.#read.delete(key));
    return asked;
  }

  async #ask(name: string, service: string, environment: string): Promise<string> {
    if (!secretNamePattern.test(name)) throw new SecretFailed("refused", `The name of a secret is ${secretNameRule}.`);
    const { argv, variables, limitSeconds, signal } = this.#options;
    const words: Readonly<Record<string, string>> = { name, service, environment };
    const filled = argv.map((argument) =>
      argument.replaceAll(/\{(name|service|environment)\}/g, (_, word: string) => words[word]!),
    );
    await this.#turn();
    try {
      const mostBytes = mostValueBytes + "\r\n".length;
      return valueOf(
        await runCommand({ argv: filled, variables, limitSeconds, mostBytes, signal }),
        name,
        this.#options,
      );
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    while (this.#running >= mostAtOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
  }

  async #fingerprint(name: string, value: string): Promise<string> {
    const mark = createHmac("sha256", await this.#options.fingerprintKey()).update(JSON.stringify([name, value]));
    return `f-${mark.digest("hex").slice(0, 32)}`;
  }
}

function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function valueOf(result: CommandResult, name: string, { argv, limitSeconds }: CommandSecretsOptions): string {
  const fail = (what: string): never => {
    const message =
      `The secret ${name} could not be had from ${argv[0]}: ${what}.\n` +
      `  Next: run it as the server's user and look what it says: ${argv.join(" ")}`;
    throw new SecretFailed("provider", message);
  };
  switch (result.kind) {
    case "printed": {
      const text = readText(result.output)?.replace(/\r?\n$/, "");
      if (text === undefined) return fail("what it printed is no text in UTF-8");
      const refusal = refusalOf(text);
      return refusal === null ? text : fail(text === "" ? "it printed nothing" : `of what it printed, ${refusal}`);
    }
    case "exited":
      return fail(`it ended with status ${result.status}${statusWords[result.status] ?? ""}`);
    case "killed":
      return fail(`it was ended by ${result.by}`);
    case "not-started":
      return fail(startWords[result.code] ?? `it could not be started (${result.code})`);
    case "ended":
      return fail(endWords(result.why, limitSeconds));
  }
}

function readText(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const statusWords: Readonly<Record<number, string>> = {
  2: ", which most programs use for a wrong argument",
  126: ": something that it starts may not be run",
  127: ": something that it starts is not there",
};

const startWords: Readonly<Record<string, string>> = {
  ENOENT: "there is no such program in the usual directories; give its whole path",
  EACCES: "the server's user may not run it",
};

function endWords(why: "limit" | "aborted" | "too-much", limitSeconds: number): string {
  if (why === "limit") return `it took longer than ${limitSeconds} s and was ended`;
  return why === "aborted" ? "it was ended, because nobody waits for it any more" : "it printed more than 64 KiB";
}
