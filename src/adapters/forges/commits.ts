/** The commits of a push, which GitHub, GitLab, Gitea and Forgejo send in almost the same form. */
import type { Person, PushEvent } from "../../core/trigger-push.ts";
import type { Fields } from "./fields.ts";
import { field, fieldsOf, inner, listOf, personOf } from "./fields.ts";

export type Contents = Pick<PushEvent, "authors" | "authorsComplete" | "changedPaths">;

const most = { commits: 5000, paths: 20_000, pathLength: 4096 } as const;

/** A forge that cuts off these lists says so in no other way. */
const pathsBeforeCut = 3000;

/** What is known of a push whose commits are not listed. */
export const unknownContents: Contents = { authors: [], authorsComplete: false, changedPaths: "unknown" };

/**
 * Reads the list of commits. `areAll` says whether the forge listed all commits that are new on the ref.
 *
 * @throws {Unreadable}
 */
export function readCommits(payload: Fields, areAll: (listed: number) => boolean): Contents {
  const listed = listOf(payload, "commits");
  const commits = listed.slice(0, most.commits).map((commit) => fieldsOf(commit, "a commit"));
  const isWhole =
    listed.length > 0 &&
    listed.length <= most.commits &&
    areAll(listed.length) &&
    commits.some((commit) => field(commit, "id") === field(payload, "after"));
  const authors = commits.map((commit) => {
    const author = inner(commit, "author");
    return personOf(undefined, field(author, "username"), field(author, "email"), field(author, "name"));
  });
  return {
    authors: eachOnce(authors),
    authorsComplete: isWhole && authors.every(isSomebody),
    changedPaths: isWhole ? pathsOf(commits) : "unknown",
  };
}

/** Whether more is known than what someone calls themselves. */
export function isSomebody({ id, login, mail }: Person): boolean {
  return id !== undefined || login !== undefined || mail !== undefined;
}

export function eachOnce(people: readonly Person[]): readonly Person[] {
  const known = people.filter((person) => Object.keys(person).length > 0);
  return [...new Map(known.map((person) => [JSON.stringify(person), person])).values()];
}

/** Whether a value is a path that git could have; anything else makes the whole list unknown. */
export function isPath(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= most.pathLength && !value.includes("\0");
}

function pathsOf(commits: readonly Fields[]): readonly string[] | "unknown" {
  const paths = new Set<string>();
  for (const commit of commits) {
    const lists = ["added", "modified", "removed"].map((key) => field(commit, key));
    // One that is empty may be missing; a commit without any was sent without its files.
    if (!lists.some(Array.isArray)) return "unknown";
    for (const list of lists) {
      if (list === undefined) continue;
      if (!Array.isArray(list) || list.length >= pathsBeforeCut || !list.every(isPath)) return "unknown";
      for (const path of list) paths.add(path);
      if (paths.size > most.paths) return "unknown";
    }
  }
  return [...paths];
}
