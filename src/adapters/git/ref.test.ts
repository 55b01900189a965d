import { describe, expect, it } from "vitest";

import { GitFailed } from "../../ports/git.ts";
import { readRef } from "./ref.ts";

/** Refused before git is started. */
const refused: readonly string[] = [
  "",
  "--upload-pack=touch canary",
  "--upload-pack=touch${IFS}canary",
  "--output=canary",
  "-o",
  "--exec=x",
  "-",
  "main --force",
  "main\n--upload-pack=x",
  "main\r\n",
  "main\0",
  "main\u001b[2J",
  "main\u007f",
  "main\u0085",
  "main\u2028",
  "main\u200b",
  "main\u202e",
  "\tmain",
  "main ",
  "$(touch canary)",
  "`touch canary`",
  "main; touch canary",
  "main && touch canary",
  "main | touch canary",
  "main > canary",
  "../../etc/passwd",
  "a..b",
  "a/../b",
  "a//b",
  "/main",
  "main/",
  "main.",
  "main.lock",
  "a.lock/b",
  ".hidden",
  "a/.b",
  "a/-b",
  "a~1",
  "a^",
  "a^{commit}",
  "a:b",
  "+main",
  "main:refs/heads/other",
  "a?",
  "a*",
  "refs/heads/*",
  "a[b",
  "a\\b",
  "@",
  "a@{1}",
  "main@{upstream}",
  "refs/pull/1/head",
  "refs/signalbox/kept/x",
  "HEAD~",
  "cafe\u0301",
  "x".repeat(201),
];

describe("the name of a ref", () => {
  it.each(refused.filter((ref) => ref !== "+main"))("is refused: %j", (ref) => {
    expect(() => readRef(ref)).toThrow(GitFailed);
  });

  it.each([
    "main",
    "release/1.2",
    "feature/ORDERS-17_x",
    "v1.0.0",
    "dépôt",
    "출시",
    "a@b",
    "+main",
    "a$b",
    "a'b",
    'a"b',
    "a;b",
    "a`b`",
    "a|b",
    "a&b",
  ])("is a branch, or else a tag: %j", (ref) => {
    expect(readRef(ref)).toEqual({ kind: "refs", names: [`refs/heads/${ref}`, `refs/tags/${ref}`] });
  });

  it("may be full, and may be a whole object name", () => {
    expect(readRef("refs/tags/v1")).toEqual({ kind: "refs", names: ["refs/tags/v1"] });
    for (const name of ["a".repeat(40), "0".repeat(64)]) expect(readRef(name)).toEqual({ kind: "object", name });
    expect(readRef("a".repeat(39))).toMatchObject({ kind: "refs" });
  });
});
