import { setImmediate } from "node:timers/promises";

import { describe, expect, it } from "vitest";

import type { Clock } from "../../ports/clock.ts";
import { describeQueue } from "../../ports/queue.contract.ts";
import { systemClock } from "../clock/system.ts";
import { inProcessQueue } from "./in-process.ts";

describeQueue("the queue in this process", () => inProcessQueue({ clock: systemClock, onError: () => {} }));

describe("the queue in this process", () => {
  const day = 24 * 60 * 60 * 1000;

  /** A clock that is set by hand, and wakes whoever slept long enough. */
  function handClock(): Clock & { set(now: number): Promise<void>; longest(): number } {
    let now = 0;
    let longest = 0;
    let sleepers: { until: number; wake: () => void }[] = [];
    return {
      now: () => now,
      longest: () => longest,
      sleep: (milliseconds) => {
        longest = Math.max(longest, milliseconds);
        return new Promise((wake) => sleepers.push({ until: now + milliseconds, wake }));
      },
      async set(time) {
        now = time;
        const due = sleepers.filter(({ until }) => until <= now);
        sleepers = sleepers.filter(({ until }) => until > now);
        for (const { wake } of due) wake();
        for (let turn = 0; turn < 5; turn += 1) await setImmediate();
      },
    };
  }

  it("keeps a wake-up for longer than any timer runs", async () => {
    const clock = handClock();
    const queue = inProcessQueue({ clock });
    const seen: string[] = [];
    queue.work(async (deployment) => void seen.push(deployment));
    queue.wake("a", 60 * day);

    await clock.set(59 * day);
    expect(seen).toEqual([]);
    await clock.set(60 * day);
    expect(seen).toEqual(["a"]);
    expect(clock.longest()).toBeLessThan(2 ** 31);
  });

  it("notices within a minute that the clock was set forward", async () => {
    const clock = handClock();
    const queue = inProcessQueue({ clock });
    const seen: string[] = [];
    queue.work(async (deployment) => void seen.push(deployment));
    queue.wake("a", 10 * day);
    expect(clock.longest()).toBeLessThanOrEqual(60_000);
    await clock.set(11 * day);
    expect(seen).toEqual(["a"]);
  });

  it("tells of a worker that failed", async () => {
    const told: [unknown, string][] = [];
    const queue = inProcessQueue({
      clock: systemClock,
      onError: (error, deployment) => told.push([error, deployment]),
    });
    const error = new Error("broken");
    queue.work(() => Promise.reject(error));
    queue.wake("a");
    for (let turn = 0; turn < 5; turn += 1) await setImmediate();
    await queue.close();
    expect(told).toEqual([[error, "a"]]);
  });

  it("has one worker", () => {
    const queue = inProcessQueue({ clock: systemClock });
    queue.work(async () => {});
    expect(() => queue.work(async () => {})).toThrow("worker");
  });
});
