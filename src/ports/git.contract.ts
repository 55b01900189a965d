/** What every way to git has to do, shown on a repository that really exists. */
import { lstatSync, mkdtempSync, readFileSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import type { Source } from "../core/service.ts";
import { GitFailed, type Git } from "./git.ts";

/** A git server with one repository, and somebody who pushes to it. */
export interface GitWorld {
  readonly git: Git;
  readonly source: Source;
  /** Commits files (`null` removes one, `-> x` is a link, a shebang makes it executable) and pushes; the commit. */
  push(
    branch: string,
    files: Readonly<Record<string, string | null>>,
    options?: { readonly force?: boolean },
  ): Promise<string>;
  tag(name: string, revision: string): Promise<void>;
}

const signal = new AbortController().signal;
const quiet = { signal, log: () => {} };
const newDirectory = (): string => join(mkdtempSync(join(tmpdir(), "checkout-")), "tree");

export function describeGit(title: string, create: () => Promise<GitWorld>): void {
  describe(`git by ${title}`, { timeout: 30_000 }, () => {
    it("resolves a branch, a tag and the full name of a commit", async () => {
      const { git, source, push, tag } = await create();
      const first = await push("main", { "a.txt": "one" });
      await tag("v1", first);
      const second = await push("main", { "a.txt": "two" });
      expect(await git.fetch(source, "main", quiet)).toMatchObject({ revision: second, author: "Kim" });
      for (const ref of ["v1", "refs/tags/v1", first])
        expect(await git.fetch(source, ref, quiet)).toMatchObject({ revision: first });
      expect(await git.fetch(source, "refs/heads/main", quiet)).toMatchObject({ revision: second });
    });

    it("writes the files of a commit with their modes and inner links", async () => {
      const { git, source, push } = await create();
      const revision = await push("main", { gradlew: "#!/bin/sh\n", "src/a.txt": "text", "src/link": "-> ../gradlew" });
      await git.fetch(source, "main", quiet);
      const tree = newDirectory();
      await git.checkout(source, revision, tree, signal);
      expect(lstatSync(join(tree, "gradlew")).mode & 0o111).toBe(0o111);
      expect(lstatSync(join(tree, "src/a.txt")).mode & 0o111).toBe(0);
      expect(readFileSync(join(tree, "src/a.txt"), "utf8")).toBe("text");
      expect(readlinkSync(join(tree, "src/link"))).toBe("../gradlew");
    });

    it("keeps what was resolved when the branch is pushed over", async () => {
      const { git, source, push } = await create();
      await push("main", { "a.txt": "base" });
      const { revision } = await git.fetch(source, "main", quiet);
      const other = await push("main", { "a.txt": "rewritten" }, { force: true });
      const tree = newDirectory();
      await git.checkout(source, revision, tree, signal);
      expect(readFileSync(join(tree, "a.txt"), "utf8")).toBe("base");
      expect(await git.fetch(source, "main", quiet)).toMatchObject({ revision: other });
      const again = newDirectory();
      await git.checkout(source, revision, again, signal);
      expect(readFileSync(join(again, "a.txt"), "utf8")).toBe("base");
    });

    it("reads a file of a commit, but neither a link nor a large one", async () => {
      const { git, source, push } = await create();
      const large = "x".repeat(256 * 1024 + 1);
      const revision = await push("main", { "signalbox.service.yml": "port: 1\n", large, link: "-> large" });
      await git.fetch(source, "main", quiet);
      expect(await git.readFile(source, revision, "signalbox.service.yml")).toBe("port: 1\n");
      for (const path of ["large", "link", "missing"])
        expect(await git.readFile(source, revision, path)).toBeUndefined();
    });

    it("lists what a release adds, the newest first", async () => {
      const { git, source, push } = await create();
      const revisions: string[] = [];
      for (const text of ["1", "2", "3", "4"]) revisions.push(await push("main", { "a.txt": text }));
      await git.fetch(source, "main", quiet);
      const [first = "", second, third, fourth = ""] = revisions;
      const added = async (limit: number): Promise<readonly string[]> =>
        (await git.between(source, first, fourth, limit)).map(({ revision }) => revision);
      expect(await added(10)).toEqual([fourth, third, second]);
      expect(await added(2)).toEqual([fourth, third]);
      const [newest] = await git.between(source, first, fourth, 1);
      expect(newest?.mails).toEqual([expect.stringMatching(/^[^@ ]+@[^@ ]+$/)]);
    });

    it("brings the tips of many refs in one go, and leaves out those that are not there", async () => {
      const { git, source, push, tag } = await create();
      const first = await push("main", { "a.txt": "one" });
      await tag("v1", first);
      const second = await push("release/x", { "a.txt": "two" });
      const refs = ["refs/heads/main", "refs/heads/release/x", "refs/tags/v1", "refs/heads/gone", "refs/tags/none"];
      const tips = await git.tips(source, refs, signal);
      expect([...tips].map(([ref, { revision }]) => [ref, revision])).toEqual([
        ["refs/heads/main", first],
        ["refs/heads/release/x", second],
        ["refs/tags/v1", first],
      ]);
      expect(tips.get("refs/tags/v1")).toEqual(await git.fetch(source, "main", quiet));
      const third = await push("main", { "a.txt": "rewritten" }, { force: true });
      expect((await git.tips(source, ["refs/heads/main"], signal)).get("refs/heads/main")?.revision).toBe(third);
      expect(await git.readFile(source, first, "a.txt")).toBe("one");
      expect((await git.tips(source, ["refs/heads/gone"], signal)).size).toBe(0);
      await expect(git.tips(source, ["main"], signal)).rejects.toMatchObject({ because: "refused" });
    });

    it("lists where all branches and tags are, without bringing them", async () => {
      const { git, source, push, tag } = await create();
      const first = await push("main", { "a.txt": "one" });
      await tag("v1", first);
      const second = await push("dev", { "a.txt": "two" });
      expect([...(await git.listTips(source, signal))]).toEqual([
        ["refs/heads/dev", second],
        ["refs/heads/main", first],
        ["refs/tags/v1", first],
      ]);
      expect(await git.isAncestor(source, first, second)).toBe("unknown");
    });

    it("knows how commits of the mirror stand to each other, and in which paths they differ", async () => {
      const { git, source, push } = await create();
      const first = await push("main", { "a.txt": "one", "docs/설명 서.md": "x" });
      const second = await push("main", { "a.txt": null, "b.txt": "one" });
      await git.tips(source, ["refs/heads/main"], signal);
      const rewritten = await push("main", { "b.txt": "two", "docs/설명 서.md": "y" }, { force: true });
      await git.tips(source, ["refs/heads/main"], signal);
      expect(await git.isAncestor(source, first, second)).toBe(true);
      expect(await git.isAncestor(source, second, first)).toBe(false);
      expect(await git.isAncestor(source, second, rewritten)).toBe(false);
      expect(await git.isAncestor(source, second, second)).toBe(true);
      expect(await git.isAncestor(source, first, "0".repeat(40))).toBe("unknown");
      expect(await git.changedPaths(source, first, second)).toEqual(["a.txt", "b.txt"]);
      expect(await git.changedPaths(source, second, rewritten)).toEqual(["b.txt", "docs/설명 서.md"]);
      expect(await git.changedPaths(source, first, first)).toEqual([]);
      expect(await git.changedPaths(source, first, "0".repeat(40))).toBe("unknown");
      await expect(git.changedPaths(source, "--output=x", first)).rejects.toThrow(GitFailed);
    });

    it("says which ref is not there", async () => {
      const { git, source, push } = await create();
      await push("main", { "a.txt": "one" });
      const missing = git.fetch(source, "nowhere", quiet);
      await expect(missing).rejects.toThrow(GitFailed);
      await expect(missing).rejects.toMatchObject({
        because: "no-such-ref",
        message: expect.stringContaining('"nowhere"'),
      });
      await expect(git.fetch(source, "0".repeat(40), quiet)).rejects.toMatchObject({ because: "no-such-ref" });
    });
  });
}
