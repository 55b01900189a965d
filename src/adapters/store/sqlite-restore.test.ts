import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { append, id, requested } from "../../ports/store.samples.ts";
import type { Store } from "../../ports/store.ts";
import { StoreBusy } from "../../ports/store.ts";
import { systemClock } from "../clock/system.ts";
import { openSqliteStore } from "./sqlite.ts";
import { NoBackup, restoreSqliteStore } from "./sqlite-restore.ts";

describe("a backup that is put in the place of a store", () => {
  let directory: string;
  let backup: string;
  let store: Store;
  const open = async (): Promise<Store> => openSqliteStore({ directory, clock: systemClock, reserveBytes: 4096 });
  const restore = (file = backup) => restoreSqliteStore({ file, directory, clock: systemClock });
  const ask = async (number: number): Promise<void> =>
    store.commit({ at: number, journals: [append({ id: id(number) }, number, [requested()])] });
  const ids = async (): Promise<readonly string[]> => (await store.deployments({})).map((one) => one.id);

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "signalbox-restore-"));
    backup = join(directory, "backup");
    store = await open();
    await ask(1);
    await store.backup(backup);
    await ask(2);
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  it("is what is there then: as another installation, and frozen", async () => {
    const before = await store.installation();
    await store.close();
    restore();
    store = await open();

    expect(await ids()).toEqual([id(1)]);
    expect(await store.installation()).toEqual({ id: expect.not.stringContaining(before.id), frozen: true });
  });

  it("leaves what was there before beside it, whole, and the backup as it was", async () => {
    await store.close();
    const { kept } = restore();
    restore();
    expect(readdirSync(directory).filter((name) => /-wal|-shm|restored/.test(name))).toEqual([]);

    const aside = mkdtempSync(join(directory, "aside-"));
    copyFileSync(kept!, join(aside, "signalbox.db"));
    store = await openSqliteStore({ directory: aside, clock: systemClock, reserveBytes: 4096 });
    expect(await ids()).toEqual([id(2), id(1)]);
  });

  it("waits for the server to end: it is told who has the store", async () => {
    expect(() => restore()).toThrow(StoreBusy);
    expect(await ids()).toEqual([id(2), id(1)]);
  });

  it("takes the place of a damaged store too", async () => {
    await store.close();
    writeFileSync(join(directory, "signalbox.db"), "this is no database at all, and it is longer than a header of one");
    restore();
    store = await open();
    expect(await ids()).toEqual([id(1)]);
  });

  it.each([
    ["a file that is missing", () => "missing"],
    ["any other file", (at: string) => (writeFileSync(at, "hosts: {}\n"), at)],
    ["an empty file", (at: string) => (writeFileSync(at, ""), at)],
    ["a store that was in use", () => join(directory, "signalbox.db")],
  ])("is not %s", async (_what, make) => {
    await store.close();
    expect(() => restore(make(join(directory, "other")))).toThrow(NoBackup);
    store = await open();
    expect(await ids()).toEqual([id(2), id(1)]);
  });
});
