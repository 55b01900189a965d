/** The files of a commit, as far as they matter before they are written. */
import { whyLinkIsRefused } from "../../core/links.ts";
import { GitFailed } from "../../ports/git.ts";
import type { Mirror } from "./mirror.ts";

export interface TreeEntry {
  readonly mode: string;
  readonly object: string;
  readonly path: string;
}

export async function listTree(mirror: Mirror, revision: string): Promise<readonly TreeEntry[]> {
  const listed = await mirror.read(["ls-tree", "-r", "-z", "--full-tree", revision], `list the files of ${revision}`);
  return listed
    .toString()
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => {
      const tab = line.indexOf("\t");
      const [mode = "", , object = ""] = line.slice(0, tab).split(" ");
      return { mode, object, path: line.slice(tab + 1) };
    });
}

export const isSubmodule = ({ mode }: TreeEntry): boolean => mode === "160000";
const isLink = ({ mode }: TreeEntry): boolean => mode === "120000";

/** @throws {GitFailed} when a link of the tree leads out of it */
export async function refuseOutwardLinks(mirror: Mirror, entries: readonly TreeEntry[]): Promise<void> {
  const linkEntries = entries.filter(isLink);
  if (linkEntries.length === 0) return;
  const targets = await readBlobs(
    mirror,
    linkEntries.map(({ object }) => object),
  );
  const links = new Map(linkEntries.map(({ path }, index) => [path, targets[index] ?? ""]));
  for (const path of links.keys()) {
    const why = whyLinkIsRefused(path, links);
    if (why === undefined) continue;
    throw new GitFailed(
      "refused",
      `The source is refused: its link ${JSON.stringify(path)} ${why}.\n` +
        "  A checkout may only hold links that stay inside it. Replace the link by what it stands for, and push again.",
    );
  }
}

async function readBlobs(mirror: Mirror, objects: readonly string[]): Promise<readonly string[]> {
  const answer = await mirror.read(["cat-file", "--batch"], "read links", `${objects.join("\n")}\n`);
  const blobs: string[] = [];
  for (let at = 0; blobs.length < objects.length;) {
    const end = answer.indexOf(0x0a, at);
    const bytes = Number(answer.toString("latin1", at, end).split(" ")[2]);
    if (end < 0 || !Number.isInteger(bytes))
      throw new GitFailed("failed", "git could not read the links of the source.");
    blobs.push(answer.toString("utf8", end + 1, end + 1 + bytes));
    at = end + 1 + bytes + 1;
  }
  return blobs;
}
