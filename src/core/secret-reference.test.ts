import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  escapeReferences,
  readReferences,
  replaceReferences,
  secretNamePattern,
  secretNamesIn,
  SecretReferenceRefused,
} from "./secret-reference.ts";

const secrets = new Map([
  ["DB", "pa$$${secret:OTHER}"],
  ["KEY", "k"],
]);
const replaced = (value: string): string => replaceReferences(value, secrets, "environment.URL");
const messages = (value: string): string[] =>
  readReferences(value).problems.map(({ at, message }) => `${at} ${message}`);
const refusal = (value: string): string => {
  try {
    return `not refused: ${replaced(value)}`;
  } catch (error) {
    expect(error).toBeInstanceOf(SecretReferenceRefused);
    return (error as Error).message;
  }
};

describe("a reference to a secret", () => {
  it.each([
    ["${secret:KEY}", "k"],
    ["a${secret:KEY}b${secret:KEY}", "akbk"],
    ["${secret:KEY}${secret:KEY}}", "kk}"],
    ["postgres://app:${secret:KEY}@db/${NAME}", "postgres://app:k@db/${NAME}"],
  ])("is replaced within %s", (value, result) => {
    expect(replaced(value)).toBe(result);
  });

  it("brings a value that is not read again", () => {
    expect(replaced("${secret:DB}")).toBe("pa$$${secret:OTHER}");
  });

  it.each([
    ["$${secret:KEY}", "${secret:KEY}"],
    ["$$${secret:KEY}", "$k"],
    ["$$$${secret:KEY}", "$${secret:KEY}"],
    ["$${HOME} ${HOME} $HOME $$ {}", "${HOME} ${HOME} $HOME $$ {}"],
    ["$$$", "$$$"],
    ["${secret.key} ${secrecy:x}", "${secret.key} ${secrecy:x}"],
    ["", ""],
  ])("can be escaped: %s", (value, result) => {
    expect(replaced(value)).toBe(result);
  });

  it("says where it begins", () => {
    expect(readReferences("ab${secret:A.b-c}").parts).toEqual([
      { kind: "text", text: "ab" },
      { kind: "secret", name: "A.b-c", at: 2 },
    ]);
  });

  it("is listed once, whatever stands around it", () => {
    expect(secretNamesIn(["${secret:B} ${secret:A}", "x${secret:B}", "$${secret:C}", "D"])).toEqual(["A", "B"]);
  });
});

describe("a reference that can't be followed", () => {
  it.each([
    ["x${secret:KEY", "1 the reference to a secret is not closed"],
    ["${secret:}", "0 the name of a secret is letters"],
    ["${secret:a b}", "0 the name of a secret is letters"],
    ["${secret:../x}", "0 the name of a secret is letters"],
    ["${secret:-x}", "0 the name of a secret is letters"],
    ["${secret:" + "x".repeat(128) + "}", "0 the name of a secret is letters"],
    ["${ secret:KEY}", "0 a reference to a secret is written"],
    ["${Secrets:KEY}", "0 a reference to a secret is written"],
    ["${secret :KEY}", "0 a reference to a secret is written"],
  ])("is found in %s", (value, problem) => {
    expect(messages(value)).toEqual([expect.stringContaining(problem)]);
  });

  it("is reported with all others of the value and its places", () => {
    expect(refusal("${secret:NONE} ${secret:} ${secret:KEY} ${secret:LESS}").split("\n")).toEqual([
      "environment.URL, character 1: there is no value for the secret NONE.",
      expect.stringMatching(/^environment.URL, character 16: the name of a secret is letters/),
      "environment.URL, character 41: there is no value for the secret LESS.",
    ]);
  });

  it("never brings the value, nor what stands in the place of a name, into a message", () => {
    for (const value of ["${secret:hunter2 hunter2}", "hunter2${secret:", "hunter2${secret:NONE}${secret:DB}"]) {
      expect(refusal(value)).not.toContain("hunter2");
      expect(refusal(value)).not.toContain("pa$$");
    }
  });

  it("does not take long to be found in a long value", () => {
    expect(readReferences("$".repeat(200_000)).parts).toHaveLength(1);
    expect(readReferences("${secret:".repeat(20_000)).problems).toHaveLength(20_000);
  }, 20_000);
});

describe("an escaped text", () => {
  const text = fc.string({ unit: fc.constantFrom("$", "{", "}", "secret:", "A", "${secret:A}"), maxLength: 12 });

  it("is read as itself", () => {
    fc.assert(
      fc.property(text, (text) => {
        const { parts, problems } = readReferences(escapeReferences(text));
        expect(problems).toEqual([]);
        expect(parts).toEqual(text === "" ? [] : [{ kind: "text", text }]);
      }),
      { numRuns: 5_000 },
    );
  });

  it("can stand on either side of a reference", () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const value = `${escapeReferences(before)}|\${secret:A}|${escapeReferences(after)}`;
        expect(replaceReferences(value, new Map([["A", "$"]]), "x")).toBe(`${before}|$|${after}`);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("the name of a secret", () => {
  it("is safe as a file name and as an argument", () => {
    for (const name of ["", ".", "..", "-n", ".hidden", "a/b", "a\n", "a b", "é", "1a"])
      expect([name, secretNamePattern.test(name)]).toEqual([name, false]);
    for (const name of ["A", "_a", "ORDERS_DB", "orders.db-2"])
      expect([name, secretNamePattern.test(name)]).toEqual([name, true]);
  });
});
