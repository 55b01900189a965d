/** Source code by the machine's own git, with mirrors on the server; no setting of a user is needed or used. */
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import type { Source } from "../../core/service.ts";
import type { Clock } from "../../ports/clock.ts";
import { GitFailed, type Commit, type Git } from "../../ports/git.ts";
import { readAddress, type Address } from "./address.ts";
import { noCredentials, type Credentials } from "./credentials.ts";
import { Mirror, type MirrorPlace } from "./mirror.ts";
import { objectNamePattern, readRef } from "./ref.ts";
import { deepest, submodulesOf } from "./submodules.ts";
import { distinctMails, bringTips, listTips } from "./tips.ts";
import { listTree, refuseOutwardLinks } from "./tree.ts";
import { Turns } from "./turns.ts";

export interface SystemGitOptions {
  /** The data directory; mirrors lie in `mirrors/` below it. */
  readonly directory: string;
  readonly clock: Clock;
  /** How long a connection over SSH is kept for the next question; without it, it ends at once. */
  readonly warmSeconds?: number;
  /** How long one fetch or checkout may take. */
  readonly limitSeconds?: number;
  /** Hosts that may be asked over http://; each has to be this machine or in a private network. */
  readonly plainHttp?: readonly string[];
}

/** A difference of more paths than that is taken for one in everything. */
const mostBytesOfPaths = 4 * 1024 * 1024;

/** A file that is read as text may be this long. */
const longestFile = 256 * 1024;

export function systemGit({
  directory,
  clock,
  limitSeconds = 600,
  warmSeconds = 0,
  plainHttp = [],
}: SystemGitOptions): Git {
  const place: MirrorPlace = { directory: join(directory, "mirrors"), turns: new Turns(), limitSeconds, warmSeconds };
  return new SystemGit(place, clock, new Set(plainHttp));
}

interface Fetching {
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

class SystemGit implements Git {
  readonly #place: MirrorPlace;
  readonly #clock: Clock;
  readonly #plainHttp: ReadonlySet<string>;

  constructor(place: MirrorPlace, clock: Clock, plainHttp: ReadonlySet<string>) {
    this.#place = place;
    this.#clock = clock;
    this.#plainHttp = plainHttp;
  }

  async fetch(source: Source, ref: string, options: Fetching): Promise<Commit> {
    const mirror = this.#mirrorOf(source);
    const wanted = readRef(ref);
    const began = this.#clock.now();
    const revision =
      wanted.kind === "object"
        ? await bringObject(mirror, source, wanted.name, options.signal)
        : await bringRef(mirror, source, wanted.names, options.signal);
    const [commit] = await commits(mirror, [revision], 1);
    if (commit === undefined) throw new GitFailed("failed", `git could not read the commit ${revision}.`);
    options.log(`fetched ${ref} from ${mirror.address.title} in ${((this.#clock.now() - began) / 1000).toFixed(1)} s`);
    await this.#bringSpecial(mirror, revision, source, options);
    return commit;
  }

  async tips(source: Source, refs: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Commit>> {
    return bringTips(this.#mirrorOf(source), source, refs, signal);
  }

  async listTips(source: Source, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    return listTips(this.#mirrorOf(source), source, signal);
  }

  async isAncestor(source: Source, older: string, newer: string): Promise<boolean | "unknown"> {
    mustBeObjectName(older);
    mustBeObjectName(newer);
    return this.#mirrorOf(source).isAncestor(older, newer);
  }

  async changedPaths(source: Source, from: string, to: string): Promise<readonly string[] | "unknown"> {
    mustBeObjectName(from);
    mustBeObjectName(to);
    const argv = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", "--end-of-options", from, to];
    const listed = await this.#mirrorOf(source).tryRead(argv);
    if (listed === undefined || listed.byteLength > mostBytesOfPaths) return "unknown";
    return listed.toString().split("\0").slice(0, -1);
  }

  async checkout(source: Source, revision: string, directory: string, signal: AbortSignal): Promise<void> {
    mustBeObjectName(revision);
    await mkdir(directory, { recursive: true });
    if ((await readdir(directory)).length > 0)
      throw new GitFailed("refused", `The directory ${directory} for the source is not empty.`);
    await this.#writeTree(
      { mirror: this.#mirrorOf(source), revision, directory, submodules: source.submodules },
      signal,
      0,
    );
  }

  async readFile(source: Source, revision: string, path: string): Promise<string | undefined> {
    mustBeObjectName(revision);
    if (/[\u0000-\u001f\u007f]/.test(path) || path.split("/").some((part) => ["", ".", ".."].includes(part)))
      throw new GitFailed("refused", `${JSON.stringify(path)} is not the path of a file in a repository.`);
    const mirror = this.#mirrorOf(source);
    const listed = await mirror.read(
      ["ls-tree", "-z", "-l", "--full-tree", revision, "--", path],
      `look for ${path} in ${revision}`,
    );
    const [, mode, bytes] = /^(100644|100755) blob [0-9a-f]+ +([0-9]+)\t/.exec(listed.toString()) ?? [];
    if (mode === undefined || Number(bytes) > longestFile) return undefined;
    return (await mirror.read(["cat-file", "blob", `${revision}:${path}`], `read ${path} of ${revision}`)).toString();
  }

  async between(source: Source, from: string, to: string, limit: number): Promise<readonly Commit[]> {
    mustBeObjectName(from);
    mustBeObjectName(to);
    return commits(this.#mirrorOf(source), [to, `^${from}`], limit);
  }

  #mirrorOf(source: Source): Mirror {
    return new Mirror(this.#place, readAddress(source.git, this.#plainHttp));
  }

  /** What a plain checkout leaves out: brought, or said. */
  async #bringSpecial(mirror: Mirror, revision: string, source: Source, { signal, log }: Fetching): Promise<void> {
    const special = await mirror.read(
      ["ls-tree", "-z", "--name-only", revision, "--", ".gitmodules", ".gitattributes"],
      "list the files",
    );
    if (special.includes(".gitattributes") && (await usesLfs(mirror, revision)))
      log("the repository uses Git LFS; what lies there is checked out as pointers only");
    if (!special.includes(".gitmodules")) return;
    if (!source.submodules) {
      log("the repository has submodules; they are left out (source.submodules)");
      return;
    }
    const bring = async (parent: Mirror, at: string, depth: number): Promise<void> => {
      for (const { path, revision, address } of await submodulesOf(parent, at, this.#plainHttp)) {
        mustNotBeTooDeep(depth, path);
        const inner = new Mirror(this.#place, address);
        await bringObject(inner, credentialsFor(address, mirror.address, source), revision, signal);
        log(`fetched the submodule ${path} from ${address.title}`);
        await bring(inner, revision, depth + 1);
      }
    };
    await bring(mirror, revision, 1);
  }

  async #writeTree(what: Tree, signal: AbortSignal, depth: number): Promise<void> {
    const { mirror, revision, directory, submodules } = what;
    await refuseOutwardLinks(mirror, await listTree(mirror, revision));
    const own = await mkdtemp(join(this.#place.directory, "index-"));
    try {
      const index = join(own, "index");
      await mirror.checkOut(["read-tree", revision], index, directory, signal);
      await mirror.checkOut(["checkout-index", "--all", "--force", "--quiet"], index, directory, signal);
    } finally {
      await rm(own, { recursive: true, force: true });
    }
    if (!submodules) return;
    for (const { path, revision, address } of await submodulesOf(mirror, what.revision, this.#plainHttp)) {
      mustNotBeTooDeep(depth + 1, path);
      const inner = {
        mirror: new Mirror(this.#place, address),
        revision,
        directory: join(directory, path),
        submodules,
      };
      await this.#writeTree(inner, signal, depth + 1);
    }
  }
}

interface Tree {
  readonly mirror: Mirror;
  readonly revision: string;
  readonly directory: string;
  readonly submodules: boolean;
}

/** Brings the first of these refs that the git server has. */
async function bringRef(
  mirror: Mirror,
  credentials: Credentials,
  names: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  for (const name of names) {
    const revision = await mirror.fetch(credentials, name, signal);
    if (revision !== undefined) return revision;
  }
  const [name = ""] = names;
  throw new GitFailed(
    "no-such-ref",
    `${mirror.address.title} has no ${names.length > 1 ? "branch and no tag" : "ref"} ${JSON.stringify(names.length > 1 ? name.slice("refs/heads/".length) : name)}.\n` +
      "  Next: look whether it was deleted, renamed or not pushed yet; a commit needs its full name.",
  );
}

/** Brings a commit by its name; where the git server does not hand out single commits, by all its branches. */
async function bringObject(
  mirror: Mirror,
  credentials: Credentials,
  revision: string,
  signal: AbortSignal,
): Promise<string> {
  if (await mirror.isKept(revision, signal)) return revision;
  if (await mirror.has(revision, signal)) return mirror.keep(revision, signal);
  const brought = await mirror.fetch(credentials, revision, signal);
  if (brought !== undefined) return brought;
  await mirror.fetch(credentials, "refs/heads/*", signal);
  if (await mirror.has(revision, signal)) return mirror.keep(revision, signal);
  throw new GitFailed("no-such-ref", `${mirror.address.title} has no commit ${revision} on any of its branches.`);
}

async function commits(mirror: Mirror, revisions: readonly string[], limit: number): Promise<readonly Commit[]> {
  const format = "--format=%H%x00%s%x00%an%x00%ct%x00%ae%x00%ce";
  const argv = ["log", "-z", `--max-count=${limit}`, format, "--end-of-options", ...revisions, "--"];
  const fields = (await mirror.read(argv, "list the commits")).toString().split("\0");
  return Array.from({ length: Math.floor(fields.length / 6) }, (_, index) => {
    const [revision = "", subject = "", author = "", seconds = "", ...mails] = fields.slice(index * 6, index * 6 + 6);
    return {
      revision,
      subject: subject.slice(0, 500),
      author: author.slice(0, 200),
      committedAt: Number(seconds) * 1000,
      mails: distinctMails(mails),
    };
  });
}

async function usesLfs(mirror: Mirror, revision: string): Promise<boolean> {
  const attributes = await mirror.tryRead(["cat-file", "blob", `${revision}:.gitattributes`]);
  return attributes?.includes("filter=lfs") === true;
}

/** A submodule on another server must not see the credentials of this one. */
function credentialsFor(address: Address, root: Address, source: Source): Credentials {
  return address.origin === root.origin ? source : noCredentials;
}

function mustBeObjectName(revision: string): void {
  if (!objectNamePattern.test(revision))
    throw new GitFailed("refused", `${JSON.stringify(revision.slice(0, 100))} is not the full name of a commit.`);
}

function mustNotBeTooDeep(depth: number, path: string): void {
  if (depth > deepest)
    throw new GitFailed("refused", `The submodule ${path} lies more than ${deepest} repositories deep.`);
}
