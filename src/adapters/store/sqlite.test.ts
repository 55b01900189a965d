import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { afterAll, afterEach, describe, expect, it } from "vitest";

import { digestOf } from "../../core/digest.ts";
import { describeSignIns } from "../../ports/sign-in.contract.ts";
import { describeStore } from "../../ports/store.contract.ts";
import { describePeople } from "../../ports/store-people.contract.ts";
import { append, id, requested } from "../../ports/store.samples.ts";
import type { Store } from "../../ports/store.ts";
import { StoreBusy, StoreDamaged } from "../../ports/store.ts";
import { systemClock } from "../clock/system.ts";
import { openSqliteStore } from "./sqlite.ts";

const root = mkdtempSync(join(tmpdir(), "signalbox-store-"));
afterAll(() => rmSync(root, { recursive: true }));
const aDirectory = (): string => mkdtempSync(join(root, "test-"));

/** Without the reserve: it would be written for each test. */
const openIn = (directory: string): Promise<Store> =>
  openSqliteStore({ directory, clock: systemClock, reserveBytes: 0 });

describeStore("the store in a file", () => openIn(aDirectory()));
describeSignIns("sign-in in the store in a file", () => openIn(aDirectory()));
describePeople("the store in a file", () => openIn(aDirectory()));

describe("the store in a file", () => {
  const open: Store[] = [];
  const opened = async (directory: string): Promise<Store> => {
    const store = await openIn(directory);
    open.push(store);
    return store;
  };
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
  });
  const reopened = async (store: Store, directory: string): Promise<Store> => {
    await store.close();
    open.splice(open.indexOf(store), 1);
    return opened(directory);
  };
  const begin = (store: Store, number: number): Promise<void> =>
    store.commit({ at: 1, journals: [append({ id: id(number) }, 1, [requested()])] });

  it("keeps everything when it is opened again", async () => {
    const directory = aDirectory();
    const first = await opened(directory);
    await begin(first, 1);
    await first.commit({ at: 1, takeLocks: { owner: id(1), reason: "deploy", resources: ["host:a"] } });
    const before = [
      await first.installation(),
      await first.journal(id(1)),
      await first.locks(),
      await first.nextEpoch(),
    ];

    const second = await reopened(first, directory);
    expect([await second.installation(), await second.journal(id(1)), await second.locks(), 1]).toEqual(before);
    expect(await second.nextEpoch()).toBe(2);
  });

  it("is for its own user only", async () => {
    const directory = join(aDirectory(), "new", "data");
    await opened(directory);
    expect(statSync(directory).mode & 0o077).toBe(0);
    for (const file of readdirSync(directory).filter((name) => !name.endsWith(".owner"))) {
      expect(statSync(join(directory, file)).mode & 0o077).toBe(0);
    }
  });

  describe("that another process has", () => {
    it("says who has it, and since when", async () => {
      const directory = aDirectory();
      await opened(directory);
      const script = `
        import { openSqliteStore } from ${JSON.stringify(join(import.meta.dirname, "sqlite.ts"))};
        const clock = { now: () => Date.now() };
        await openSqliteStore({ directory: ${JSON.stringify(directory)}, clock }).catch((error) => console.log(error.name, error.message));`;
      const said = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
      expect(said).toContain("StoreBusy");
      expect(said).toMatch(new RegExp(`in use by process ${process.pid} since 20\\d\\d-`));
    });

    it("stays its own, also after others have tried", async () => {
      const directory = aDirectory();
      const store = await opened(directory);
      for (let attempt = 0; attempt < 3; attempt += 1) await expect(openIn(directory)).rejects.toThrow(StoreBusy);
      symlinkSync(directory, join(root, "other-name"));
      await expect(openIn(join(root, "other-name"))).rejects.toThrow(StoreBusy);
      await begin(store, 1);
      expect((await store.summary("d-1"))?.id).toBe(id(1));
    });

    it("can be had when that one closes it", async () => {
      const directory = aDirectory();
      const second = await reopened(await opened(directory), directory);
      await begin(second, 1);
      expect(readdirSync(directory)).toContain("signalbox.db.owner");
    });
  });

  describe("that is damaged", () => {
    const damaged = async (damage: (file: string) => void): Promise<{ directory: string; file: string }> => {
      const directory = aDirectory();
      const store = await openIn(directory);
      for (let number = 1; number <= 200; number += 1) await begin(store, number);
      await store.backup(join(directory, "monday.db"));
      await store.close();
      const file = join(directory, "signalbox.db");
      damage(file);
      return { directory, file };
    };
    const overwrite = (file: string, at: number, bytes: number): void => {
      const content = readFileSync(file);
      content.fill(0x55, at, at + bytes);
      writeFileSync(file, content);
    };

    it.each<[string, (file: string) => void]>([
      ["at its beginning", (file) => overwrite(file, 0, 50)],
      ["in its schema", (file) => overwrite(file, 100, 200)],
      ["in the middle", (file) => overwrite(file, 8 * 4096, 4096)],
      ["by a missing end", (file) => truncateSync(file, statSync(file).size - 3 * 4096)],
      ["by being something else", (file) => writeFileSync(file, "hello ".repeat(1000))],
    ])("%s is refused, named and left alone", async (_where, damage) => {
      const { directory, file } = await damaged(damage);
      const before = readFileSync(file);
      const error = await openIn(directory).catch((error: unknown) => error);

      expect(error).toBeInstanceOf(StoreDamaged);
      expect((error as Error).message).toContain(file);
      expect((error as Error).message).toContain(join(directory, "monday.db"));
      expect(readFileSync(file).equals(before)).toBe(true);
    });
  });

  it("that a newer Signalbox wrote is refused", async () => {
    const directory = aDirectory();
    await (await openIn(directory)).close();
    const raw = new DatabaseSync(join(directory, "signalbox.db"));
    raw.exec("insert into kysely_migration values ('9999-later', '2030-01-01T00:00:00.000Z')");
    raw.close();
    await expect(openIn(directory)).rejects.toThrow("newer Signalbox (it has 9999-later)");
  });

  describe("backups", () => {
    it("hold all that was committed, while commits go on", async () => {
      const directory = aDirectory();
      const store = await opened(directory);
      for (let number = 1; number <= 50; number += 1) await begin(store, number);
      const during = Array.from({ length: 50 }, (_, index) => begin(store, 51 + index));
      const file = join(directory, "copy.db");
      await Promise.all([store.backup(file), ...during]);

      const restored = aDirectory();
      copyFileSync(file, join(restored, "signalbox.db"));
      const copy = await opened(restored);
      const found = await copy.deployments({});
      expect(found.length).toBeGreaterThanOrEqual(50);
      for (const { id } of found) expect(await copy.journal(id)).toHaveLength(1);
      expect(readdirSync(directory).filter((name) => name.startsWith("copy"))).toEqual(["copy.db"]);
      expect(statSync(file).mode & 0o077).toBe(0);
    });

    it("open as a new and frozen installation, each as another one", async () => {
      const directory = aDirectory();
      const store = await opened(directory);
      const original = await store.installation();
      await store.backup(join(directory, "copy.db"));
      expect(await store.installation()).toEqual(original);

      const ids = new Set([original.id]);
      for (let times = 0; times < 2; times += 1) {
        const restored = aDirectory();
        copyFileSync(join(directory, "copy.db"), join(restored, "signalbox.db"));
        const first = await opened(restored);
        const { id, frozen } = await first.installation();
        expect(frozen).toBe(true);
        ids.add(id);

        const again = await reopened(first, restored);
        expect(await again.installation()).toEqual({ id, frozen: true });
        await again.thaw("kim");
        expect(await again.installation()).toEqual({ id, frozen: false });
        expect((await again.audit({})).map(({ actor, action }) => [actor, action])).toEqual([
          ["kim", "thaw"],
          ["signalbox", "restore"],
        ]);
      }
      expect(ids.size).toBe(3);
    });

    it("never overwrite a file", async () => {
      const directory = aDirectory();
      const store = await opened(directory);
      const file = join(directory, "notes.txt");
      writeFileSync(file, "mine");
      await expect(store.backup(file)).rejects.toThrow("exists already");
      await expect(store.backup(join(directory, "missing", "copy.db"))).rejects.toThrow("unable to open");
      expect(readFileSync(file, "utf8")).toBe("mine");
    });

    it("do not take over the write-ahead log of the database they replace", async () => {
      const directory = aDirectory();
      const store = await opened(directory);
      await begin(store, 1);
      await store.backup(join(directory, "copy.db"));
      for (let number = 2; number < 30; number += 1) await begin(store, number);

      // As after a crash: the log of the lost database is still there.
      const restored = aDirectory();
      mkdirSync(restored, { recursive: true });
      copyFileSync(join(directory, "copy.db"), join(restored, "signalbox.db"));
      copyFileSync(join(directory, "signalbox.db-wal"), join(restored, "signalbox.db-wal"));
      const copy = await opened(restored);
      expect(await copy.deployments({})).toHaveLength(1);
      expect(readdirSync(restored).some((name) => name.includes("of-another-database"))).toBe(true);
    });
  });

  describe("the audit log", () => {
    const withTen = async (): Promise<string> => {
      const directory = aDirectory();
      const store = await openIn(directory);
      for (let at = 1; at <= 10; at += 1) {
        await store.commit({ at, audit: [{ actor: "kim", action: "approve", object: `d-${at}`, detail: { at } }] });
      }
      await store.close();
      return directory;
    };
    const edit = (directory: string, statement: string): void => {
      const raw = new DatabaseSync(join(directory, "signalbox.db"));
      try {
        raw.exec(statement);
      } finally {
        raw.close();
      }
    };

    it("cannot be changed by accident", async () => {
      const directory = await withTen();
      expect(() => edit(directory, "update audit set actor = 'lee'")).toThrow("only ever appended to");
      expect(() => edit(directory, "delete from audit")).toThrow("only ever appended to");
    });

    it("shows that a row was edited and given a hash of its own that fits", async () => {
      const directory = await withTen();
      const raw = new DatabaseSync(join(directory, "signalbox.db"));
      const { hash: _, access: __, ...row } = { ...raw.prepare("select * from audit where sequence = 4").get() };
      const edited = { ...row, actor: "lee" };
      raw.exec("drop trigger no_update_of_audit");
      raw.prepare("update audit set actor = 'lee', hash = ? where sequence = 4").run(digestOf(edited));
      raw.close();
      const store = await opened(directory);
      expect((await store.checkAudit()).broken?.sequence).toBe(5);
    });

    it.each([
      ["edited", "update audit set actor = 'lee' where sequence = 4", 4],
      ["edited in its detail", `update audit set detail = '{"at":5}' where sequence = 4`, 4],
      ["dated back", "update audit set at = at - 1 where sequence = 1", 1],
      ["removed", "delete from audit where sequence = 7", 7],
      ["removed at the beginning", "delete from audit where sequence = 1", 1],
      [
        "swapped",
        `update audit set sequence = 100 where sequence = 3; update audit set sequence = 3 where sequence = 4;
         update audit set sequence = 4 where sequence = 100`,
        3,
      ],
      [
        "swapped in all but their place in the chain",
        `create temp table pair as select * from audit where sequence in (3, 4);
         update audit set object = (select object from pair where pair.sequence = 7 - audit.sequence) where sequence in (3, 4)`,
        3,
      ],
    ])("shows that a row was %s", async (_how, statement, brokenAt) => {
      const directory = await withTen();
      edit(directory, `drop trigger no_update_of_audit; drop trigger no_delete_of_audit; ${statement}`);
      const store = await opened(directory);
      expect((await store.checkAudit()).broken?.sequence).toBe(brokenAt);
    });
  });
});
