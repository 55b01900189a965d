/**
 * What to do about the tip that the git server has for a ref now.
 *
 * Webhooks come late, twice, in any order, or never. So the decision knows only what is at the git server and what was
 * asked for before, and an environment never goes back because of one. Going back is asked for by people.
 */
import type { PathFilter, TriggerRule } from "./trigger.ts";
import { countsAmong, placeOf } from "./trigger.ts";
import type { PushEvent, PushedRef } from "./trigger-push.ts";
import { fullRef, refTitle } from "./trigger-push.ts";

/** How a tip stands to another commit: it comes after it, it is an ancestor of it, or they have parted. */
export type Relation = "ahead" | "behind" | "diverged" | "unknown";

/**
 * What was found at the git server, asked after `KnownPlace` was read. Whoever writes the decision down makes sure that
 * the place has not changed meanwhile, and asks again if it has: after a rewrite of history only the server knows
 * which tip is the later one.
 */
export interface Found {
  readonly ref: PushedRef;
  /** Missing when the ref is not there any more. */
  readonly tip?: Commitment;
  /** How the tip stands to `seen` and to what was requested, by their revisions; a missing one is unknown. */
  readonly relations: Readonly<Record<string, Relation>>;
  /** Every path in which the tip may differ from `seen`. */
  readonly changedPaths: readonly string[] | "unknown";
}

export interface Commitment {
  readonly revision: string;
  /** Milliseconds since 1970, as the commit says. */
  readonly committedAt: number;
}

/** What is known of a service in an environment. */
export interface KnownPlace {
  /** The tip of this ref that was last deployed or left out because of its paths. */
  readonly seen?: string;
  /** The last revision that a push or a person asked for, deployed or not. Roll-backs do not count. */
  readonly requested?: Commitment & { readonly ref?: PushedRef };
}

export type TriggerDecision =
  | { readonly kind: "deploy"; readonly ref: PushedRef; readonly revision: string; readonly words: string }
  | {
      readonly kind: "ignore";
      readonly because: "deleted-ref" | "duplicate" | "older" | "paths";
      readonly words: string;
    };

/** Decides on what was found. With `deploy` and with `paths` the tip becomes the place's `seen`. */
export function decideOnTip(rule: TriggerRule, found: Found, known: KnownPlace): TriggerDecision {
  const { ref, tip } = found;
  const ignore = (because: (TriggerDecision & { kind: "ignore" })["because"], words: string): TriggerDecision => ({
    kind: "ignore",
    because,
    words: `${placeOf(rule)}: ${words}`,
  });
  if (tip === undefined) return ignore("deleted-ref", `${refTitle(ref)} is not at the git server any more`);
  const at = `${refTitle(ref)} is at ${short(tip.revision)}`;
  if (tip.revision === known.seen || tip.revision === known.requested?.revision)
    return ignore("duplicate", `${at}, which was dealt with before`);
  const newer = newerThan(found, tip, known);
  if (newer !== undefined)
    return ignore("older", `${at}, older than ${short(newer)} that was asked for; ask for it by name to go back`);
  if (ref.kind === "branch" && rule.paths !== undefined && !mayCount(rule.paths, found.changedPaths))
    return ignore("paths", `${at}, and nothing that counts here has changed`);
  return { kind: "deploy", ref, revision: tip.revision, words: `${placeOf(rule)}: ${at}${history(found, known)}` };
}

/**
 * The changed paths of a push, where it is certain that they are all that is new since `seen`: no push before it was
 * missed, none came after it, and no commit was taken away. Asking the mirror for the difference is as good, and
 * always certain.
 */
export function pathsSince(
  seen: string | undefined,
  { before, after, forced, changedPaths }: PushEvent,
  { tip, relations }: Pick<Found, "tip" | "relations">,
): readonly string[] | "unknown" {
  if (seen === undefined || before !== seen || after !== tip?.revision || forced === true) return "unknown";
  return relations[seen] === "ahead" ? changedPaths : "unknown";
}

/** A revision that the tip must not take the place of, if there is one. */
function newerThan(found: Found, tip: Commitment, { seen, requested }: KnownPlace): string | undefined {
  if (seen !== undefined && found.relations[seen] === "behind") return seen;
  if (requested === undefined) return undefined;
  const relation = found.relations[requested.revision] ?? "unknown";
  if (relation === "behind") return requested.revision;
  if (relation === "ahead") return undefined;
  // Two lines of history. A branch that was rewritten is where its owner wants it; between two refs the dates speak.
  const isSameRef = requested.ref === undefined || fullRef(requested.ref) === fullRef(found.ref);
  return isSameRef || tip.committedAt >= requested.committedAt ? undefined : requested.revision;
}

/** Without knowing what has changed, something may have. */
function mayCount(filter: PathFilter, changed: readonly string[] | "unknown"): boolean {
  return changed === "unknown" || countsAmong(filter, changed);
}

function history({ relations }: Found, { requested }: KnownPlace): string {
  if (requested === undefined) return ", the first one here";
  const relation = relations[requested.revision] ?? "unknown";
  const before = short(requested.revision);
  if (relation === "ahead") return `, after ${before}`;
  return relation === "diverged"
    ? `, on another line of history than ${before}`
    : `; how it stands to ${before} is unknown`;
}

function short(revision: string): string {
  return revision.slice(0, 12);
}
