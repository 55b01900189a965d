/** A git repository made from one of the examples, where a test or the demo commits good and bad releases. */
import { execFile } from "node:child_process";
import { appendFile, cp, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const examples = path.join(import.meta.dirname, "..", "examples");

/** Where an example keeps its version and its switches. */
const layouts = {
  "node-greeter": { version: "server.mjs", behaviour: "behaviour.properties" },
  "static-site": { version: "server.mjs", behaviour: "behaviour.properties" },
  "java-orders": {
    version: "src/main/java/example/orders/Orders.java",
    behaviour: "src/main/resources/behaviour.properties",
  },
} as const;

export type Example = keyof typeof layouts;

export interface Change {
  /** What `/version` says as its second word. */
  readonly version: string;
  /** Switches of a bad release, such as `{ "never-healthy": "true" }`; see `examples/README.md`. */
  readonly behaviour?: Readonly<Record<string, string>>;
  /** Further files, by their path in the repository. */
  readonly files?: Readonly<Record<string, string>>;
}

export class Repository {
  readonly example: Example;
  readonly directory: string;
  readonly branch = "main";
  #pristineBehaviour: string;

  private constructor(example: Example, directory: string, behaviour: string) {
    this.example = example;
    this.directory = directory;
    this.#pristineBehaviour = behaviour;
  }

  /** A copy of the example below the directory, as a repository with one commit. */
  static async create(example: Example, below: string): Promise<Repository> {
    const directory = path.join(below, example);
    await mkdir(below, { recursive: true });
    await cp(path.join(examples, example), directory, {
      recursive: true,
      filter: (source) => !/\/(build|dist|public|\.gradle)$/.test(source),
    });
    const repository = new Repository(
      example,
      directory,
      await readFile(path.join(directory, layouts[example].behaviour), "utf8"),
    );
    await repository.#git("init", "-q", "-b", repository.branch);
    await repository.#git("config", "user.name", "Kim");
    await repository.#git("config", "user.email", "kim@example.com");
    await repository.#commit("Begin");
    return repository;
  }

  /** Where git finds it. */
  get url(): string {
    return `file://${this.directory}`;
  }

  /** Who commits from now on. */
  async committer(name: string, mail: string): Promise<void> {
    await this.#git("config", "user.name", name);
    await this.#git("config", "user.email", mail);
  }

  /** Commits a release that behaves as told, and well in everything else. */
  async commit({ version, behaviour = {}, files = {} }: Change): Promise<string> {
    const layout = layouts[this.example];
    const versionFile = path.join(this.directory, layout.version);
    const code = await readFile(versionFile, "utf8");
    await writeFile(versionFile, code.replace(/VERSION = "[^"]*"/, `VERSION = "${version}"`));
    const switches = Object.entries(behaviour).map(([name, value]) => `${name}=${value}\n`);
    const behaviourFile = path.join(this.directory, layout.behaviour);
    await writeFile(behaviourFile, this.#pristineBehaviour);
    await appendFile(behaviourFile, switches.join(""));
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(this.directory, name)), { recursive: true });
      await writeFile(path.join(this.directory, name), text);
    }
    return this.#commit(`Release ${version}`);
  }

  async #commit(message: string): Promise<string> {
    await this.#git("add", "-A");
    await this.#git("commit", "-q", "--allow-empty", "-m", message);
    const { stdout } = await this.#git("rev-parse", "HEAD");
    return stdout.trim();
  }

  async #git(...args: readonly string[]): Promise<{ readonly stdout: string }> {
    return run("git", ["-C", this.directory, ...args]);
  }
}
