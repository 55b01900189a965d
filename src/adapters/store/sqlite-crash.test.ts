import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { describe, expect, it } from "vitest";

import { id } from "../../ports/store.samples.ts";
import { systemClock } from "../clock/system.ts";
import { openSqliteStore } from "./sqlite.ts";

const rounds = process.env["SIGNALBOX_TEST_ALL"] === "1" ? 300 : 10;

/** Lets the child commit for a while and kills it. The last number it acknowledged, or what it said at last. */
async function killedAfter(directory: string, milliseconds: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "sqlite-crash.child.ts"), directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  await once(child.stdout, "data");
  await pause(milliseconds);
  child.kill("SIGKILL");
  await once(child, "close");
  expect(child.signalCode).toBe("SIGKILL");
  return Number(said.slice(0, said.lastIndexOf("\n")).split("\n").at(-1));
}

/** Which changes left a trace, table by table. Each of them has to be there from the first to the last. */
async function traces(directory: string): Promise<{ last: number; holes: string[] }> {
  const store = await openSqliteStore({ directory, clock: systemClock, reserveBytes: 0 });
  const deployments = await store.deployments({});
  const last = deployments.length;
  const ids = Array.from({ length: last }, (_, index) => id(last - index));
  const releases = await store.releases("orders", "production");
  const audit = await store.audit({ limit: last + 10 });
  const locks = await store.locks();
  const journals = await Promise.all(deployments.slice(0, 20).map(({ id }) => store.journal(id)));
  const check = await store.checkAudit();
  await store.close();

  const whole: Record<string, boolean> = {
    deployments: deployments.every(({ id, number }, index) => id === ids[index] && number === last - index),
    releases: releases.length === last && releases.every(({ deployment }, index) => deployment === ids[index]),
    audit: audit.length === last && audit.every(({ object }, index) => object === ids[index]),
    locks: locks.length === 2 && locks.every(({ owner }) => owner === ids[0]),
    journals: journals.every((journal) => journal.length === 2),
    chain: check.broken === null && check.head?.sequence === last,
  };
  return { last, holes: Object.keys(whole).filter((table) => !whole[table]) };
}

describe("a store whose process is killed", () => {
  it(
    `has every acknowledged commit and no half ones, ${rounds} times`,
    async () => {
      const directory = mkdtempSync(join(tmpdir(), "signalbox-crash-"));
      let committed = 0;
      for (let round = 0; round < rounds; round += 1) {
        const acknowledged = await killedAfter(directory, Math.random() * 150);
        const { last, holes } = await traces(directory);

        expect(holes).toEqual([]);
        expect(acknowledged).toBeGreaterThan(committed);
        expect(last).toBeGreaterThanOrEqual(acknowledged);
        expect(last).toBeLessThanOrEqual(acknowledged + 1);
        committed = last;
      }
      rmSync(directory, { recursive: true });
    },
    rounds * 4000,
  );
});
