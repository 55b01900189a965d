/** The audit log, at a server or in a file that no server works on. */
import { readFile } from "node:fs/promises";

import type { Client } from "../api/client.ts";
import type { AuditHead } from "../core/audit-chain.ts";
import { exportBegin, exportRow } from "../core/audit-export.ts";
import type { AuditFormat } from "../core/audit-export.ts";
import { outside } from "./outside.ts";
import type { Session } from "./session.ts";
import { Stopped } from "./stopped.ts";

export type AuditLog = Omit<Client["audit"], "list"> & { close(): Promise<void> };

/** @param place a backup or a data directory; without it the server is asked */
export async function auditLog(session: Session, place: string | undefined): Promise<AuditLog> {
  if (place === undefined) return { ...(await session.client()).audit, close: async () => {} };
  const openAudit = await outside("openAudit");
  const file = await openAudit(place);
  return {
    head: file.head,
    check: file.check,
    async *export(format: AuditFormat, after = Number.NEGATIVE_INFINITY) {
      yield exportBegin(format);
      for await (const row of file.links()) if (row.sequence > after) yield exportRow(format, row);
    },
    close: async () => file.close(),
  };
}

/** `1204 9f86d0...`: one line, to be kept wherever there is room for a line. */
export function headLine({ sequence, hash }: AuditHead): string {
  return `${sequence} ${hash}`;
}

const longestHeads = 1024 * 1024;

/** The newest of the heads in a file: it stands for all before it. */
export async function readHead(file: string): Promise<AuditHead> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Stopped(`the head in ${file} could not be read: ${error.message}`, { next: headNext });
  });
  const heads = text.length > longestHeads ? [] : headsIn(text);
  const [newest] = heads.toSorted((a, b) => b.sequence - a.sequence);
  if (newest === undefined) throw new Stopped(`there is no head of an audit log in ${file}`, { next: headNext });
  return newest;
}

const headNext = "signalbox audit head prints one: a line with the number of a row and its hash";

function headsIn(text: string): readonly AuditHead[] {
  return [...text.matchAll(/^(\d{1,15}) ([0-9a-f]{64})\s*$/gm)].map(([, sequence, hash]) => ({
    sequence: Number(sequence),
    hash: hash!,
  }));
}
