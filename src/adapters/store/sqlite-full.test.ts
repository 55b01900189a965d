import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { append, finished, id, requested } from "../../ports/store.samples.ts";
import type { Store } from "../../ports/store.ts";
import { StoreDamaged, StoreFull } from "../../ports/store.ts";
import { systemClock } from "../clock/system.ts";
import { openSqliteStore } from "./sqlite.ts";

const megabyte = 1024 * 1024;

/** A disk of its own can only be had as root. */
const canMount = process.getuid?.() === 0;

describe.runIf(canMount)("a store on a full disk", () => {
  let directory: string;
  let store: Store;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "signalbox-full-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "signalbox-test", directory]);
    store = await openSqliteStore({ directory, clock: systemClock, reserveBytes: 4 * megabyte });
  });
  afterEach(async () => {
    await store.close().catch(() => {});
    execFileSync("umount", [directory]);
    rmdirSync(directory);
  });

  const fill = (): void => {
    const file = join(directory, "somebody-elses-file");
    writeFileSync(file, "");
    const { bavail, bsize } = statfsSync(directory);
    appendFileSync(file, Buffer.alloc(bavail * bsize));
  };
  const begin = async (number: number) => {
    const journal = append({ id: id(number) }, 1, [requested()]);
    await store.commit({ at: 1, journals: [journal] });
    return { id: id(number), deployment: journal.after };
  };
  const beginMany = async (from: number): Promise<unknown> => {
    for (let number = from; ; number += 1) {
      try {
        await begin(number);
      } catch (error) {
        return error;
      }
    }
  };

  it("begins nothing new, and still ends what runs", async () => {
    const running = [await begin(1), await begin(2), await begin(3)];
    await store.commit({ at: 2, takeLocks: { owner: id(1), reason: "deploy", resources: ["host:a"] } });
    fill();
    expect(await beginMany(4)).toBeInstanceOf(StoreFull);

    for (const known of running) {
      const message = "x".repeat(100_000);
      await store.commit({ at: 3, journals: [append(known, 3, [{ ...finished, message } as typeof finished])] });
      expect((await store.summary(known.id))?.message).toBe(message);
    }
    expect(await store.locks()).toEqual([]);
    expect(await store.health()).toEqual({ freeBytes: expect.any(Number), admitting: false });
    await expect(begin(9999)).rejects.toThrow(StoreFull);
  });

  it("begins again when there is room, and keeps a reserve again", async () => {
    const known = await begin(1);
    fill();
    await beginMany(2);
    await store.commit({
      at: 3,
      journals: [append(known, 3, [{ kind: "pause-requested", by: "x".repeat(megabyte) }])],
    });
    expect(readdirSync(directory)).not.toContain("signalbox.reserve");
    expect((await store.health()).admitting).toBe(false);

    rmSync(join(directory, "somebody-elses-file"));
    expect((await store.health()).admitting).toBe(true);
    expect(readdirSync(directory)).toContain("signalbox.reserve");
    await begin(9999);
  });

  it("is opened again all the same", async () => {
    const known = await begin(1);
    fill();
    await store.close();
    store = await openSqliteStore({ directory, clock: systemClock, reserveBytes: 4 * megabyte });
    await store.commit({ at: 3, journals: [append(known, 3, [finished])] });
    expect((await store.summary("1"))?.state).toBe("succeeded");
  });

  it("is looked through all the same", async () => {
    for (let number = 1; number <= 200; number += 1) await begin(number);
    await store.close();
    const file = join(directory, "signalbox.db");
    const content = readFileSync(file).fill(0x55, 8 * 4096, 9 * 4096);
    writeFileSync(file, content);
    fill();
    const error = await openSqliteStore({ directory, clock: systemClock }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(StoreDamaged);
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it("says that it is full when the reserve is used up as well", async () => {
    const known = await begin(1);
    fill();
    const more = append(known, 3, [{ kind: "pause-requested", by: "x".repeat(16 * megabyte) }]);
    await expect(store.commit({ at: 3, journals: [more] })).rejects.toThrow(StoreFull);
    expect(await store.journal(id(1))).toHaveLength(1);
  });
});
