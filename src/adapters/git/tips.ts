/** Where branches and tags are at the git server, many at once. */
import { digestOf } from "../../core/digest.ts";
import { GitFailed, type Commit } from "../../ports/git.ts";
import type { Credentials } from "./credentials.ts";
import type { Mirror } from "./mirror.ts";
import { readRef } from "./ref.ts";

/** Fits into one command line of any system. */
const mostRefs = 200;

/** Brings the tips of refs into the mirror; those that are not there are missing in the answer. */
export async function bringTips(
  mirror: Mirror,
  credentials: Credentials,
  refs: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Commit>> {
  const tips = new Map<string, Commit>();
  const wanted = [...new Set(refs)];
  wanted.forEach(mustBeFull);
  for (let from = 0; from < wanted.length; from += mostRefs) {
    const some = wanted.slice(from, from + mostRefs);
    for (const [ref, commit] of await bringSome(mirror, credentials, some, signal)) tips.set(ref, commit);
  }
  return tips;
}

async function bringSome(
  mirror: Mirror,
  credentials: Credentials,
  refs: readonly string[],
  signal: AbortSignal,
): Promise<readonly (readonly [string, Commit])[]> {
  const named = (some: readonly string[]) => some.map((ref) => [ref, ownName(ref)] as const);
  let there = refs;
  if (!(await mirror.fetchAs(credentials, named(there), signal))) {
    // Git brings nothing at all when one of them is missing, and says only which one is the first.
    const listed = await listTips(mirror, credentials, signal);
    there = refs.filter((ref) => listed.has(ref));
    if (there.length === 0) return [];
    if (!(await mirror.fetchAs(credentials, named(there), signal)))
      throw new GitFailed(
        "failed",
        `The branches of ${mirror.address.title} change while they are fetched; try again.`,
      );
  }
  const read = await readTips(mirror, there);
  await mirror.keepAll([...new Set(read.map(([, { revision }]) => revision))], signal);
  return read;
}

/** A flat name, so that a branch `a` never stands in the way of a branch `a/b` that came after it. */
function ownName(ref: string): string {
  return `refs/signalbox/tips/${digestOf(ref).slice(0, 32)}`;
}

const fields = [
  "objecttype",
  "objectname",
  "subject",
  "authorname",
  "committerdate:unix",
  "authoremail",
  "committeremail",
];

async function readTips(mirror: Mirror, refs: readonly string[]): Promise<(readonly [string, Commit])[]> {
  const format = ["refname", ...fields, ...fields.map((field) => `*${field}`)]
    .map((field) => `%(${field})`)
    .join("%00");
  const argv = ["for-each-ref", `--format=${format}`, "--", ...refs.map(ownName)];
  const lines = (await mirror.read(argv, "read the tips")).toString().split("\n").filter(Boolean);
  const byName = new Map(lines.map((line) => [line.slice(0, line.indexOf("\0")), line.split("\0")]));
  return refs.flatMap((ref) => {
    const [, type, ...values] = byName.get(ownName(ref)) ?? [];
    // A tag of its own leads to its commit; to anything else nothing can be deployed.
    const told = type === "tag" ? values.slice(fields.length) : values;
    const [revision = "", subject = "", author = "", seconds = "", ...mails] = told.slice(0, fields.length - 1);
    if (type !== "commit" && values[fields.length - 1] !== "commit") return [];
    const commit = {
      revision,
      subject: subject.slice(0, 500),
      author: author.slice(0, 200),
      committedAt: Number(seconds) * 1000,
      mails: distinctMails(mails.map((mail) => mail.replace(/^<(.*)>$/, "$1"))),
    };
    return [[ref, commit] as const];
  });
}

/** Of an author and a committer, who are mostly the same. */
export function distinctMails(mails: readonly string[]): readonly string[] {
  return [...new Set(mails.map((mail) => mail.slice(0, 320)).filter((mail) => mail !== ""))];
}

/** Where all branches and tags are. */
export async function listTips(
  mirror: Mirror,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const tips = new Map<string, string>();
  for (const line of (await mirror.listRemote(credentials, signal)).toString().split("\n")) {
    const [, revision, ref] = /^([0-9a-f]{40}|[0-9a-f]{64})\t(refs\/(?:heads|tags)\/.+)$/.exec(line) ?? [];
    // The line of a tag's commit comes after that of the tag, and takes its place.
    if (revision !== undefined && ref !== undefined) tips.set(ref.replace(/\^\{\}$/, ""), revision);
  }
  return tips;
}

function mustBeFull(ref: string): void {
  const wanted = readRef(ref);
  if (wanted.kind !== "refs" || wanted.names.length !== 1)
    throw new GitFailed("refused", `${JSON.stringify(ref.slice(0, 200))} is not the full name of a branch or tag.`);
}
