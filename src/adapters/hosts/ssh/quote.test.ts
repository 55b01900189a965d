import { spawnSync } from "node:child_process";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { shellQuote, shellQuoteOnOneLine } from "./quote.ts";

/** What people, branch names, file names and attackers put where an argument is expected. */
const hostilePayloads: readonly string[] = [
  "",
  " ",
  "  ",
  "\t",
  "\n",
  "\r\n",
  "\n\n",
  "'",
  "''",
  "'\\''",
  '"',
  "`",
  "\\",
  "\\\\",
  "\\n",
  "\\'",
  "$",
  "$$",
  "!",
  "!!",

  "$(touch /tmp/canary)",
  "`touch /tmp/canary`",
  "; touch /tmp/canary",
  "| touch /tmp/canary",
  "&& touch /tmp/canary",

  "'; touch /tmp/canary; '",
  "'\"'; touch /tmp/canary #",
  "$'\\x27'; touch /tmp/canary",
  "${IFS}touch${IFS}/tmp/canary",

  "a'b\"c`d$e\\f",
  "--output=/tmp/canary",
  "-oProxyCommand=touch /tmp/canary",
  "--",
  "-",
  "-n",
  "-e",
  "-c",

  "*",
  "?",
  "[a-z]",
  "~",
  "~root",
  "{a,b}",
  "{1..3}",
  "<(id)",
  ">(id)",
  ">/tmp/canary",
  "</etc/passwd",
  "2>&1",
  "#",
  "# x",

  "a=b",
  "PATH=/tmp",
  "if",
  "done",
  "}",
  "(",
  ")",
  "{",
  ";;",
  "&",
  "|",
  ";",
  "\n;\n",
  "$n",
  '"$n"',
  `'"$n"'`,
  "$@",
  "$*",
  "$0",

  "$((1+1))",
  "${HOME}",
  "$HOME",
  "%s",
  "%n",
  "%%",
  "\\0",
  "\\033[31m",
  "\u001b]0;title\u0007",
  "\u0001",
  "\u0007",
  "\u007f",

  "日本語",
  "あ",
  "ああ'あ",
  "é",
  "e\u0301",
  "\u202e",
  "\ufeff",
  "\u00a0",
  "😀",
  "😀'",
  "\u0081\u0082",
  "\u0881",
  "ﾁ",
  "\u2028",
  "\uffff",

  "line one\nline two",
  "\nleading",
  "trailing\n",
  "trailing space ",
  " leading space",
  "\ttab\t",
  "a\rb",
  "back\\\nslash",

  "x".repeat(5000),
  "'".repeat(500),
  "\n".repeat(500),
  "\\".repeat(501),
  "あ".repeat(2000),
  ...Array.from({ length: 127 }, (_, index) => String.fromCharCode(index + 1)),
  ...Array.from({ length: 128 }, (_, index) => `<${String.fromCharCode(index + 128)}>`),
];

const shells: readonly (readonly string[])[] = [["dash"], ["bash"], ["bash", "--posix"], ["busybox", "sh"], ["sh"]];

describe.each(shells.filter(isInstalled))("%s %s", (...shell) => {
  it("reads back every hostile argument", () => {
    expect(hostilePayloads.length).toBeGreaterThan(300);
    expect(printedBy(shell, (word) => shellQuote(word), hostilePayloads)).toEqual(hostilePayloads);
  });

  it("reads back every hostile argument from a single line", () => {
    expect(printedBy(shell, shellQuoteOnOneLine, hostilePayloads)).toEqual(hostilePayloads);
  });

  it("reads back any text", () => {
    fc.assert(
      fc.property(fc.array(anyArgument, { minLength: 50, maxLength: 200 }), (words) => {
        expect(printedBy(shell, shellQuoteOnOneLine, words)).toEqual(words);
      }),
      { numRuns: 10 },
    );
  });

  it("reads back every byte, also where the bytes are not UTF-8", () => {
    const everyByte = Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1));
    const line = Buffer.from(`printf %s ${shellQuoteOnOneLine(everyByte.toString("latin1"))}\n`, "latin1");
    expect(readByLine(shell, line)).toEqual(everyByte);
  });
});

describe("an argument", () => {
  it("is never split over two lines when it must stand on one", () => {
    fc.assert(fc.property(anyArgument, (word) => !shellQuoteOnOneLine(word).includes("\n")));
  });

  it("with NUL is refused", () => {
    expect(() => shellQuote("a\0b")).toThrow("NUL");
  });

  it("with half a character is refused, because it would arrive as another one", () => {
    expect(() => shellQuote("\ud83d")).toThrow("Unicode");
  });
});

const anyCharacter = fc
  .integer({ min: 1, max: 0x10ffff })
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code));
const anyArgument = fc.string({ unit: fc.oneof(anyCharacter, fc.constantFrom(..."'\"\\$`\n \t!n;&|")) });

/** The words as the shell saw them, each printed on its own. */
function printedBy(shell: readonly string[], quote: (word: string) => string, words: readonly string[]): string[] {
  const line = Buffer.from(`printf "%s\\0" ${words.map(quote).join(" ")}\n`);
  const script = quote === shellQuoteOnOneLine ? readByLine(shell, line) : run(shell, ["-c", line.toString()]);

  return script.toString().split("\0").slice(0, -1);
}

/** As the program on a host reads its requests. */
function readByLine(shell: readonly string[], line: Buffer): Buffer {
  return run(shell, ["-c", `n=$(printf "\\nx"); n=\${n%x}; while IFS= read -r l; do eval "$l"; done`], line);
}

function run(
  [program = "", ...argv]: readonly string[],
  more: readonly string[],
  input: Buffer = Buffer.alloc(0),
): Buffer {
  const { stdout, stderr, status } = spawnSync(program, [...argv, ...more], { input });
  expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: "" });

  return stdout;
}

function isInstalled([program = ""]: readonly string[]): boolean {
  return spawnSync(program, program === "busybox" ? ["true"] : ["-c", "true"]).status === 0;
}
