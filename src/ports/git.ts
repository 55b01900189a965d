/** Source code: a ref is resolved to a commit once, and everything after uses the commit. */
import type { Source } from "../core/service.ts";

export interface Commit {
  /** The full object name. */
  readonly revision: string;
  readonly subject: string;
  readonly author: string;
  /** The mail addresses of the author and of the committer, as they stand there: anybody can write anything. */
  readonly mails: readonly string[];
  readonly committedAt: number;
}

/** The git server could not be asked, or said no. */
export class GitFailed extends Error {
  override readonly name = "GitFailed";
  readonly because: "unreachable" | "denied" | "no-such-ref" | "refused" | "failed";

  constructor(because: GitFailed["because"], message: string) {
    super(message);
    this.because = because;
  }
}

export interface Git {
  /**
   * Brings the commit of a ref (branch, tag or full object name) into the server's mirror.
   *
   * @throws {GitFailed}
   */
  fetch(
    source: Source,
    ref: string,
    options: { readonly signal: AbortSignal; readonly log: (line: string) => void },
  ): Promise<Commit>;
  /**
   * Brings the tips that refs (in full) have at the git server now into the mirror, all in one go. Refs that are not
   * there are missing in the answer.
   *
   * @throws {GitFailed}
   */
  tips(source: Source, refs: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Commit>>;
  /**
   * Where all branches and tags are at the git server now, without bringing anything. A tag is where its commit is.
   *
   * @throws {GitFailed}
   */
  listTips(source: Source, signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** Whether all of a commit is in another one of the mirror; `unknown` when one of the two is not there. */
  isAncestor(source: Source, older: string, newer: string): Promise<boolean | "unknown">;
  /** Every path in which two commits of the mirror differ; `unknown` when there are too many, or one is not there. */
  changedPaths(source: Source, from: string, to: string): Promise<readonly string[] | "unknown">;
  /** Writes the files of a commit below a new, empty directory. No hook, filter or submodule of the repository runs. */
  checkout(source: Source, revision: string, directory: string, signal: AbortSignal): Promise<void>;
  /** One file of a commit, if it is there and at most 256 KiB long. */
  readFile(source: Source, revision: string, path: string): Promise<string | undefined>;
  /** The commits that a release adds over another, the newest first, at most `limit`. */
  between(source: Source, from: string, to: string, limit: number): Promise<readonly Commit[]>;
}
