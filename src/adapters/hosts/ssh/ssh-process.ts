import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";

export type SshProcess = ChildProcessByStdio<Writable, Readable, Readable>;

let endsWithUs: Promise<readonly string[]> | undefined;

/**
 * Starts the system's OpenSSH client.
 *
 * It gets a session of its own, so that Ctrl-C in a terminal reaches us and not the connections, and so that nothing
 * can ask a question on the terminal. When this process dies, also by SIGKILL, the kernel ends it (where `setpriv`
 * can ask for that); elsewhere the end of its standard input does, as soon as the running command is done.
 */
export async function startSsh(argv: readonly string[]): Promise<SshProcess> {
  const [program = "ssh", ...rest] = [...(await (endsWithUs ??= endingWithUs())), "ssh", ...argv];

  return spawn(program, rest, { stdio: ["pipe", "pipe", "pipe"], detached: true, env: environmentForSsh() });
}

async function endingWithUs(): Promise<readonly string[]> {
  const argv = ["--pdeathsig", "TERM", "--"];
  const trial = spawn("setpriv", [...argv, "true"], { stdio: "ignore" });
  const [code] = (await once(trial, "exit").catch(() => [-1])) as [number];

  return code === 0 ? ["setpriv", ...argv] : [];
}

/** OpenSSH would hand our locale to the hosts, where programs would then answer in it. */
export function environmentForSsh(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:LANG|LANGUAGE|LC_.*)$/.test(name)));
}
