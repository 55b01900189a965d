import { describe, expect, it } from "vitest";

import { succession } from "./succession.ts";
import type { Success } from "./succession.ts";

const deploy = (release: number): Success => ({ kind: "deploy", release, partial: false });
const onSome = (release: number): Success => ({ kind: "deploy", release, partial: true });
const rollBack = (release: number): Success => ({ kind: "roll-back", release, partial: false });
const restart = (release: number): Success => ({ kind: "restart", release, partial: false });

/** In the order in which it happened. */
const after = (...successes: readonly Success[]) => succession(successes.toReversed());

describe("the succession of releases", () => {
  it("has nothing before the first deployment", () => {
    expect(after()).toEqual({ earlier: [] });
  });

  it("goes on with each deployment", () => {
    expect(after(deploy(1), deploy(2), deploy(3))).toEqual({ current: 3, earlier: [2, 1] });
  });

  it("does not lead back to what somebody rolled back from", () => {
    expect(after(deploy(5), deploy(6), rollBack(5), deploy(7))).toEqual({ current: 7, earlier: [5] });
  });

  it("goes back further with each roll-back", () => {
    expect(after(deploy(5), deploy(6), deploy(7), rollBack(6))).toEqual({ current: 6, earlier: [5] });
  });

  it("leads back from an old release that was deployed again to what served before", () => {
    expect(after(deploy(4), deploy(5), deploy(6), deploy(4))).toEqual({ current: 4, earlier: [6, 5] });
  });

  it("is not changed by a restart", () => {
    expect(after(deploy(5), deploy(6), restart(6))).toEqual({ current: 6, earlier: [5] });
  });

  it("leads back from what some hosts tried to what the others serve", () => {
    expect(after(deploy(5), deploy(6), onSome(4))).toEqual({ current: 6, earlier: [6, 5] });
    expect(after(deploy(5), deploy(6), onSome(7))).toEqual({ current: 6, earlier: [6, 5] });
  });

  it("is not changed by a host that was brought to where the others are", () => {
    expect(after(deploy(5), deploy(6), onSome(7), onSome(6))).toEqual({ current: 6, earlier: [5] });
  });

  it("goes by some hosts where there was nothing for all", () => {
    expect(after(onSome(1), onSome(2))).toEqual({ current: 2, earlier: [1] });
  });
});
