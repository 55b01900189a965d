/** Rows of the audit log for other programs. */
import type { AuditLink } from "./audit-chain.ts";
import { csvLine } from "./csv.ts";

export const auditFormats = ["json-lines", "csv"] as const;
export type AuditFormat = (typeof auditFormats)[number];

/** What stands before the first row. */
export function exportBegin(format: AuditFormat): string {
  return format === "csv" ? csvLine(columns) : "";
}

const columns = ["row", "time", "who", "what", "on", "via", "address", "detail", "previous", "hash"];

/** The canonical JSON of the row without `hash` is what the hash is about; `detail` and `access` are JSON in it. */
export function exportRow(format: AuditFormat, row: AuditLink): string {
  const { sequence, at, actor, action, object, detail, access, previous, hash } = row;
  const time = timeOf(at);
  if (format === "json-lines") {
    const from = access === null ? {} : { access };
    return `${JSON.stringify({ sequence, at, time, actor, action, object, detail, ...from, previous, hash })}\n`;
  }
  const { via = null, address = null } = readAccess(access);
  return csvLine([sequence, time, actor, action, object, via, address, detail, previous, hash]);
}

/** Somebody may have edited what is stored: it is exported all the same. */
function timeOf(at: number): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? String(at) : time.toISOString();
}

function readAccess(access: string | null): { readonly via?: string; readonly address?: string } {
  if (access === null) return {};
  try {
    const { via, address } = JSON.parse(access) as Readonly<Record<string, unknown>>;
    return {
      ...(typeof via === "string" ? { via } : {}),
      ...(typeof address === "string" ? { address } : {}),
    };
  } catch {
    return { via: access };
  }
}
