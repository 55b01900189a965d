/** The audit log, as clients see it. */
import type { AuditBreak, AuditHead } from "../core/audit-chain.ts";
import type { AuditFormat } from "../core/audit-export.ts";
import type { AuditView } from "./audit-views.ts";
import type { Calls } from "./calls.ts";

export interface AuditQuery {
  readonly limit?: number;
  readonly object?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly since?: number;
  readonly until?: number;
}

export interface AuditCheckView {
  readonly head: AuditHead | null;
  readonly broken: AuditBreak | null;
}

export interface AuditClient {
  /** The newest first. */
  list(query: AuditQuery): Promise<readonly AuditView[]>;
  check(known?: AuditHead): Promise<AuditCheckView>;
  head(): Promise<AuditHead | null>;
  /** All rows, or all after one, piece by piece. */
  export(format: AuditFormat, after?: number): AsyncIterable<string>;
}

export function auditClient({ get, text }: Calls): AuditClient {
  return {
    list: async (query) => get("/audit", { ...query }),
    check: async (known) => get("/audit/check", { ...known }),
    head: async () => (await get<{ readonly head: AuditHead | null }>("/audit/head")).head,
    export: (format, after) => text("/audit/export", { format, after }),
  };
}
