import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { Channel } from "./channel.ts";
import type { Printed } from "./explain-failure.ts";
import { isPosixShell } from "./shell-program.ts";
import { startSsh, type SshProcess } from "./ssh-process.ts";

/** An OpenSSH process and the channel that it carries. */
export class Shell {
  readonly channel: Channel;
  readonly #process: SshProcess;
  readonly #logFile: string;

  private constructor(process: SshProcess, logFile: string) {
    this.#process = process;
    this.#logFile = logFile;
    this.channel = new Channel(process, (error) => {
      this.channel.end(`the host broke the protocol: ${error.message}`);
      this.kill();
    });
    void this.#atItsEnd();
  }

  /** What OpenSSH itself says goes to a file, so that it never stands in the error output of a command. */
  static async start(argv: readonly string[], logFile: string): Promise<Shell> {
    return new Shell(await startSsh(["-E", logFile, ...argv]), logFile);
  }

  /** Waits for the shell's greeting. Returns what was printed instead when it does not come. */
  async untilReady(withinSeconds: number): Promise<Printed | undefined> {
    let late = "";
    const timer = setTimeout(() => {
      late = "Connection timed out before the shell was ready.\n";
      this.kill();
    }, withinSeconds * 1000);

    try {
      const { loginShell } = await this.channel.ready;
      if (isPosixShell(loginShell)) return undefined;

      this.kill();
      return { log: "", noise: `The login shell is ${loginShell}.` };
    } catch {
      return { log: late + (await this.#log()), noise: this.channel.noise };
    } finally {
      clearTimeout(timer);
    }
  }

  kill(): void {
    this.#process.kill();
    setTimeout(() => this.#process.kill("SIGKILL"), 2000).unref();
  }

  async #atItsEnd(): Promise<void> {
    const isClosed = once(this.#process, "close").catch(() => {});
    const [code] = (await once(this.#process, "exit").catch((error: Error) => [error.message])) as [unknown];
    // A jump host's process may hold the streams a little longer than the process that counts.
    await Promise.race([isClosed, sleep(500, undefined, { ref: false })]);

    const said = await this.#log();
    this.channel.end(said.trim() === "" ? `OpenSSH ended with ${String(code)}.` : said);
  }

  async #log(): Promise<string> {
    return readFile(this.#logFile, "utf8").catch(() => "");
  }
}
