import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";

export type SshProcess = ChildProcessByStdio<Writable, Readable, Readable>;

let launcher: Promise<readonly string[]> | undefined;

/**
 * Starts the system's OpenSSH client.
 *
 * It gets a session of its own, so that Ctrl-C in a terminal reaches us and not the connections, and so that nothing
 * can ask a question on the terminal. When this process dies, also by SIGKILL, the kernel ends it (where `setpriv`
 * can ask for that); elsewhere the end of its standard input does, as soon as the running command is done.
 */
export async function startSsh(argv: readonly string[]): Promise<SshProcess> {
  launcher ??= findLauncher();
  const [program = "ssh", ...rest] = [...(await launcher), ...argv];

  return spawn(program, rest, { stdio: ["pipe", "pipe", "pipe"], detached: true, env: environmentForSsh() });
}

async function findLauncher(): Promise<readonly string[]> {
  const endingWithUs = ["setpriv", "--pdeathsig", "TERM", "--"];
  const [hasSsh, hasSetpriv] = await Promise.all([works(["ssh", "-V"]), works([...endingWithUs, "true"])]);

  if (!hasSsh) {
    launcher = undefined;
    throw new Error(
      "The OpenSSH client was not found.\n  Next: install it (openssh-client or openssh-clients) and try again.",
    );
  }
  return hasSetpriv ? [...endingWithUs, "ssh"] : ["ssh"];
}

async function works([program = "", ...argv]: readonly string[]): Promise<boolean> {
  const [code] = await once(spawn(program, argv, { stdio: "ignore" }), "exit").catch(() => [-1]);

  return code === 0;
}

/** OpenSSH would hand our locale to the hosts, where programs would then answer in it. */
function environmentForSsh(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:LANG|LANGUAGE|LC_.*)$/.test(name)));
}
