/** Makes kysely's SQLite dialect run on `node:sqlite`. */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

import type { DialectAdapter, SqliteDatabase, SqliteStatement } from "kysely";
import { SqliteAdapter, SqliteDialect } from "kysely";

/** Statements are kept prepared; lists in conditions make new ones, so there is an end to it. */
const keptStatements = 200;

export function nodeSqliteDialect(raw: DatabaseSync): SqliteDialect {
  return new NodeSqliteDialect({ database: shim(raw) });
}

class NodeSqliteDialect extends SqliteDialect {
  override createAdapter(): DialectAdapter {
    return new TransactionalAdapter();
  }
}

/** SQLite can create tables in a transaction: a migration is done or it is not. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function shim(raw: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    prepare(sql) {
      // A full disk rolls back by itself; kysely's own attempt would hide why.
      if (sql === "rollback" && !raw.isTransaction) return nothing;

      const known = prepared.get(sql);
      if (known !== undefined) return known;
      if (prepared.size >= keptStatements) prepared.clear();
      const made = statement(raw.prepare(sql));
      prepared.set(sql, made);
      return made;
    },
    close: () => raw.close(),
  };
}

const nothing: SqliteStatement = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
};

function statement(made: StatementSync): SqliteStatement {
  return {
    reader: made.columns().length > 0,
    all: (parameters) => made.all(...(parameters as SQLInputValue[])),
    run: (parameters) => made.run(...(parameters as SQLInputValue[])),
    iterate: (parameters) => made.iterate(...(parameters as SQLInputValue[])),
  };
}
