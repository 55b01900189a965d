/** A plain git server of the demo: a bare repository that tells Signalbox of each push, by the script of the examples. */
import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

import type { Repository } from "../repository.ts";

const run = promisify(execFile);
const hook = path.join(import.meta.dirname, "..", "..", "examples", "post-receive");

export interface Told {
  /** Where webhooks of plain git servers go. */
  readonly url: string;
  readonly secret: string;
}

export class GitServer {
  readonly directory: string;
  readonly #work: Repository;

  private constructor(directory: string, work: Repository) {
    this.directory = directory;
    this.#work = work;
  }

  /** Whoever commits in the repository is Lee, who can't approve what Lee wrote. */
  static async create(below: string, work: Repository): Promise<GitServer> {
    const directory = path.join(below, "greeter.git");
    await mkdir(below, { recursive: true });
    await run("git", ["init", "--quiet", "--bare", `--initial-branch=${work.branch}`, directory]);
    await work.committer("Lee", "lee@example.com");
    return new GitServer(directory, work);
  }

  get url(): string {
    return `file://${this.directory}`;
  }

  async tell({ url, secret }: Told): Promise<void> {
    const secretFile = path.join(path.dirname(this.directory), "hook.secret");
    await writeFile(secretFile, secret, { mode: 0o600 });
    const script = path.join(this.directory, "hooks", "post-receive");
    await copyFile(hook, script);
    await chmod(script, 0o755);
    for (const [key, value] of Object.entries({ url, repository: this.url, secretFile })) {
      await run("git", ["--git-dir", this.directory, "config", `signalbox.${key}`, value]);
    }
  }

  /** What Lee types. */
  async push(): Promise<void> {
    const { directory, branch } = this.#work;
    await run("git", ["-C", directory, "push", "--quiet", this.directory, `HEAD:refs/heads/${branch}`]);
  }
}
