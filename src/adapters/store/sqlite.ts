/**
 * The store in one SQLite file: `node:sqlite` behind kysely, and everything that is SQLite's own.
 *
 * There must be no second SQLite library in this process: two of them on one file lose committed rows without a word.
 */
import { existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { chmod, open as openFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { Kysely } from "kysely";

import type { Clock } from "../../ports/clock.ts";
import { StoreDamaged, StoreFull } from "../../ports/store.ts";
import { settleInstallation } from "./installation.ts";
import type { Engine, KyselyStore } from "./kysely-store.ts";
import { kyselyStore } from "./kysely-store.ts";
import type { Database, Tables } from "./schema.ts";
import { copyDatabase, newestBackup, setForeignLogAside } from "./sqlite-backup.ts";
import { nodeSqliteDialect } from "./sqlite-dialect.ts";
import { isBusy, isDamage, isFull, isWithoutSharedMemory } from "./sqlite-errors.ts";
import { migrateSqlite } from "./sqlite-migrate.ts";
import { busy, removeOwner, signOwner } from "./sqlite-owner.ts";
import type { Reserve } from "./sqlite-reserve.ts";
import { freeBytes, noReserve, openReserve } from "./sqlite-reserve.ts";

export interface SqliteStoreOptions {
  /** Where `signalbox.db` lies, or `:memory:`. */
  readonly directory: string;
  readonly clock: Clock;
  /** Room kept for the time when the disk is full. Default 64 MiB. */
  readonly reserveBytes?: number;
}

const inMemory = ":memory:";

/** How long a server that is just ending may still hold the file. */
const busyMilliseconds = 1000;

/** The files of this process: a second look at one of them could cost the first its lock. */
const openHere = new Set<string>();

/**
 * @throws {StoreBusy} when another process has it
 * @throws {StoreDamaged} when the file cannot be trusted
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<KyselyStore> {
  const { directory, clock, reserveBytes = 64 * 1024 * 1024 } = options;
  if (directory === inMemory) return await start(new DatabaseSync(inMemory), inMemory, noReserve, clock);

  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // One file has one name, or the same process could open it twice.
  const file = join(realpathSync(directory), "signalbox.db");
  if (openHere.has(file)) throw busy(file);
  openHere.add(file);
  try {
    const raw = await openDatabase(file, clock);
    const reserve = await openReserve(join(directory, "signalbox.reserve"), reserveBytes);
    return await start(raw, file, reserve, clock);
  } catch (error) {
    openHere.delete(file);
    throw error;
  }
}

async function openDatabase(file: string, clock: Clock): Promise<DatabaseSync> {
  let checked = true;
  if (existsSync(file) && statSync(file).size > 0) {
    setForeignLogAside(file, clock.now());
    checked = check(file);
  } else {
    await (await openFile(file, "a")).close();
    await chmod(file, 0o600);
  }

  const raw = new DatabaseSync(file, { timeout: busyMilliseconds });
  try {
    // Exclusive before anything is read: the lock stays until the end, and no shared memory is needed.
    raw.exec("pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full;");
    raw.exec("pragma temp_store = memory; pragma journal_size_limit = 16777216; begin immediate; commit;");
    if (!checked) lookThrough(raw, file);
    signOwner(file, clock.now());
    return raw;
  } catch (error) {
    raw.close();
    throw isBusy(error) ? busy(file, error) : error;
  }
}

/**
 * Looks through the whole file without the right to write: closing a damaged database must not change it.
 *
 * That needs a little shared memory on the disk. Where the disk is full, the store itself looks, which needs none.
 */
function check(file: string): boolean {
  const raw = new DatabaseSync(file, { readOnly: true, timeout: busyMilliseconds });
  try {
    lookThrough(raw, file);
    return true;
  } catch (error) {
    if (!isWithoutSharedMemory(error)) throw error;
    return false;
  } finally {
    raw.close();
  }
}

function lookThrough(raw: DatabaseSync, file: string): void {
  try {
    const problems = raw
      .prepare("pragma quick_check(3)")
      .all()
      .map((row) => String(row["quick_check"]));
    if (problems.join() !== "ok") throw damaged(file, problems.join("; "));
  } catch (error) {
    if (isBusy(error)) throw busy(file, error);
    throw isDamage(error) ? damaged(file, (error as Error).message) : error;
  }
}

function damaged(file: string, problem: string): StoreDamaged {
  const backup = newestBackup(file);
  const next =
    backup === undefined
      ? `There is no backup in ${dirname(file)}.`
      : `The newest backup there is ${backup}: move the damaged file away and put a copy of the backup in its place.`;
  return new StoreDamaged(`${file} is damaged (${problem}). Nothing was changed. ${next}`);
}

async function start(raw: DatabaseSync, file: string, reserve: Reserve, clock: Clock): Promise<KyselyStore> {
  const db: Database = new Kysely<Tables>({ dialect: nodeSqliteDialect(raw) });
  try {
    await migrateSqlite(db, raw, file);
    keepAuditLog(raw);
    await db.transaction().execute((trx) => settleInstallation(trx, clock.now()));
  } catch (error) {
    await release(db, file);
    throw error;
  }
  return kyselyStore(db, sqliteEngine(db, raw, file, reserve), clock);
}

function keepAuditLog(raw: DatabaseSync): void {
  for (const verb of ["update", "delete"]) {
    raw.exec(
      `create trigger if not exists no_${verb}_of_audit before ${verb} on audit
       begin select raise(abort, 'the audit log is only ever appended to'); end`,
    );
  }
}

function sqliteEngine(db: Database, raw: DatabaseSync, file: string, reserve: Reserve): Engine {
  return {
    async write(transaction, begins) {
      if (begins && !reserve.isHeld()) throw new StoreFull(`The disk of ${file} was full; nothing new begins.`);
      for (;;) {
        try {
          return await db.transaction().execute(transaction);
        } catch (error) {
          if (!isFull(error)) throw error;
          if (begins || !reserve.free()) throw new StoreFull(`The disk of ${file} is full.`, { cause: error });
        }
      }
    },

    async health() {
      if (file === inMemory) return { freeBytes: Number.MAX_SAFE_INTEGER, admitting: true };
      await reserve.restore();
      return { freeBytes: await freeBytes(dirname(file)), admitting: reserve.isHeld() };
    },

    // Holding the connection keeps every transaction out until the copy is complete.
    backup: (copy) => db.connection().execute(() => copyDatabase(raw, copy)),

    close: () => release(db, file),
  };
}

async function release(db: Database, file: string): Promise<void> {
  // First the sign, then the lock: the next owner's sign must stay.
  if (file !== inMemory && openHere.has(file)) removeOwner(file);
  await db.destroy();
  openHere.delete(file);
}
