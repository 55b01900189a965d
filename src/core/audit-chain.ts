/**
 * The audit log is a chain: each row carries the hash of its own content and of the row before.
 *
 * A row that is edited, removed, moved or put in breaks the chain there. Whoever can write the whole log can also
 * write a whole new chain; that, and rows cut off at the end, show only against a head that was kept elsewhere.
 */
import { digestOf } from "./digest.ts";

/** A row as it is stored; its hash is about everything else. */
export interface AuditLink {
  readonly sequence: number;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly object: string;
  /** JSON. */
  readonly detail: string;
  /** JSON; `null` in rows of the time before it was kept, and where the server acted by itself. */
  readonly access: string | null;
  readonly previous: string;
  readonly hash: string;
}

/** The end of the chain, to be kept elsewhere. */
export interface AuditHead {
  readonly sequence: number;
  readonly hash: string;
}

/** Where the chain is broken, and how, for people. */
export interface AuditBreak {
  readonly sequence: number;
  readonly problem: string;
}

/** The next row behind a head. */
export function linkTo(
  head: AuditHead | null,
  { access, ...content }: Omit<AuditLink, "sequence" | "previous" | "hash">,
): AuditLink {
  const row = { ...content, access, sequence: (head?.sequence ?? 0) + 1, previous: head?.hash ?? "" };
  return { ...row, hash: hashOf(row) };
}

/**
 * What is wrong with a row, seen from the one before; nothing when the chain holds.
 *
 * @param known a head that was kept elsewhere
 */
export function breakAt(row: AuditLink, head: AuditHead | null, known?: AuditHead): AuditBreak | undefined {
  const expected = (head?.sequence ?? 0) + 1;
  const { sequence } = row;
  if (sequence < expected) return { sequence, problem: `row ${sequence} was put in: the log begins with row 1` };
  if (sequence > expected) return { sequence: expected, problem: `${missing(expected, sequence - 1)}` };
  if (row.hash !== hashOf(row))
    return { sequence, problem: `row ${sequence} was edited: its content does not fit to its hash` };
  if (row.previous !== (head?.hash ?? "")) {
    const before = sequence === 1 ? "nothing was before it" : `row ${sequence - 1} is another one now`;
    return {
      sequence,
      problem: `row ${sequence} follows another row than the one that it was written after: ${before}`,
    };
  }
  if (known?.sequence === sequence && known.hash !== row.hash) {
    const problem = `row ${sequence} is not the one of the head that was kept: it, or rows before it, were written anew`;
    return { sequence, problem };
  }
  return undefined;
}

/** What is wrong with the end of the log; nothing when it reaches as far as it did when the head was kept. */
export function breakAtEnd(head: AuditHead | null, known: AuditHead | undefined): AuditBreak | undefined {
  const last = head?.sequence ?? 0;
  if (known === undefined || known.sequence <= last) return undefined;
  const problem = `the log was cut off: it ends with row ${last}, and there was a row ${known.sequence} when the head was kept`;
  return { sequence: last + 1, problem };
}

function missing(from: number, to: number): string {
  return from === to ? `row ${from} is missing` : `rows ${from} to ${to} are missing`;
}

/** Rows of the time before `access` was kept have a hash without it. */
function hashOf({ sequence, at, actor, action, object, detail, access, previous }: Omit<AuditLink, "hash">): string {
  const old = { sequence, at, actor, action, object, detail, previous };
  return digestOf(access === null ? old : { ...old, access });
}
