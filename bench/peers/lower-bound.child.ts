/**
 * The smallest deployer there can be, as a process of its own: one `ssh HOST` with a shell for each host, one message
 * to it with everything in it, one line back.
 */
import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { Readable, Writable } from "node:stream";

export type Order =
  | { readonly kind: "open"; readonly hosts: readonly (readonly string[])[] }
  | { readonly kind: "send"; readonly script: string; readonly payloadFile?: string }
  | { readonly kind: "close" };

/** Absent when all went well. */
export interface Answer {
  readonly problem?: string;
}

type Shell = ChildProcessByStdio<Writable, Readable, null>;

const reader = 'echo ready; while IFS= read -r n; do eval "$(head -c "$n")"; done';
let shells: Shell[] = [];

process.on("message", (order: Order) => {
  void obey(order).then(
    () => process.send!({} satisfies Answer),
    (error: Error) => process.send!({ problem: error.message } satisfies Answer),
  );
});

async function obey(order: Order): Promise<void> {
  switch (order.kind) {
    case "open":
      shells = order.hosts.map(([program, ...words]) =>
        spawn(program!, [...words, reader], { stdio: ["pipe", "pipe", "inherit"] }),
      );
      await Promise.all(shells.map((shell) => line(shell, "ready")));
      return;
    case "send": {
      const message = await messageOf(order.script, order.payloadFile);
      await Promise.all(
        shells.map((shell) => {
          const answer = line(shell, "ended 0");
          shell.stdin.write(message);
          return answer;
        }),
      );
      return;
    }
    case "close":
      for (const shell of shells) shell.kill();
      shells = [];
  }
}

async function messageOf(script: string, payloadFile: string | undefined): Promise<Buffer> {
  const text = Buffer.from(script);
  const payload = payloadFile === undefined ? Buffer.alloc(0) : await readFile(payloadFile);
  return Buffer.concat([Buffer.from(`${text.length}\n`), text, payload]);
}

/** The next line that a host says; it has to be the one that is expected. */
function line(shell: Shell, expected: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const onData = (chunk: Buffer): void => {
      said += chunk.toString();
      if (!said.endsWith("\n")) return;
      stop();
      if (said.trimEnd().endsWith(expected)) resolve();
      else reject(new Error(`a host said: ${said.trim()}`));
    };
    const onExit = (): void => {
      stop();
      reject(new Error(`a connection ended: ${said.trim()}`));
    };
    const stop = (): void => {
      shell.stdout.off("data", onData);
      shell.off("exit", onExit);
    };
    shell.stdout.on("data", onData);
    shell.on("exit", onExit);
  });
}
