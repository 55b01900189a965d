/** What every queue has to do. Times are short and real: a queue may live in another process. */
import { setTimeout as pause } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Queue } from "./queue.ts";

export function describeQueue(name: string, open: () => Promise<Queue> | Queue): void {
  describe(name, () => {
    let queue: Queue;
    beforeEach(async () => {
      queue = await open();
    });
    afterEach(() => queue.close());

    it("hands each wake-up to the worker", async () => {
      const seen: string[] = [];
      queue.work(async (deployment) => void seen.push(deployment));
      queue.wake("a");
      queue.wake("b");
      await vi.waitFor(() => expect(seen.toSorted()).toEqual(["a", "b"]));
    });

    it("keeps what was woken before there was a worker", async () => {
      const seen: string[] = [];
      queue.wake("a");
      queue.work(async (deployment) => void seen.push(deployment));
      await vi.waitFor(() => expect(seen).toEqual(["a"]));
    });

    it("never calls the worker within the call that wakes", async () => {
      const seen: string[] = [];
      queue.work(async (deployment) => void seen.push(deployment));
      queue.wake("a");
      expect(seen).toEqual([]);
      await vi.waitFor(() => expect(seen).toEqual(["a"]));
    });

    it("waits for the time of a wake-up", async () => {
      const seen: number[] = [];
      const begun = Date.now();
      queue.work(async () => void seen.push(Date.now() - begun));
      queue.wake("a", begun + 150);
      await vi.waitFor(() => expect(seen).toHaveLength(1));
      expect(seen[0]).toBeGreaterThanOrEqual(150);
    });

    it("takes a time in the past as now", async () => {
      const seen: string[] = [];
      queue.work(async (deployment) => void seen.push(deployment));
      queue.wake("a", 1);
      await vi.waitFor(() => expect(seen).toEqual(["a"]));
    });

    it("never works on one deployment twice at once, and once more after a wake-up during the work", async () => {
      let running = 0;
      let most = 0;
      let runs = 0;
      queue.work(async () => {
        running += 1;
        most = Math.max(most, running);
        runs += 1;
        await pause(60);
        running -= 1;
      });
      queue.wake("a");
      await vi.waitFor(() => expect(runs).toBe(1));
      for (let count = 0; count < 10; count += 1) queue.wake("a");
      await vi.waitFor(() => expect(runs).toBe(2));
      await pause(200);

      expect(runs).toBe(2);
      expect(most).toBe(1);
    });

    it("works on several deployments side by side", async () => {
      let running = 0;
      let most = 0;
      queue.work(async () => {
        running += 1;
        most = Math.max(most, running);
        await pause(50);
        running -= 1;
      });
      for (const deployment of ["a", "b", "c"]) queue.wake(deployment);
      await vi.waitFor(() => expect(most).toBe(3));
    });

    it("goes on after a worker failed", async () => {
      const seen: string[] = [];
      queue.work(async (deployment) => {
        seen.push(deployment);
        if (seen.length === 1) throw new Error("broken");
      });
      queue.wake("a");
      await vi.waitFor(() => expect(seen).toEqual(["a"]));
      queue.wake("a");
      await vi.waitFor(() => expect(seen).toEqual(["a", "a"]));
    });

    it("loses no wake-up, whenever it comes", async () => {
      let seen = 0;
      let asked = 0;
      queue.work(async () => {
        const found = asked;
        await pause(Math.random() * 2);
        seen = Math.max(seen, found);
      });
      for (asked = 1; asked <= 300; asked += 1) {
        queue.wake("a");
        if (asked % 3 === 0) await pause(Math.random() * 2);
      }
      asked = 300;
      queue.wake("a");
      await vi.waitFor(() => expect(seen).toBe(300));
    });

    it("closes after the work that runs, and begins nothing more", async () => {
      const log: string[] = [];
      queue.work(async (deployment) => {
        log.push(`${deployment} begins`);
        await pause(80);
        log.push(`${deployment} ends`);
      });
      queue.wake("a");
      queue.wake("b", Date.now() + 100);
      await vi.waitFor(() => expect(log).toHaveLength(1));
      queue.wake("a");
      await queue.close();
      expect(log).toEqual(["a begins", "a ends"]);

      queue.wake("c");
      await pause(120);
      expect(log).toEqual(["a begins", "a ends"]);
    });
  });
}
