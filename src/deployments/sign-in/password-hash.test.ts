import { describe, expect, it } from "vitest";

import { costOf, hashPassword, isPassword, nobodysHash, TooBusy, usualCost } from "./password-hash.ts";

const cheap = { memoryKibibytes: 64, passes: 1, lanes: 1 };

describe("the hash of a password", () => {
  it("is of that password alone, and another one each time", async () => {
    const [one, other] = await Promise.all([
      hashPassword("correct horse", cheap),
      hashPassword("correct horse", cheap),
    ]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(one).not.toBe(other);
    expect(await isPassword("correct horse", one)).toBe(true);
    expect(await isPassword("correct horsf", one)).toBe(false);
    expect(await isPassword("", one)).toBe(false);
  });

  it("costs what is recommended, and says so", async () => {
    const hash = await hashPassword("correct horse");
    expect(hash).toContain("$m=65536,t=3,p=4$");
    expect(costOf(hash)).toEqual(usualCost);
    expect(await isPassword("correct horse", hash)).toBe(true);
  });

  it("is the same for letters that are written in two ways", async () => {
    expect(
      await isPassword("한글비밀번호".normalize("NFD"), await hashPassword("한글비밀번호".normalize("NFC"), cheap)),
    ).toBe(true);
  });

  it("is nobody's for people who are not there", async () => {
    expect(await isPassword("nobody", nobodysHash(cheap))).toBe(false);
    expect(costOf(nobodysHash(cheap))).toEqual(cheap);
  });

  it("is refused when too many are wanted at once, and works again after that", async () => {
    const many = await Promise.allSettled(Array.from({ length: 60 }, async () => hashPassword("x", cheap)));
    const refused = many.filter((one) => one.status === "rejected").map(({ reason }) => reason as unknown);
    expect(refused).toHaveLength(8);
    expect(refused.every((reason) => reason instanceof TooBusy)).toBe(true);
    expect(await isPassword("x", await hashPassword("x", cheap))).toBe(true);
  });
});
