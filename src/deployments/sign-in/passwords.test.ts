import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { SignInHouse } from "../../../test/support/sign-in.ts";
import { aPerson, aSignInHouse, goodPassword, welcome } from "../../../test/support/sign-in.ts";
import { codeHours, makeSignInCode } from "./codes.ts";
import { costOf } from "./password-hash.ts";
import { passwordProblem, setPassword, signIn } from "./passwords.ts";
import { formTokenOf, isFormTokenOf, signedInWith } from "./sessions.ts";
import { Throttle } from "./throttle.ts";

const hour = 60 * 60 * 1000;
const from = "10.0.0.1";
let house: SignInHouse;
beforeEach(async () => {
  house = await aSignInHouse("kim", "lee");
});
afterEach(async () => house.store.close());

const set = async (login: string, code: string, password = goodPassword) =>
  setPassword({ login, code, password, from }, new Throttle(), house.world);
const enter = async (login: string, password: string, throttle = new Throttle()) =>
  signIn({ login, password, from }, throttle, house.world);
const who = async (token: string) => (await signedInWith(token, house.world))?.person.login;

describe("a one-time code", () => {
  it("lets its person set a password once, however it is typed", async () => {
    const { code } = await makeSignInCode("kim", house.world, "root");
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    const typed = ` ${code.toLowerCase().replaceAll("-", " ").replaceAll("1", "l").replaceAll("0", "o")} `;
    expect(await set("kim", typed)).toMatchObject({ kind: "signed-in" });
    expect(await set("kim", code)).toEqual({ kind: "refused" });
    expect(await enter("kim", goodPassword)).toMatchObject({ kind: "signed-in" });
  });

  it("is of no use to others, after its time, or for somebody who may not be here", async () => {
    const { code } = await makeSignInCode("kim", house.world);
    expect(await set("lee", code)).toEqual({ kind: "refused" });
    house.people.set("kim", aPerson("kim", { disabled: true }));
    expect(await set("kim", code)).toEqual({ kind: "refused" });
    house.people.set("kim", aPerson("kim"));
    house.now += codeHours * hour;
    expect(await set("kim", code)).toEqual({ kind: "refused" });
  });

  it("is in the store as a hash, and so are the password and the session", async () => {
    const { code } = await makeSignInCode("kim", house.world);
    const answer = await set("kim", code);
    const token = answer.kind === "signed-in" ? answer.token : "";
    const kept = JSON.stringify([await house.store.signIns.credential("kim"), await house.store.audit({})]);
    for (const secret of [code, code.replaceAll("-", ""), goodPassword, token]) expect(kept).not.toContain(secret);
    expect(token).toMatch(/^[\w-]{43}$/);
  });

  it("does not let a weak password in, and is not used up by it", async () => {
    const { code } = await makeSignInCode("kim", house.world);
    expect(await set("kim", code, "short")).toEqual({ kind: "problem", problem: "too-short" });
    expect(await set("kim", code)).toMatchObject({ kind: "signed-in" });
  });
});

describe("a password", () => {
  it.each<readonly [string, string, ReturnType<typeof passwordProblem>]>([
    ["short", "eleven char", "too-short"],
    ["endless", "ab cde fg".repeat(40), "too-long"],
    ["one letter", "aaaaaaaaaaaaaaaa", "too-simple"],
    ["hardly more than one letter", "aaaabbbbccccaaaa", "too-simple"],
    ["the login with little beside it", "Johnson-johnson", "has-login"],
    ["a sentence", goodPassword, undefined],
    ["a Korean sentence", "고요한 아침의 나라에서", undefined],
  ])("that is %s is looked at", (_what, password, problem) => {
    expect(passwordProblem(problem === "has-login" ? "johnson" : "kim", password)).toBe(problem);
  });

  it.each([
    ["of signs that take two places each", "🚦🚥🚧🛑🚏".repeat(40)],
    ["of Korean letters in parts, as some keyboards send them", "고요한 아침의 나라에서 ".repeat(15).normalize("NFD")],
  ])("%s is the same when it is set and when it is asked for", async (_what, password) => {
    const { code } = await makeSignInCode("kim", house.world);
    expect(await set("kim", code, password)).toMatchObject({ kind: "signed-in" });
    expect(await enter("kim", password)).toMatchObject({ kind: "signed-in" });
    expect(await enter("kim", `${password}!`)).toEqual({ kind: "refused" });
  });

  it("lets its person in, and nobody else, with one answer for all others", async () => {
    await welcome("kim", house.world);
    expect(await enter("kim", goodPassword)).toMatchObject({ kind: "signed-in" });
    house.people.set("gone", aPerson("gone", { disabled: true }));
    for (const [login, password] of [
      ["kim", `${goodPassword}!`],
      ["kim", ""],
      ["kim", "x".repeat(100_000)],
      ["lee", goodPassword],
      ["nobody", goodPassword],
      ["gone", goodPassword],
      ["__proto__", goodPassword],
    ] as const) {
      expect(await enter(login, password)).toEqual({ kind: "refused" });
    }
  });

  it("is not tried while somebody has to wait, right or wrong", async () => {
    await welcome("kim", house.world);
    const throttle = new Throttle();
    for (let n = 0; n < 5; n += 1) expect(await enter("kim", "wrong", throttle)).toEqual({ kind: "refused" });
    expect(await enter("kim", goodPassword, throttle)).toEqual({ kind: "wait", milliseconds: 1000 });
    house.now += 1000;
    expect(await enter("kim", goodPassword, throttle)).toMatchObject({ kind: "signed-in" });
  });

  it("counts guesses that are made at once", async () => {
    await welcome("kim", house.world);
    const throttle = new Throttle();
    const answers = await Promise.all(Array.from({ length: 20 }, async () => enter("kim", "wrong", throttle)));
    expect(answers.filter(({ kind }) => kind === "refused")).toHaveLength(5);
  });

  it("gets a better hash when its person signs in, and nobody is signed out by that", async () => {
    const token = await welcome("kim", house.world);
    const better = { memoryKibibytes: 128, passes: 2, lanes: 1 };
    const raised = { ...house.world, passwordCost: better };
    await signIn({ login: "kim", password: goodPassword, from }, new Throttle(), raised);
    const { hash } = (await house.store.signIns.credential("kim"))!;
    expect(costOf(hash)).toEqual(better);
    expect(await enter("kim", goodPassword)).toMatchObject({ kind: "signed-in" });
    expect(await who(token)).toBe("kim");
  });
});

describe("a session", () => {
  it("is over after eight hours of nothing, and a day after it began", async () => {
    const idle = await welcome("kim", house.world);
    const busy = await welcome("lee", house.world);
    for (let n = 0; n < 4; n += 1) {
      house.now += 2 * hour - 1;
      expect(await who(busy)).toBe("lee");
    }
    expect(await who(idle)).toBe("kim");
    house.now += 5 * hour;
    expect(await who(busy)).toBe("lee");
    house.now += 4 * hour;
    expect(await who(idle)).toBeUndefined();
    expect(await who(busy)).toBe("lee");
    house.now += 7 * hour + 4;
    expect(await who(busy)).toBeUndefined();
  });

  it("ends with a new password, and with the person's rights to be here", async () => {
    const first = await welcome("kim", house.world);
    const second = await welcome("kim", house.world);
    expect([await who(first), await who(second)]).toEqual([undefined, "kim"]);
    house.people.set("kim", aPerson("kim", { disabled: true }));
    expect(await who(second)).toBeUndefined();
  });

  it("takes the place of the one that the browser had", async () => {
    const before = await welcome("kim", house.world);
    const answer = await signIn(
      { login: "kim", password: goodPassword, from, instead: before },
      new Throttle(),
      house.world,
    );
    expect(await who(before)).toBeUndefined();
    expect(await who(answer.kind === "signed-in" ? answer.token : "")).toBe("kim");
  });

  it("has a token for its forms that is its own, and tells nothing of the session", async () => {
    const token = await welcome("kim", house.world);
    const other = await welcome("lee", house.world);
    expect(isFormTokenOf(token, formTokenOf(token))).toBe(true);
    expect(isFormTokenOf(token, formTokenOf(other))).toBe(false);
    expect(isFormTokenOf(token, "")).toBe(false);
    expect(formTokenOf(token)).not.toContain(token);
  });

  it("leaves rows in the audit log with who, how and from where", async () => {
    await welcome("kim", house.world);
    await enter("kim", goodPassword);
    const rows = (await house.store.audit({ object: "person kim" })).toReversed();
    expect(rows.map(({ action }) => action)).toEqual(["make-sign-in-code", "set-password", "sign-in", "sign-in"]);
    expect(rows.at(-1)?.detail).toEqual({ how: "password", from });
  });
});
