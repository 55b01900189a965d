import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Database, Tables } from "./schema.ts";
import { nodeSqliteDialect } from "./sqlite-dialect.ts";
import { migrateSqlite } from "./sqlite-migrate.ts";

describe("a change of the tables", () => {
  let directory: string;
  let file: string;
  let raw: DatabaseSync;
  let db: Database;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "signalbox-migrate-"));
    file = join(directory, "signalbox.db");
    raw = new DatabaseSync(file);
    db = new Kysely<Tables>({ dialect: nodeSqliteDialect(raw) });
  });

  afterEach(() => {
    raw.close();
    rmSync(directory, { recursive: true });
  });

  const first: Migration = {
    up: (db) => db.schema.createTable("installation").addColumn("copy", "integer").execute(),
  };
  const second: Migration = { up: (db) => db.schema.createTable("news").addColumn("text", "text").execute() };
  const failing: Migration = {
    up: async (db) => {
      await second.up(db);
      throw new Error("no such thing");
    },
  };
  const migrate = (list: Record<string, Migration>): Promise<void> =>
    migrateSqlite(db, raw, file, { getMigrations: () => Promise.resolve(list) });
  const tables = (): unknown[] =>
    raw
      .prepare("select name from sqlite_schema where type = 'table' and name not like 'kysely%'")
      .all()
      .map(({ name }) => name);

  it("is made once, and copies what was there before", async () => {
    await migrate({ "0001-first": first });
    expect(readdirSync(directory)).toEqual(["signalbox.db"]);

    await migrate({ "0001-first": first, "0002-second": second });
    await migrate({ "0001-first": first, "0002-second": second });
    expect(tables()).toEqual(["installation", "news"]);
    expect(readdirSync(directory)).toEqual([expect.stringMatching(/^before-0002-second-\d+\.db$/), "signalbox.db"]);
  });

  it("is made as a whole or not at all", async () => {
    await migrate({ "0001-first": first });
    await expect(migrate({ "0001-first": first, "0002-second": failing })).rejects.toThrow("no such thing");
    expect(tables()).toEqual(["installation"]);
  });
});
