/** `signalbox serve` as a process of its own, to be killed without warning and started again. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, closeSync, openSync } from "node:fs";
import path from "node:path";

import type { Client } from "../src/api/client.ts";
import { connect } from "../src/api/http-client.ts";

const main = path.join(import.meta.dirname, "..", "src", "main.ts");
const startLimitMilliseconds = 30_000;

export interface ServerPlaces {
  readonly configFile: string;
  readonly dataDirectory: string;
  /** Where the key of its secrets lies; not among its data. */
  readonly secretsKey?: string;
  /** Gets whatever it writes. */
  readonly logFile?: string;
}

export class ServerProcess {
  readonly client: Client;
  readonly #configFile: string;
  readonly #dataDirectory: string;
  readonly #secretsKey: string | undefined;
  readonly #logFile: string | undefined;
  readonly #more: readonly string[];
  #child: ChildProcess | undefined;

  /** @param more options of `signalbox serve` */
  constructor({ configFile, dataDirectory, secretsKey, logFile }: ServerPlaces, more: readonly string[] = []) {
    this.#configFile = configFile;
    this.#dataDirectory = dataDirectory;
    this.#secretsKey = secretsKey;
    this.#logFile = logFile;
    this.#more = more;
    this.client = connect({ socket: path.join(dataDirectory, "api.sock") });
  }

  /** Starts it and waits until its API answers. */
  async start(): Promise<void> {
    const args = [main, "serve", "--config", this.#configFile, "--data", this.#dataDirectory, ...this.#more];
    if (this.#secretsKey !== undefined) args.push("--secrets-key", this.#secretsKey);
    const out = this.#logFile === undefined ? "ignore" : openSync(this.#logFile, "a");
    const child = spawn(process.execPath, args, { stdio: ["ignore", out, "pipe"] });
    if (typeof out === "number") closeSync(out);
    this.#child = child;
    let complaint = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-4000);
      if (this.#logFile !== undefined) appendFileSync(this.#logFile, text);
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
