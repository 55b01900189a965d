import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Access } from "../../core/access.ts";
import type { AuditHead } from "../../core/audit-chain.ts";
import { digestOf } from "../../core/digest.ts";
import type { AuditCheck } from "../../ports/store.ts";
import { systemClock } from "../clock/system.ts";
import { openAuditFile } from "./audit-file.ts";
import { openSqliteStore } from "./sqlite.ts";

const root = mkdtempSync(join(tmpdir(), "signalbox-audit-"));
const whole = join(root, "whole.db");
const rows = 12;
let kept: AuditHead;

const accesses: readonly (Access | undefined)[] = [undefined, { via: "socket" }, { via: "token", address: "10.0.0.7" }];

beforeAll(async () => {
  const store = await openSqliteStore({ directory: join(root, "store"), clock: systemClock, reserveBytes: 0 });
  for (let at = 1; at <= rows; at += 1) {
    const entry = { actor: "kim", action: "approve", object: `d-${at}`, detail: { before: at, after: at + 1 } };
    await store.within(accesses[at % 3], () => store.commit({ at, audit: [entry] }));
  }
  kept = (await store.auditHead())!;
  await store.backup(whole);
  await store.close();
  const raw = new DatabaseSync(whole);
  raw.exec("drop trigger no_update_of_audit; drop trigger no_delete_of_audit");
  raw.close();
});
afterAll(() => rmSync(root, { recursive: true }));

const sequence = fc.integer({ min: 1, max: rows });
const texts = ["actor", "action", "object", "detail", "access", "previous", "hash"] as const;

/** What somebody does to the file, as statements. */
type Tampering = readonly (readonly [sql: string, ...values: (string | number | null)[]])[];

const swap = (one: number, other: number): Tampering => [
  ["update audit set sequence = -1 where sequence = ?", one],
  ["update audit set sequence = ? where sequence = ?", one, other],
  ["update audit set sequence = ? where sequence = -1", other],
];

const put = (at: number, hash?: string): Tampering[number] => {
  const row = { sequence: at, at: 5, actor: "lee", action: "approve", object: "d-5", detail: "{}", previous: "" };
  return [
    "insert into audit (sequence, at, actor, action, object, detail, previous, hash) values (?, ?, ?, ?, ?, ?, ?, ?)",
    ...(Object.values(row) as (string | number)[]),
    hash ?? digestOf(row),
  ];
};

const tampering: fc.Arbitrary<Tampering> = fc.oneof(
  fc
    .tuple(sequence, fc.constantFrom(...texts), fc.string())
    .map(([row, column, text]): Tampering => [[`update audit set ${column} = ? where sequence = ?`, text, row]]),
  sequence.map((row): Tampering => [["update audit set at = at + 1 where sequence = ?", row]]),
  sequence.map((row): Tampering => [[`update audit set access = '{"via":"hook"}' where sequence = ?`, row]]),
  sequence
    .filter((row) => row % 3 !== 0)
    .map((row): Tampering => [["update audit set access = null where sequence = ?", row]]),
  fc
    .tuple(sequence, sequence)
    .filter(([a, b]) => a !== b)
    .map(([a, b]) => swap(a, b)),
  sequence.map((row): Tampering => [["delete from audit where sequence = ?", row]]),
  // Removed without a gap: the rows behind it move up.
  sequence.map((row): Tampering => [
    ["delete from audit where sequence = ?", row],
    ["update audit set sequence = -sequence where sequence > ?", row],
    ["update audit set sequence = -sequence - 1 where sequence < 0"],
  ]),
  fc.constantFrom(0, -1, -7, rows + 1, rows + 5).map((row): Tampering => [put(row)]),
  // Put in between: the rows behind it make room.
  sequence.map((row): Tampering => [
    ["update audit set sequence = -sequence - 1 where sequence >= ?", row],
    ["update audit set sequence = -sequence where sequence < 0"],
    put(row),
  ]),
  sequence.map((row): Tampering => [["delete from audit where sequence >= ?", row]]),
);

async function checkAfter(statements: Tampering): Promise<{ readonly changed: boolean; readonly check: AuditCheck }> {
  const file = join(root, "tampered.db");
  copyFileSync(whole, file);
  const raw = new DatabaseSync(file);
  const before = JSON.stringify(raw.prepare("select * from audit order by sequence").all());
  for (const [sql, ...values] of statements) raw.prepare(sql).run(...values);
  const changed = before !== JSON.stringify(raw.prepare("select * from audit order by sequence").all());
  raw.close();
  const audit = openAuditFile(file);
  try {
    return { changed, check: await audit.check(kept) };
  } finally {
    audit.close();
  }
}

describe("the audit log in a file", () => {
  it("is whole as it was written, with and without from where", async () => {
    expect((await checkAfter([])).check).toEqual({ head: kept, broken: null });
  });

  it("shows whatever is done to it, at the first row that is not as it was", async () => {
    await fc.assert(
      fc.asyncProperty(tampering, async (statements) => {
        const { changed, check } = await checkAfter(statements);
        expect(check.broken !== null).toBe(changed);
        expect(check.broken?.problem ?? "row").toMatch(/row/);
      }),
      { numRuns: 120 },
    );
  }, 30_000);

  it("names the row", async () => {
    const broken = async (...statements: Tampering) => (await checkAfter(statements)).check.broken;
    expect(await broken(["update audit set actor = 'lee' where sequence = 4"])).toEqual({
      sequence: 4,
      problem: "row 4 was edited: its content does not fit to its hash",
    });
    expect(await broken(["delete from audit where sequence in (5, 6)"])).toEqual({
      sequence: 5,
      problem: "rows 5 to 6 are missing",
    });
    expect(await broken(["delete from audit where sequence > 9"])).toEqual({
      sequence: 10,
      problem: "the log was cut off: it ends with row 9, and there was a row 12 when the head was kept",
    });
    expect((await broken(...swap(3, 4)))?.sequence).toBe(3);
    expect((await broken(put(-7)))?.problem).toContain("row -7 was put in");
  });

  it("shows a chain that was written anew against the head that was kept", async () => {
    const other = { ...kept, hash: "0".repeat(64) };
    const audit = openAuditFile(whole);
    const { broken } = await audit.check(other);
    audit.close();
    expect(broken?.problem).toContain("written anew");
  });

  it("verifies rows of the time before it was kept from where", async () => {
    const file = join(root, "old.db");
    const raw = new DatabaseSync(file);
    raw.exec(
      "create table audit (sequence integer primary key, at integer, actor text, action text, object text, detail text, previous text, hash text)",
    );
    const row = { sequence: 1, at: 5, actor: "lee", action: "deploy", object: "d-5", detail: "{}", previous: "" };
    raw
      .prepare("insert into audit values (?, ?, ?, ?, ?, ?, ?, ?)")
      .run(...(Object.values(row) as (string | number)[]), digestOf(row));
    raw.close();
    const audit = openAuditFile(file);
    expect((await audit.check()).broken).toBeNull();
    audit.close();
  });
});
