import { afterEach, describe, expect, it, vi } from "vitest";

import { systemClock } from "./system.ts";

describe("the system's clock", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("sleeps for longer than a timer can run", async () => {
    vi.useFakeTimers();
    const month = 40 * 24 * 60 * 60 * 1000;
    let awake = false;
    const sleep = systemClock.sleep(month).then(() => (awake = true));

    await vi.advanceTimersByTimeAsync(month - 1);
    expect(awake).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await sleep;
    expect(awake).toBe(true);
  });

  it("ends early and without an error when it is told to", async () => {
    const begun = performance.now();
    await systemClock.sleep(60_000, AbortSignal.timeout(20));
    await systemClock.sleep(60_000, AbortSignal.abort());
    await systemClock.sleep(-1);
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});
