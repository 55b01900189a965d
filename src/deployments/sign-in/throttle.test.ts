import { describe, expect, it } from "vitest";

import { Throttle } from "./throttle.ts";

const tries = (throttle: Throttle, count: number, address: (n: number) => string, login: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => throttle.begin(address(n), login(n), 0));

describe("whoever guesses", () => {
  it("at one login waits longer each time, but never so long that its owner is locked out", () => {
    const throttle = new Throttle();
    expect(
      tries(
        throttle,
        5,
        (n) => `10.0.0.${n}`,
        () => "kim",
      ),
    ).toEqual([0, 0, 0, 0, 0]);
    const waits: number[] = [];
    let now = 0;
    for (let n = 0; n < 9; n += 1) {
      const wait = throttle.begin(`10.1.0.${n}`, "kim", now);
      waits.push(wait);
      now += wait;
      expect(throttle.begin(`10.1.0.${n}`, "kim", now)).toBe(0);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(throttle.begin("10.2.0.1", "lee", now)).toBe(0);
  });

  it("does not keep somebody out who has signed in from where they are, however often others try", () => {
    const throttle = new Throttle();
    expect(throttle.begin("10.0.0.1", "kim", 0)).toBe(0);
    throttle.succeeded("10.0.0.1", "kim");
    let now = 0;
    for (let n = 0; n < 30; n += 1) {
      now += throttle.begin(`10.1.0.${n}`, "kim", now);
      throttle.begin(`10.2.0.${n}`, "kim", now);
    }
    expect(throttle.begin("10.0.0.9", "kim", now)).toBeGreaterThan(0);
    expect(throttle.begin("10.0.0.1", "kim", now)).toBe(0);
    throttle.succeeded("10.0.0.1", "kim");
    // That kim was there forgives the others nothing, and who is where kim was has no more tries than anywhere.
    expect(throttle.begin("10.0.0.9", "kim", now)).toBeGreaterThan(0);
    const there = Array.from({ length: 6 }, () => throttle.begin("10.0.0.1", "kim", now));
    expect(there).toEqual([0, 0, 0, 0, 0, 1000]);
  });

  it("from one address waits whatever the logins are, also one with 2^64 addresses", () => {
    for (const address of [() => "10.0.0.1", (n: number) => `2001:db8:1:2::${n.toString(16)}`]) {
      const throttle = new Throttle();
      expect(tries(throttle, 20, address, (n) => `login-${n}`).every((wait) => wait === 0)).toBe(true);
      expect(throttle.begin(address(77), "kim", 0)).toBe(1000);
      expect(throttle.begin("10.9.9.9", "kim", 0)).toBe(0);
      expect(throttle.begin("2001:db8:1:3::1", "kim", 0)).toBe(0);
    }
  });

  it("is not forgiven for the address by signing in to an account of their own", () => {
    const throttle = new Throttle();
    for (let n = 0; n < 19; n += 1) {
      expect(throttle.begin("10.0.0.1", `login-${n}`, 0)).toBe(0);
      if (throttle.begin("10.0.0.1", "mallory", 0) === 0) throttle.succeeded("10.0.0.1", "mallory");
    }
    expect(throttle.begin("10.0.0.1", "kim", 0)).toBeGreaterThan(0);
  });

  it("is forgiven by the right password for the login, and by an hour for everything", () => {
    const throttle = new Throttle();
    tries(
      throttle,
      4,
      () => "10.0.0.1",
      () => "kim",
    );
    throttle.succeeded("10.0.0.1", "kim");
    expect(
      tries(
        throttle,
        5,
        () => "10.0.0.2",
        () => "kim",
      ),
    ).toEqual([0, 0, 0, 0, 0]);
    expect(throttle.begin("10.0.0.3", "kim", 0)).toBe(1000);
    expect(throttle.begin("10.0.0.3", "kim", 2 * 60 * 60 * 1000)).toBe(0);
    expect(throttle.begin("10.0.0.3", "kim", 2 * 60 * 60 * 1000)).toBe(0);
  });

  it("does not fill the memory", () => {
    const throttle = new Throttle();
    tries(
      throttle,
      30_000,
      (n) => `10.${n}`,
      (n) => `login-${n}`,
    );
    expect(throttle.begin("10.29999", "login-29999", 0)).toBe(0);
  });
});
