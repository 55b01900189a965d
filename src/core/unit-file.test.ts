import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { aTarget } from "../../test/support/targets.ts";
import { UnitValueError, execLine, renderUnit, settingsDigest, unitDirectives, variableLines } from "./unit-file.ts";

const { unit } = aTarget();

describe("a unit", () => {
  it("starts the program that was found on the host, with the configured arguments", () => {
    expect(
      unitDirectives(unit, "/usr/bin/java").map(({ section, key, value }) => `${section}.${key}=${value}`),
    ).toEqual([
      "Unit.Description=orders",
      "Unit.After=network-online.target",
      "Unit.Wants=network-online.target",
      "Service.Type=exec",
      "Service.ExecStart=/usr/bin/java -jar orders.jar",
      "Service.Restart=on-failure",
      "Service.RestartSec=1s",
      "Service.TimeoutStopSec=20s",
      "Service.SuccessExitStatus=143",
      "Install.WantedBy=multi-user.target",
    ]);
  });

  it("has its limits only where they are set", () => {
    const limited = unitDirectives(
      { ...unit, memoryMax: "512M", openFiles: 4096, successExitStatus: [] },
      "/usr/bin/java",
    );
    expect(limited.map(({ key }) => key)).toEqual(expect.arrayContaining(["MemoryMax", "LimitNOFILE"]));
    expect(limited.map(({ key }) => key)).not.toContain("SuccessExitStatus");
  });

  it.each([
    ["a line break in its description", { description: "orders\nExecStartPre=/bin/sh" }],
    ["a backslash at the end of its description, which would continue the line", { description: "orders\\" }],
    ["a line break in an argument", { exec: ["java", "a\nUser=root"] }],
    ["a carriage return in an argument", { exec: ["java", "a\rb"] }],
    ["a zero byte in an argument", { exec: ["java", "a\0b"] }],
    ["a line break in its memory limit", { memoryMax: "1G\nUser=root" }],
  ])("can't have %s", (_what, differences) => {
    expect(() => unitDirectives({ ...unit, ...differences }, "/usr/bin/java")).toThrow(UnitValueError);
  });

  it.each(["java", "", "./java", "/opt/$x/java"])("can't start %j", (program) => {
    expect(() => execLine([program])).toThrow(UnitValueError);
  });

  it.each([
    [["/bin/a", "plain"], "/bin/a plain"],
    [["/bin/a", "two words"], '/bin/a "two words"'],
    [["/bin/a", ""], '/bin/a ""'],
    [["/bin/a", "%h"], "/bin/a %%h"],
    [["/bin/a", "$HOME"], '/bin/a "$$HOME"'],
    [["/bin/a", 'say "hi"'], '/bin/a "say \\"hi\\""'],
    [["/bin/a", "back\\slash"], '/bin/a "back\\\\slash"'],
    [["/bin/a", ";"], '/bin/a ";"'],
    [["/bin/a b", "-x"], '"/bin/a b" -x'],
    [["/bin/a", "-Dempty="], '/bin/a "-Dempty="'],
  ])("writes %j as %s", (argv, line) => {
    expect(execLine(argv)).toBe(line);
  });

  it("has another settings digest when anything changes that the service sees", () => {
    const directives = unitDirectives(unit, "/usr/bin/java");
    const other = unitDirectives({ ...unit, restartSeconds: 2 }, "/usr/bin/java");
    const digests = [settingsDigest(directives, {}), settingsDigest(other, {}), settingsDigest(directives, { A: "1" })];
    expect(new Set(digests).size).toBe(3);
  });
});

describe("a rendered unit", () => {
  const files = (text: string): readonly string[] =>
    text.split("\n").filter((line) => line.startsWith("EnvironmentFile="));
  const target = aTarget();

  it("reads the variables of its slot", () => {
    expect(files(renderUnit(target, []))).toEqual(["EnvironmentFile=/var/lib/signalbox/services/orders/%i.env"]);
  });

  it("reads the port of its slot last where two copies run side by side, so that it counts", () => {
    const slots = { ports: { blue: 8081, green: 8082 }, variable: "PORT" };
    expect(files(renderUnit({ ...target, slots }, []))).toEqual([
      "EnvironmentFile=/var/lib/signalbox/services/orders/%i.env",
      "EnvironmentFile=/var/lib/signalbox/services/orders/%i.slot",
    ]);
  });
});

const systemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

describe.skipIf(!systemd)("systemd itself", () => {
  it("reads back every argument list as it was", () => {
    const word = fc.string({
      unit: fc.constantFrom(..."abc /\\\"'$%{}();&|#=-+@:!~`*?<>é漢".split("")),
      maxLength: 12,
    });
    const lists = fc.sample(fc.array(word, { maxLength: 4 }), { numRuns: 300, seed: 7 });
    const all = [...lists, ["\\x41"], ["${HOME}"], ["$$"], ["%%n"], ["a\\"], ["'"], [";"], ["-x"]];
    expect(readBySystemd(all.map((words) => execLine(["/bin/true", ...words])))).toEqual(
      all.map((words) => ["/bin/true", ...words]),
    );
  });

  it("reads back a description as it was", () => {
    const text = '100% "orders" \\ of $HOME; # not a comment';
    const { value } = unitDirectives({ ...unit, description: text }, "/bin/true")[0]!;
    expect(dump(`[Unit]\nDescription=${value}\n[Service]\nExecStart=/bin/true\n`)).toContain(`Description: ${text}\n`);
  });
});

/** The argument lists that systemd makes of `ExecStart=` lines. */
function readBySystemd(lines: readonly string[]): readonly (readonly string[])[] {
  const text = dump(`[Service]\nType=oneshot\n${lines.map((line) => `ExecStart=${line}\n`).join("")}`);
  return [...text.matchAll(/^\s*Command Line: (.*)$/gm)].map(([, line]) => wordsOf(line!));
}

/** What systemd understood of a unit; it prints that when it verifies one in its debug mode. */
function dump(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-unit-"));
  try {
    writeFileSync(join(folder, "signalbox-test.service"), text);
    return execFileSync("systemd-analyze", ["--man=no", "verify", join(folder, "signalbox-test.service")], {
      encoding: "utf8",
      env: { ...process.env, SYSTEMD_LOG_LEVEL: "debug", LC_ALL: "C.UTF-8" },
      stdio: ["ignore", "pipe", "ignore"],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The words of a dumped command line, after the replacement of variables that systemd does when it starts them. */
function wordsOf(line: string): readonly string[] {
  const words = line.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  return words.map((word) => {
    const plain = word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(.)/g, "$1") : word;
    return plain.replaceAll("$$", "$");
  });
}

describe("the variables of a unit", () => {
  it("are lines that the helper reads", () => {
    expect(variableLines({ A: "1", B: "two words = $x" })).toBe("A=1\nB=two words = $x\n");
  });

  it("hold no line break, and what is refused is not shown", () => {
    const secret = "hunter2\nLD_PRELOAD=/tmp/x.so";
    expect(() => variableLines({ PASSWORD: secret })).toThrow(UnitValueError);
    expect(() => variableLines({ PASSWORD: secret })).not.toThrow(/hunter2/);
  });
});
