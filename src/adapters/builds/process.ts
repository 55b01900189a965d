/** Runs a command on the server as `Hosts.run` does on a host: own process group, limit, nothing inherited. */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { Readable as ReadableStream } from "node:stream";
import { pipeline } from "node:stream/promises";
import { StringDecoder } from "node:string_decoder";

import { CommandEnded, type Command, type CommandResult } from "../../ports/hosts.ts";

/** Who runs it. */
export interface Identity {
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
}

/** Between "please end" and "end". */
const graceMs = 5000;

/** What a program wrote before its end has arrived by then. */
const drainMs = 2000;

type Child = ChildProcessByStdio<Writable | null, Readable, Readable>;

export async function runHere(
  command: Command,
  identity: Identity | undefined,
  directory: string,
): Promise<CommandResult> {
  const child = start(command, identity, directory);
  const output = { stdout: new Kept(command, "stdout"), stderr: new Kept(command, "stderr") };
  child.stdout.on("data", (chunk: Buffer) => {
    if (command.onBytes === undefined) output.stdout.add(chunk);
    else command.onBytes(chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => output.stderr.add(chunk));
  if (command.stdin !== undefined && child.stdin !== null) {
    // A command that ends without reading its input is no error of ours.
    pipeline(ReadableStream.from(command.stdin.stream()), child.stdin).catch(() => {});
  }
  const { code, ended } = await endOf(child, command);
  const partial = {
    stdout: output.stdout.text,
    stderr: output.stderr.text,
    truncated: output.stdout.truncated || output.stderr.truncated,
  };
  if (ended === undefined) return { code, ...partial };
  const why = ended === "limit" ? `was over its limit of ${command.limitSeconds} s` : "was called off";
  throw new CommandEnded("the server", ended, partial, `${JSON.stringify(command.argv[0])} ${why}.`);
}

function start({ argv, stdin }: Command, identity: Identity | undefined, directory: string): Child {
  const [program, ...rest] = argv;
  const environment = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: directory,
    LANG: "C.UTF-8",
  };
  return spawn(program, rest, {
    cwd: "/",
    env: environment,
    detached: true,
    stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    ...(identity === undefined ? {} : { uid: identity.uid, gid: identity.gid }),
  }) as Child;
}

interface End {
  readonly code: number;
  readonly ended?: "limit" | "aborted";
}

function endOf(child: Child, { limitSeconds, signal }: Command): Promise<End> {
  return new Promise((resolve, reject) => {
    let ended: End["ended"];
    let killer: NodeJS.Timeout | undefined;
    let deaf: NodeJS.Timeout | undefined;
    const end = (why: NonNullable<End["ended"]>): void => {
      if (ended !== undefined) return;
      ended = why;
      signalGroup(child, "SIGTERM");
      killer = setTimeout(() => signalGroup(child, "SIGKILL"), graceMs);
    };
    const limit = setTimeout(() => end("limit"), Math.min(limitSeconds * 1000, 2 ** 31 - 1));
    const aborted = (): void => end("aborted");
    signal?.addEventListener("abort", aborted, { once: true });
    if (signal?.aborted === true) aborted();
    const settle = (): void => {
      clearTimeout(limit);
      clearTimeout(killer);
      clearTimeout(deaf);
      signal?.removeEventListener("abort", aborted);
    };
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    // What outlives its parent must not hold the build up: the group ends with its leader, and whoever left the group
    // but still has the output open is not listened to.
    child.once("exit", () => {
      if (ended === undefined) signalGroup(child, "SIGKILL");
      deaf = setTimeout(() => [child.stdout, child.stderr].forEach((stream) => stream.destroy()), drainMs);
    });
    child.once("close", (code, by) => {
      settle();
      signalGroup(child, "SIGKILL");
      const status = code ?? 128 + (signalNumbers[by ?? "SIGKILL"] ?? 9);
      resolve(ended === undefined ? { code: status } : { code: status, ended });
    });
  });
}

const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};

function signalGroup(child: Child, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

/** Text of one stream: passed on as it comes, kept up to a limit. */
class Kept {
  readonly #decoder = new StringDecoder("utf8");
  readonly #most: number;
  readonly #pass: (chunk: string) => void;
  text = "";
  truncated = false;

  constructor({ maxOutputBytes = 1024 * 1024, onOutput }: Command, stream: "stdout" | "stderr") {
    this.#most = maxOutputBytes;
    this.#pass = (chunk) => onOutput?.(chunk, stream);
  }

  add(bytes: Buffer): void {
    const chunk = this.#decoder.write(bytes);
    this.#pass(chunk);
    const room = this.#most - this.text.length;
    if (chunk.length > room) this.truncated = true;
    this.text += chunk.slice(0, Math.max(0, room));
  }
}
