/** Rows of the audit log, as they are given to the store and read from it. */
import type { Access } from "../core/access.ts";

/** Who did what, when, from where. */
export interface AuditEntry {
  readonly actor: string;
  readonly action: string;
  readonly object: string;
  /** What is changed has `before` and `after` here. */
  readonly detail: Readonly<Record<string, unknown>>;
  /** Missing: from where the work was asked for within which it is written. */
  readonly from?: Access;
}

export type AuditRead = AuditEntry & { readonly at: number; readonly sequence: number };

export interface AuditFilter {
  /** 100 without it. */
  readonly limit?: number;
  readonly object?: string;
  readonly actor?: string;
  readonly action?: string;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
  /** Only rows before this one. */
  readonly before?: number;
}
