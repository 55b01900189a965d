import { spawnSync } from "node:child_process";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { afterKeys } from "./read-secret.ts";

const file = path.join(import.meta.dirname, "read-secret.ts");
/** Reads a value as a command does, and prints it. */
const program = `
  const { readSecret } = await import(${JSON.stringify(file)});
  const shown = [];
  try {
    const value = await readSecret("Value: ", process.stdin, (text) => shown.push(text));
    console.log(JSON.stringify({ value, shown, raw: process.stdin.isRaw ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: error.message }));
  }
`;

function given(input: string | Buffer): unknown {
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { input });
  return JSON.parse(stdout.toString());
}

/** The same in a terminal, where these keys are typed. */
function typed(keys: string): string {
  const script = `
import json, os, pty, sys, time
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:4])
said = b""
while b"ready" not in said:
    said += os.read(terminal, 4096)
os.write(terminal, sys.argv[4].encode())
try:
    while True:
        more = os.read(terminal, 4096)
        if not more: break
        said += more
except OSError:
    pass
sys.stdout.buffer.write(said)
`;
  const inTerminal = `
    const { readSecret } = await import(${JSON.stringify(file)});
    const show = (text) => process.stdout.write(text === "Value: " ? "ready" : text);
    setTimeout(() => process.exit(9), 10_000).unref();
    try {
      const value = await readSecret("Value: ", process.stdin, show);
      console.log("got " + Buffer.from(value).toString("hex"));
    } catch (error) {
      console.log("stopped: " + error.message);
    }
    process.exit(0);
  `;
  const { stdout } = spawnSync("python3", [
    "-c",
    script,
    process.execPath,
    "--input-type=module",
    `--eval=${inTerminal}`,
    keys,
  ]);
  return stdout.toString();
}

const hex = (text: string): string => Buffer.from(text).toString("hex");

describe("a value on standard input", () => {
  it.each([
    ["value\n", "value"],
    ["value\r\n", "value"],
    ["value", "value"],
    [" two\nlines \n\n", " two\nlines \n"],
    ["비밀\n", "비밀"],
    ["", ""],
  ])("is taken as it is, but for one line break at its end: %j", (input, value) => {
    expect(given(input)).toMatchObject({ value, shown: [] });
  });

  it("is refused when it is no text", () => {
    expect(given(Buffer.from([0xff, 0xfe, 0x61]))).toEqual({
      error: "the value on standard input is no text in UTF-8",
    });
  });
});

describe("a value that is typed", () => {
  it("is not shown", () => {
    const said = typed("hunter2\u007f\u007f비밀\r");
    expect(said).toContain(`got ${hex("hunte비밀")}`);
    expect(said).not.toContain("hunte");
    expect(said).not.toContain("비밀");
  });

  it("ends with Ctrl-C, and nothing is taken", () => {
    expect(typed("hunter2\u0003")).toContain("stopped: no value was given");
  });

  it("may be corrected", () => {
    expect(afterKeys("", "abc\u0015de\u007ff")).toBe("df");
    expect(afterKeys("ab", "\u0004")).toEqual({ line: "ab" });
  });

  it("is refused when several lines were pasted: the rest would go to the shell", () => {
    expect(() => afterKeys("", "one\rtwo")).toThrow("several lines");
    expect(afterKeys("on", "e\r\n")).toEqual({ line: "one" });
  });
});
