import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { chmodSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { Kysely } from "kysely";
import { afterAll, beforeEach, describe, expect, it } from "vitest";

import { describeVault, failureOf } from "../../ports/secrets.contract.ts";
import type { SecretId } from "../../core/secret.ts";
import { SecretFailed } from "../../ports/secrets.ts";
import { systemClock } from "../clock/system.ts";
import { appendToAudit, readAudit } from "../store/audit.ts";
import type { Tables } from "../store/schema.ts";
import { nodeSqliteDialect } from "../store/sqlite-dialect.ts";
import { migrateSqlite } from "../store/sqlite-migrate.ts";
import { keyFile } from "./key-file.ts";
import type { KeyFile } from "./key-file.ts";
import type { SecretDatabase, SecretTables } from "./rows.ts";
import type { Vault } from "./vault.ts";
import { vault } from "./vault.ts";

const root = mkdtempSync(join(tmpdir(), "signalbox-secrets-"));
const open: DatabaseSync[] = [];
afterAll(() => {
  for (const raw of open) raw.close();
  rmSync(root, { recursive: true });
});

interface World {
  readonly vault: Vault;
  readonly raw: DatabaseSync;
  readonly database: SecretDatabase;
  readonly data: string;
  readonly key: string;
  readonly keyFile: KeyFile;
  audit(): Promise<readonly string[]>;
  /** The vault of a server that was started anew. */
  again(keyFile?: KeyFile): Vault;
}

async function aWorld(): Promise<World> {
  const directory = mkdtempSync(join(root, "test-"));
  const data = join(directory, "data");
  mkdirSync(data);
  const file = join(data, "signalbox.db");
  const raw = new DatabaseSync(file);
  open.push(raw);
  raw.exec("pragma journal_mode = wal");
  const db = new Kysely<Tables>({ dialect: nodeSqliteDialect(raw) });
  await migrateSqlite(db, raw, file);
  const database: SecretDatabase = {
    db: db.withTables<SecretTables>(),
    write: (work) =>
      db.transaction().execute(async (trx) => {
        const { result, audit } = await work(trx.withTables<SecretTables>());
        await appendToAudit(trx, systemClock.now(), audit);
        return result;
      }),
  };
  const key = join(directory, "keys", "master.key");
  const kept = keyFile({ file: key, apartFrom: data });
  const again = (keyFile = kept): Vault => vault({ database, keyFile, clock: systemClock });
  const audit = async (): Promise<readonly string[]> =>
    (await readAudit(db, {})).toReversed().map((row) => JSON.stringify(row));
  return { vault: again(), raw, database, data, key, keyFile: kept, audit, again };
}

describeVault("the sealed vault", aWorld);

describe("the sealed vault", () => {
  let world: World;
  beforeEach(async () => {
    world = await aWorld();
  });
  const shared = (name: string): SecretId => ({ name, environment: null, service: null });
  const put = (name: string, value: string) => world.vault.put({ ...shared(name), value, by: "kim" });
  const user = { service: "orders", environment: "production" };

  it("writes no value to the disk, whatever is done with it", async () => {
    const values = ["planted-value-one", "planted-value-two", "planted\nvalue\nthree"];
    for (const value of values) await put("A", value);
    await put("B", "planted-value-four");
    await world.vault.rotateKey("kim");
    await world.vault.remove(shared("B"), "kim");
    const files = readdirSync(world.data);
    expect(files).toContain("signalbox.db-wal");
    for (const file of files) {
      const bytes = readFileSync(join(world.data, file));
      for (const form of [
        "planted",
        Buffer.from("planted").toString("base64").slice(0, 9),
        Buffer.from("planted").toString("hex"),
      ])
        expect([file, form, bytes.includes(form)]).toEqual([file, form, false]);
    }
    // The same look finds what is written there.
    expect(readFileSync(join(world.data, "signalbox.db-wal")).includes("rotate-secret-key")).toBe(true);
    expect(readFileSync(world.key, "utf8")).not.toContain("planted");
  });

  it("seals equal values unequally", async () => {
    await put("A", "the same value");
    await put("A", "the same value");
    const rows = world.raw.prepare("select wrapped_key, sealed from secrets").all();
    expect(new Set(rows.flatMap(({ wrapped_key, sealed }) => [wrapped_key, sealed])).size).toBe(4);
  });

  describe("with a row that was changed", () => {
    const moved = (column: string): string =>
      `update secrets set ${column} = (select ${column} from secrets where name = 'B') where name = 'A'`;
    it.each([
      ["whose sealed value is another one's", moved("sealed")],
      ["whose key is another one's", moved("wrapped_key")],
      ["whose key and value are another one's", `${moved("sealed")}; ${moved("wrapped_key")}`],
      ["whose value was edited", "update secrets set sealed = 'AAAA' || substr(sealed, 5) where name = 'A'"],
      ["whose value was cut off", "update secrets set sealed = substr(sealed, 1, 8) where name = 'A'"],
      ["whose value is empty", "update secrets set sealed = '' where name = 'A'"],
      ["that came from another person", "update secrets set created_by = 'eve' where name = 'A'"],
      ["that came at another time", "update secrets set created_at = 1 where name = 'A'"],
      ["that got another version", "update secrets set version = 9 where name = 'A'"],
      ["that got another environment", "update secrets set environment = 'production' where name = 'A'"],
      ["that got another service", "update secrets set service = 'orders' where name = 'A'"],
      [
        "that got another name",
        "update secrets set name = 'C' where name = 'B'; update secrets set name = 'B' where name = 'A'; update secrets set name = 'A' where name = 'C'",
      ],
    ])("finds one %s", async (_what, change) => {
      await put("A", "planted a");
      await put("B", "planted b");
      world.raw.exec(change);
      const error = await failureOf(
        world.vault.current(["A"], user).then(([pin]) => world.vault.get(pin!)),
        ["planted"],
      );
      expect(error).toMatchObject({ kind: "damaged", message: expect.stringMatching(/the secret A (\(shared\)|of)/) });
      await failureOf(world.vault.values(), ["planted"]);
    });

    it("does not rotate the key, and leaves everything as it was", async () => {
      await put("A", "planted a");
      const { pin } = await put("B", "planted b");
      const key = readFileSync(world.key, "utf8");
      world.raw.exec("update secrets set sealed = 'AAAA' || substr(sealed, 5) where name = 'A'");
      const error = await failureOf(world.vault.rotateKey("kim"), ["planted"]);
      expect(error.message).toContain("A (shared), version 1");
      expect(error.message).not.toContain("B (shared)");
      expect(readFileSync(world.key, "utf8")).toBe(key);
      expect(await world.vault.get(pin)).toBe("planted b");
    });
  });

  describe("its key", () => {
    it("is made at the first need, for the server's user only", async () => {
      expect(await world.vault.list()).toEqual([]);
      expect(existsSync(world.key)).toBe(false);
      const { pin } = await put("A", "a fine value");
      expect(statSync(world.key).mode & 0o777).toBe(0o600);
      expect(statSync(join(world.key, "..")).mode & 0o777).toBe(0o700);
      expect(readFileSync(world.key, "utf8")).toMatch(/^# The key of the secrets/);
      expect(await world.again().get(pin)).toBe("a fine value");
    });

    it("is asked for when it is gone, and never made a second time", async () => {
      const { pin } = await put("A", "planted a");
      const key = readFileSync(world.key);
      rmSync(world.key);
      const works = [
        () => world.vault.get(pin),
        () => put("B", "planted b"),
        () => world.vault.rotateKey("kim"),
        () => world.vault.values(),
      ];
      for (const work of works) {
        const error = await failureOf(work(), ["planted"]);
        expect(error).toMatchObject({ kind: "no-key", message: expect.stringContaining(world.key) });
        expect(error.message).toContain("put the copy of that file back");
      }
      expect(existsSync(world.key)).toBe(false);
      writeFileSync(world.key, key, { mode: 0o600 });
      expect(await world.vault.get(pin)).toBe("planted a");
    });

    it("can be lost for good: what it sealed is removed and set anew", async () => {
      await put("A", "lost value");
      rmSync(world.key);
      expect(await world.vault.remove(shared("A"), "kim")).toBe(true);
      const { pin } = await put("A", "new value");
      expect([pin.version, await world.vault.get(pin)]).toEqual(["3", "new value"]);
    });

    it("of another installation opens nothing", async () => {
      const { pin } = await put("A", "planted a");
      rmSync(world.key);
      const other = await aWorld();
      await other.vault.put({ ...shared("A"), value: "other value", by: "kim" });
      writeFileSync(world.key, readFileSync(other.key), { mode: 0o600 });
      const error = await failureOf(world.vault.get(pin), ["planted"]);
      expect(error).toMatchObject({ kind: "no-key", message: expect.stringContaining("A (shared), version 1") });
      expect((await failureOf(world.vault.rotateKey("kim"))).kind).toBe("no-key");
      expect(readFileSync(world.key)).toEqual(readFileSync(other.key));
    });

    it.each<[string, string, (file: string) => void]>([
      ["others may read", "chmod 600", (file) => chmodSync(file, 0o644)],
      ["its group may write", "chmod 600", (file) => chmodSync(file, 0o620)],
      ["is empty", "holds no key", (file) => writeFileSync(file, "")],
      ["is cut off", "holds no key", (file) => writeFileSync(file, readFileSync(file, "utf8").trimEnd().slice(0, -1))],
      ["holds something else", "holds no key", (file) => writeFileSync(file, "password\n")],
      [
        "is a directory",
        "is not a file",
        (file) => {
          rmSync(file);
          mkdirSync(file);
        },
      ],
    ])("is refused in a file that %s", async (_what, message, change) => {
      const { pin } = await put("A", "planted a");
      change(world.key);
      const error = await failureOf(world.vault.get(pin), ["planted"]);
      expect(error).toMatchObject({ kind: "no-key", message: expect.stringContaining(message) });
      await failureOf(put("B", "planted b"), ["planted"]);
    });

    it("does not lie among the data, by whatever name", async () => {
      const link = join(world.data, "..", "elsewhere");
      symlinkSync(world.data, link);
      for (const file of [
        join(world.data, "master.key"),
        join(world.data, "a/b/key"),
        join(link, "key"),
        join(link, "new/key"),
      ]) {
        const inside = world.again(keyFile({ file, apartFrom: world.data }));
        const error = await failureOf(inside.put({ ...shared("A"), value: "planted a", by: "kim" }), ["planted"]);
        expect(error.message).toContain("lies among the data");
        expect(existsSync(file)).toBe(false);
      }
      const beside = world.again(keyFile({ file: `${world.data}.key`, apartFrom: world.data }));
      await beside.put({ ...shared("A"), value: "a fine value", by: "kim" });
    });
  });

  describe("a rotation of its key", () => {
    const lines = (): string[] =>
      readFileSync(world.key, "utf8")
        .split("\n")
        .filter((line) => /^[^#]/.test(line));

    it("leaves nothing that the old key opens", async () => {
      const { pin } = await put("A", "a fine value");
      const old = readFileSync(world.key);
      await world.vault.rotateKey("kim");
      expect(lines()).toHaveLength(1);
      writeFileSync(world.key, old);
      expect((await failureOf(world.vault.get(pin))).kind).toBe("no-key");
    });

    /** A file on a disk that fails with the n-th write, before or after it has happened. */
    const failing = (at: number, after: boolean): KeyFile => {
      let writes = 0;
      return {
        ...world.keyFile,
        write: async (keys) => {
          writes += 1;
          if (writes !== at) return await world.keyFile.write(keys);
          if (after) await world.keyFile.write(keys);
          throw new SecretFailed("no-key", "the disk is full");
        },
      };
    };

    it.each([
      [1, false],
      [1, true],
      [2, false],
      [2, true],
    ])("that ends at its write no. %i (done: %s) loses nothing and can be asked for again", async (at, after) => {
      const { pin } = await put("A", "a fine value");
      await failureOf(world.again(failing(at, after)).rotateKey("kim"));
      expect(await world.again().get(pin)).toBe("a fine value");
      const next = await world.again().put({ ...shared("B"), value: "another value", by: "kim" });
      expect(await world.again().rotateKey("kim")).toEqual({ versions: 2 });
      expect(lines()).toHaveLength(1);
      expect(await Promise.all([pin, next.pin].map((pin) => world.again().get(pin)))).toEqual([
        "a fine value",
        "another value",
      ]);
    });

    it("that ends with its transaction loses nothing", async () => {
      const { pin } = await put("A", "a fine value");
      const database: SecretDatabase = {
        db: world.database.db,
        write: (work) =>
          world.database.write(async (trx) => {
            await work(trx);
            throw new Error("the server was killed");
          }),
      };
      const dying = vault({ database, keyFile: world.keyFile, clock: systemClock });
      await expect(dying.rotateKey("kim")).rejects.toThrow("killed");
      expect(lines()).toHaveLength(2);
      expect(await world.again().get(pin)).toBe("a fine value");
      expect(await world.again().rotateKey("kim")).toEqual({ versions: 1 });
      expect(lines()).toHaveLength(1);
    });
  });

  it("gives a key for fingerprints that is not the one of the file, and stays until that is rotated", async () => {
    const first = await world.vault.fingerprintKey();
    expect(await world.again().fingerprintKey()).toEqual(first);
    expect(readFileSync(world.key, "utf8")).not.toContain(first.toString("base64"));
    await world.vault.rotateKey("kim");
    expect(await world.vault.fingerprintKey()).not.toEqual(first);
  });
});
