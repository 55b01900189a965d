/** The audit log of a store that no server works on: a data directory, or a backup. Nothing in it is changed. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import type { AuditHead, AuditLink } from "../../core/audit-chain.ts";
import type { AuditCheck } from "../../ports/store.ts";
import { checkAudit } from "./audit.ts";
import { isBusy } from "./sqlite-errors.ts";
import { busy } from "./sqlite-owner.ts";
import { NoBackup } from "./sqlite-restore.ts";

export interface AuditFile {
  links(): AsyncIterable<AuditLink>;
  head(): Promise<AuditHead | null>;
  check(known?: AuditHead): Promise<AuditCheck>;
  close(): void;
}

/**
 * @param place a data directory, or a file
 * @throws {StoreBusy} while a server works on it
 * @throws {NoBackup} when it is no store
 */
export function openAuditFile(place: string): AuditFile {
  const file = existsSync(place) && statSync(place).isDirectory() ? join(place, "signalbox.db") : place;
  if (!existsSync(file)) throw new NoBackup(`there is no store at ${file}`);
  const raw = openStore(file);
  const links = (): AsyncIterable<AuditLink> => linksOf(raw);
  return {
    links,
    head: async () => headOf(raw),
    check: (known) => checkAudit(links(), known),
    close: () => raw.close(),
  };
}

function openStore(file: string): DatabaseSync {
  const raw = new DatabaseSync(file, { readOnly: true, timeout: 1000 });
  try {
    raw.prepare("select sequence, hash from audit limit 1").all();
    return raw;
  } catch (error) {
    raw.close();
    throw isBusy(error) ? busy(file, error) : new NoBackup(`${file} is not a store of Signalbox`);
  }
}

/** Row by row: the log of years does not fit into memory. */
async function* linksOf(raw: DatabaseSync): AsyncIterable<AuditLink> {
  const rows = raw.prepare("select * from audit order by sequence").iterate();
  // A backup of an earlier version has no column `access`.
  for (const row of rows) yield { access: null, ...row } as unknown as AuditLink;
}

function headOf(raw: DatabaseSync): AuditHead | null {
  const row = raw.prepare("select sequence, hash from audit order by sequence desc limit 1").get();
  return row === undefined ? null : { sequence: Number(row["sequence"]), hash: String(row["hash"]) };
}
