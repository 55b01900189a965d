import { DatabaseSync } from "node:sqlite";

import { Kysely } from "kysely";
import { afterEach, describe, expect, it } from "vitest";

import { nodeSqliteDialect } from "../sqlite-dialect.ts";
import { tokens } from "./0002-tokens.ts";
import { people } from "./0006-people.ts";
import type { TableStyle } from "./table-style.ts";

describe("tokens of before there were people", () => {
  const raw = new DatabaseSync(":memory:");
  const db = new Kysely<unknown>({ dialect: nodeSqliteDialect(raw) });
  const style: TableStyle = { wide: "integer", finish: (table) => table };
  afterEach(() => raw.close());

  it("may afterwards what they could do before", async () => {
    await tokens(db, style);
    for (const [name, scopes] of Object.entries({ ci: ["read", "deploy"], root: ["admin", "read"], none: [] })) {
      raw.prepare("insert into tokens values (?, ?, ?, 1, 'kim', 2)").run(name, name, JSON.stringify(scopes));
    }
    await people(db, style);
    const rows = raw.prepare("select * from tokens order by name").all();
    const rightsOf = ({ grants }: Record<string, unknown>): unknown =>
      (JSON.parse(grants as string) as { right: string; environment: null }[]).map(
        ({ right, environment }) => `${right} ${environment}`,
      );
    expect(rows.map((row) => [row["name"], row["login"], rightsOf(row)])).toEqual([
      ["ci", null, ["view null", "deploy null"]],
      ["none", null, []],
      ["root", null, ["view null", "deploy null", "artifacts null", "configure null", "admin null"]],
    ]);
    expect(rows[0]).not.toHaveProperty("scopes");
  });
});
