/** The server's own copy of one repository: bare, without settings, written by one git at a time. */
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { digestOf } from "../../core/digest.ts";
import { GitFailed } from "../../ports/git.ts";
import type { Address } from "./address.ts";
import { login, type Credentials } from "./credentials.ts";
import { failureOf } from "./failure.ts";
import { cleanEnvironment, runGit, type GitResult } from "./process.ts";
import type { Turns } from "./turns.ts";

export interface MirrorPlace {
  /** Where mirrors lie. */
  readonly directory: string;
  readonly turns: Turns;
  readonly limitSeconds: number;
  /** How long connections over SSH are kept. */
  readonly warmSeconds: number;
}

const fetched = "refs/signalbox/fetched";

const tidyMilliseconds = 10_000;
/** Mirrors that will be tidied. */
const tidying = new Set<string>();

export class Mirror {
  readonly address: Address;
  readonly path: string;
  readonly #place: MirrorPlace;

  constructor(place: MirrorPlace, address: Address) {
    this.#place = place;
    this.address = address;
    this.path = join(place.directory, `${digestOf(address.url).slice(0, 32)}.git`);
  }

  /** Brings what a refspec names, or nothing when the git server has no such ref; the commit's name. */
  async fetch(credentials: Credentials, ref: string, signal: AbortSignal): Promise<string | undefined> {
    const environment = await login(credentials, this.address, this.#place);
    return this.#place.turns.take(this.path, async () => {
      await this.#prepare(signal);
      const argv = ["fetch", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--force", "--quiet"];
      const refspec = ref.endsWith("*") ? `+${ref}:refs/signalbox/all/*` : `+${ref}:${fetched}`;
      const result = await this.#write([...argv, "--end-of-options", this.address.url, refspec], signal, environment);
      const tried = `fetch ${ref} from ${this.address.title}`;
      if (result.code !== 0 || result.ended !== undefined) {
        const failure = failureOf(tried, result, this.#place.limitSeconds);
        if (failure.because === "no-such-ref") return undefined;
        throw failure;
      }
      this.#tidyLater();
      return ref.endsWith("*") ? undefined : this.#keep(fetched, tried, signal);
    });
  }

  /** Brings refs of the git server under names of ours; false when one of them is not there. */
  async fetchAs(
    credentials: Credentials,
    refs: readonly (readonly [theirs: string, ours: string])[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const environment = await login(credentials, this.address, this.#place);
    return this.#place.turns.take(this.path, async () => {
      await this.#prepare(signal);
      const argv = ["fetch", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--force", "--quiet"];
      const refspecs = refs.map(([theirs, ours]) => `+${theirs}:${ours}`);
      const result = await this.#write(
        [...argv, "--end-of-options", this.address.url, ...refspecs],
        signal,
        environment,
      );
      if (result.code === 0 && result.ended === undefined) {
        this.#tidyLater();
        return true;
      }
      const failure = failureOf(`fetch from ${this.address.title}`, result, this.#place.limitSeconds);
      if (failure.because === "no-such-ref") return false;
      throw failure;
    });
  }

  /** What the git server says that its branches and tags are. */
  async listRemote(credentials: Credentials, signal: AbortSignal): Promise<Buffer> {
    const environment = await login(credentials, this.address, this.#place);
    await mkdir(join(this.#place.directory, "home"), { recursive: true, mode: 0o700 });
    const argv = ["ls-remote", "--heads", "--tags", "--quiet", "--end-of-options", this.address.url];
    const result = await runGit(undefined, {
      argv,
      environment: { ...this.#environment(), ...environment },
      directory: this.#place.directory,
      limitSeconds: this.#place.limitSeconds,
      signal,
    });
    if (result.code === 0 && result.ended === undefined) return result.stdout;
    throw failureOf(`list the branches of ${this.address.title}`, result, this.#place.limitSeconds);
  }

  /** Names many commits by refs of our own, as a fetch does with the one it brings. */
  async keepAll(revisions: readonly string[], signal: AbortSignal): Promise<void> {
    const lines = revisions.map((revision) => `update refs/signalbox/kept/${revision} ${revision}\n`).join("");
    const kept = await this.#place.turns.take(this.path, () =>
      this.#write(["update-ref", "--stdin"], signal, {}, lines),
    );
    if (kept.code !== 0) throw failureOf(`keep ${revisions.length} commits`, kept, this.#place.limitSeconds);
  }

  async isAncestor(older: string, newer: string): Promise<boolean | "unknown"> {
    if (!(await this.#exists())) return "unknown";
    const { code } = await this.#run(["merge-base", "--is-ancestor", older, newer], undefined);
    return code === 0 ? true : code === 1 ? false : "unknown";
  }

  /**
   * Every fetch leaves some files; when they are many, git puts them together. Nothing is ever thrown away. That is for
   * when nobody waits: right after a fetch somebody reads what it brought.
   */
  #tidyLater(): void {
    if (tidying.has(this.path)) return;
    const argv = ["-c", "gc.auto=6700", "-c", "gc.autoDetach=false", "gc", "--auto", "--quiet", "--no-prune"];
    const tidy = async (): Promise<void> => {
      tidying.delete(this.path);
      await this.#place.turns.take(this.path, () => this.#write(argv, new AbortController().signal));
    };
    // What goes wrong here goes wrong again where somebody waits for it.
    const timer = setTimeout(() => void tidy().catch(() => {}), tidyMilliseconds);
    tidying.add(this.path);
    timer.unref();
  }

  /** Whether a commit is here already; it then stays, whatever happens to the branches of the git server. */
  async has(revision: string, signal: AbortSignal): Promise<boolean> {
    if (!(await this.#exists())) return false;
    const { code } = await this.#run(["rev-parse", "--quiet", "--verify", `${revision}^{commit}`], signal);
    return code === 0;
  }

  /** Whether a commit is here and has its name of ours already. */
  async isKept(revision: string, signal: AbortSignal): Promise<boolean> {
    if (!(await this.#exists())) return false;
    const name = `refs/signalbox/kept/${revision}^{commit}`;
    return (await this.#run(["rev-parse", "--quiet", "--verify", name], signal)).code === 0;
  }

  /** Names the commit by a ref of our own, so that a force-push never takes it away from under a deployment. */
  async #keep(ref: string, tried: string, signal: AbortSignal): Promise<string> {
    const found = await this.#run(["rev-parse", "--quiet", "--verify", `${ref}^{commit}`], signal);
    const revision = found.stdout.toString().trim();
    if (found.code !== 0) throw new GitFailed("no-such-ref", `git could not ${tried}: it does not lead to a commit.`);
    const kept = await this.#write(["update-ref", `refs/signalbox/kept/${revision}`, revision], signal);
    if (kept.code !== 0) throw failureOf(tried, kept, this.#place.limitSeconds);
    return revision;
  }

  /** As `fetch` keeps what it brings. */
  keep(revision: string, signal: AbortSignal): Promise<string> {
    return this.#place.turns.take(this.path, () => this.#keep(revision, `keep ${revision}`, signal));
  }

  /** What a git that only reads prints. */
  async read(argv: readonly string[], tried: string, stdin?: string): Promise<Buffer> {
    await this.mustExist(tried);
    const result = await this.#run(argv, undefined, stdin);
    if (result.code !== 0 || result.ended !== undefined)
      throw failureOf(`${tried} of ${this.address.title}`, result, this.#place.limitSeconds);
    return result.stdout;
  }

  /** As `read`, or nothing when git says no. */
  async tryRead(argv: readonly string[]): Promise<Buffer | undefined> {
    if (!(await this.#exists())) return undefined;
    const { code, stdout } = await this.#run(argv, undefined);
    return code === 0 ? stdout : undefined;
  }

  /** Writes files of the mirror below a directory, by an index of its own. */
  async checkOut(argv: readonly string[], index: string, directory: string, signal: AbortSignal): Promise<void> {
    const result = await runGit(this.path, {
      argv: [`--work-tree=${directory}`, ...argv],
      environment: { ...this.#environment(), GIT_INDEX_FILE: index },
      directory,
      limitSeconds: this.#place.limitSeconds,
      signal,
    });
    if (result.code !== 0 || result.ended !== undefined)
      throw failureOf(`write the files of ${this.address.title}`, result, this.#place.limitSeconds);
  }

  async mustExist(tried: string): Promise<void> {
    if (!(await this.#exists()))
      throw new GitFailed("no-such-ref", `git could not ${tried}: ${this.address.title} was not fetched yet.`);
  }

  #exists(): Promise<boolean> {
    return stat(join(this.path, "HEAD")).then(
      () => true,
      () => false,
    );
  }

  async #prepare(signal: AbortSignal): Promise<void> {
    await mkdir(join(this.#place.directory, "home"), { recursive: true, mode: 0o700 });
    if (signal.aborted) throw new GitFailed("failed", `git was stopped before it could ask ${this.address.title}.`);
    if (await this.#exists()) return;
    // Made again over a half-made one, "init" finishes it.
    const made = await this.#write(["init", "--bare", "--quiet", "--template="], signal);
    if (made.code !== 0) throw failureOf(`make a mirror of ${this.address.title}`, made, this.#place.limitSeconds);
  }

  #run(argv: readonly string[], signal: AbortSignal | undefined, stdin?: string): Promise<GitResult> {
    return runGit(this.path, {
      argv,
      environment: this.#environment(),
      directory: this.#place.directory,
      limitSeconds: this.#place.limitSeconds,
      ...(signal === undefined ? {} : { signal }),
      ...(stdin === undefined ? {} : { stdin }),
    });
  }

  #write(
    argv: readonly string[],
    signal: AbortSignal,
    environment: Readonly<Record<string, string>> = {},
    stdin?: string,
  ): Promise<GitResult> {
    return runGit(this.path, {
      argv,
      environment: { ...this.#environment(), ...environment },
      directory: this.#place.directory,
      limitSeconds: this.#place.limitSeconds,
      signal,
      lock: `${this.path}.lock`,
      ...(stdin === undefined ? {} : { stdin }),
    });
  }

  #environment(): Readonly<Record<string, string>> {
    return cleanEnvironment(join(this.#place.directory, "home"));
  }
}
