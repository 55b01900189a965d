/** `signalbox serve` as a process of its own, to be killed without warning and started again. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

import type { Client } from "../src/api/client.ts";
import { connect } from "../src/api/http-client.ts";

const main = path.join(import.meta.dirname, "..", "src", "main.ts");
const startLimitMilliseconds = 30_000;

export class ServerProcess {
  readonly client: Client;
  readonly #configFile: string;
  readonly #dataDirectory: string;
  readonly #more: readonly string[];
  #child: ChildProcess | undefined;

  /** @param more options of `signalbox serve` */
  constructor(
    { configFile, dataDirectory }: { readonly configFile: string; readonly dataDirectory: string },
    more: readonly string[] = [],
  ) {
    this.#configFile = configFile;
    this.#dataDirectory = dataDirectory;
    this.#more = more;
    this.client = connect({ socket: path.join(dataDirectory, "api.sock") });
  }

  /** Starts it and waits until its API answers. */
  async start(): Promise<void> {
    const args = [main, "serve", "--config", this.#configFile, "--data", this.#dataDirectory, ...this.#more];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
    this.#child = child;
    let complaint = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-4000);
    });
    const deadline = Date.now() + startLimitMilliseconds;
    while (!(await this.#answers())) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the server did not start: ${complaint}`);
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
  }

  /** SIGKILL: no handler runs, nothing is flushed. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await exited;
  }

  async #answers(): Promise<boolean> {
    return this.client.deployments({ limit: 1 }).then(
      () => true,
      () => false,
    );
  }
}
