/** What may be asked for: a branch, a tag, or the full name of a commit. */
import { GitFailed } from "../../ports/git.ts";

export type Wanted =
  | { readonly kind: "object"; readonly name: string }
  /** Full refs, in the order in which they are tried. */
  | { readonly kind: "refs"; readonly names: readonly string[] };

export const objectNamePattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Reads a ref by git's own rules (git-check-ref-format) and stricter ones: printable characters, no leading dash, at
 * most 200 bytes. A short name is a branch, or a tag when there is no such branch.
 *
 * @throws {GitFailed} because it is `refused`
 */
export function readRef(ref: string): Wanted {
  if (objectNamePattern.test(ref)) return { kind: "object", name: ref };
  const why = whyRefused(ref);
  if (why !== undefined)
    throw new GitFailed("refused", `${JSON.stringify(ref.slice(0, 200))} is not the name of a branch or tag: ${why}.`);
  if (/^refs\/(?:heads|tags)\/./.test(ref)) return { kind: "refs", names: [ref] };
  if (ref.startsWith("refs/"))
    throw new GitFailed("refused", `${ref} is neither a branch (refs/heads/...) nor a tag (refs/tags/...).`);
  return { kind: "refs", names: [`refs/heads/${ref}`, `refs/tags/${ref}`] };
}

function whyRefused(ref: string): string | undefined {
  if (ref === "") return "it is empty";
  if (Buffer.byteLength(ref) > 200) return "it is longer than 200 bytes";
  if (ref !== ref.normalize("NFC") || /[\p{C}\p{Z}]/u.test(ref)) return "it holds white space or invisible characters";
  if (ref.startsWith("-")) return "it begins with a dash";
  if (/[~^:?*[\\]/.test(ref)) return "it holds one of ~ ^ : ? * [ \\";
  if (ref === "@" || ref.includes("@{")) return "it holds @{ or is @";
  if (ref.includes("..")) return "it holds two dots";
  if (ref.endsWith(".")) return "it ends with a dot";
  if (
    ref.split("/").some((part) => part === "" || part.startsWith(".") || part.startsWith("-") || part.endsWith(".lock"))
  )
    return "one of its parts is empty, begins with a dot or a dash, or ends with .lock";
  return undefined;
}
