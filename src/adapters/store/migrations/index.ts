/** Every migration there has been, in order. One that was released is never changed. */
import type { Kysely } from "kysely";
import type { Migration, MigrationProvider } from "kysely/migration";

import { firstTables } from "./0001-first-tables.ts";
import { tokens } from "./0002-tokens.ts";
import { hostsAskedFor } from "./0003-hosts-asked-for.ts";
import { secrets } from "./0004-secrets.ts";
import { approvals } from "./0005-approvals.ts";
import { people } from "./0006-people.ts";
import { pushes } from "./0007-pushes.ts";
import { auditAndFreezes } from "./0008-audit-and-freezes.ts";
import { signIn } from "./0009-sign-in.ts";
import { configurationProposals } from "./0011-configuration-proposals.ts";
import { approvalsDue } from "./0012-approvals-due.ts";
import type { TableStyle } from "./table-style.ts";

export function migrations(style: TableStyle): MigrationProvider {
  const list: Record<string, Migration> = {
    "0001-first-tables": { up: (db: Kysely<unknown>) => firstTables(db, style) },
    "0002-tokens": { up: (db: Kysely<unknown>) => tokens(db, style) },
    "0003-hosts-asked-for": { up: hostsAskedFor },
    "0004-secrets": { up: (db: Kysely<unknown>) => secrets(db, style) },
    "0005-approvals": { up: (db: Kysely<unknown>) => approvals(db, style) },
    "0006-people": { up: (db: Kysely<unknown>) => people(db, style) },
    "0007-pushes": { up: (db: Kysely<unknown>) => pushes(db, style) },
    "0008-audit-and-freezes": { up: (db: Kysely<unknown>) => auditAndFreezes(db, style) },
    "0009-sign-in": { up: (db: Kysely<unknown>) => signIn(db, style) },
    "0011-configuration-proposals": { up: (db: Kysely<unknown>) => configurationProposals(db, style) },
    "0012-approvals-due": { up: approvalsDue },
  };
  return { getMigrations: () => Promise.resolve(list) };
}
