import { describe, expect, it } from "vitest";

import { safeFirstLine, safeLine, safeLines, safeOutput } from "./safe-text.ts";

const esc = "\u001B";

describe("a line from a host", () => {
  it.each([
    ["a window title", `${esc}]0;owned\u0007ok`, "ok"],
    ["a title that ends with ST", `${esc}]2;owned${esc}\\ok`, "ok"],
    ["a clipboard write", `${esc}]52;c;cm0gLXJmIC8=\u0007ok`, "ok"],
    ["a hyperlink", `${esc}]8;;http://evil.example${esc}\\docs${esc}]8;;${esc}\\`, "docs"],
    ["cursor moves", `${esc}[2J${esc}[1;1Hok${esc}[1A`, "ok"],
    ["a question to the terminal", `${esc}[6n${esc}[c${esc}[?25lok`, "ok"],
    ["a device control string", `${esc}P$q"p${esc}\\ok`, "ok"],
    ["a private message", `${esc}^hidden${esc}\\${esc}_hidden${esc}\\ok`, "ok"],
    ["8-bit forms of them", "\u009B2J\u009D0;owned\u009Cok", "ok"],
    ["a reset", `${esc}cok`, "ok"],
    ["a character set switch", `${esc}(0ok`, "ok"],
    ["colours", `${esc}[31mok${esc}[0m`, "ok"],
    ["a bell and a backspace", "o\u0007\bk", "ok"],
    ["line breaks", "first\r\nsecond\nthird", "first second third"],
    ["an unfinished title", `${esc}]0;ok`, "0;ok"],
    ["an unfinished sequence", `ok${esc}[`, "ok"],
    ["an escape at the end", `ok${esc}`, "ok"],
    ["a turned reading direction", "abc\u202Egnp.exe", "abcU+202Egnp.exe"],
    ["isolates", "\u2066admin\u2069", "U+2066adminU+2069"],
    ["invisible characters", "web\u200B-1\uFEFF", "webU+200B-1U+FEFF"],
    ["invisible tags", "ok\u{E0041}", "okU+E0041"],
    ["half a character", "ok\uD83D", "ok\uFFFD"],
    ["a sequence within a sequence", `${esc}${esc}[31m[2Jok`, "[2Jok"],
  ])("loses or shows %s", (_name, given, safe) => {
    expect(safeLine(given)).toBe(safe);
  });

  it("keeps what people write", () => {
    expect(safeLine("배포 완료: 12 Hosts, déjà vu 👩‍💻")).toBe("배포 완료: 12 Hosts, déjà vu 👩‍💻");
  });

  it("leaves nothing that steers a terminal, whatever the text is", () => {
    const parts = [esc, "[", "]", "\u009B", "\u009D", "P", "\u0007", "\\", "0;", "m", "31", "\u202E", "\r", "x"];
    let seed = 7;
    const next = (): string => parts[(seed = (seed * 16_807) % 2_147_483_647) % parts.length]!;
    for (let sample = 0; sample < 2000; sample += 1) {
      const text = Array.from({ length: 12 }, next).join("");
      expect(safeLine(text)).not.toMatch(/[\0-\u001F\u007F-\u009F\u202A-\u202E]/);
    }
  });
});

describe("the output of a program", () => {
  it("keeps lines, tabs and colours, and ends colours with the line", () => {
    const given = `${esc}[1;31mred\tline\nplain`;
    expect(safeOutput(given, { colours: true })).toBe(`${esc}[1;31mred\tline${esc}[0m\nplain`);
  });

  it("loses colours where none are wanted", () => {
    expect(safeOutput(`${esc}[38;2;1;2;3mred${esc}[m`, { colours: false })).toBe("red");
  });

  it("never hides text", () => {
    expect(safeOutput(`${esc}[31;8mrm -rf /`, { colours: true })).toBe(`${esc}[31mrm -rf /${esc}[0m`);
    expect(safeOutput(`${esc}[08mrm`, { colours: true })).toBe("rm");
    expect(safeOutput(`${esc}[38;5;8mgrey`, { colours: true })).toBe(`${esc}[38;5;8mgrey${esc}[0m`);
  });

  it("shows what a progress bar drew last", () => {
    expect(safeOutput("10 %\r50 %\r100 %\ndone", { colours: true })).toBe("100 %\ndone");
  });

  it("loses every other sequence", () => {
    expect(safeOutput(`${esc}]0;x\u0007${esc}[2Ka${esc}[>4;1m`, { colours: true })).toBe("a");
  });
});

describe("a message of several lines", () => {
  it("has a first line that can stand alone", () => {
    expect(safeLines("no way\n\n  OpenSSH says: \u001B[31mno\n")).toEqual(["no way", "  OpenSSH says: no"]);
    expect(safeFirstLine("no way\nat all")).toBe("no way");
  });
});
