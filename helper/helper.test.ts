/** What can be said about the helper without a host: its form, and what its pure parts let through. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { unitDirectives } from "../src/core/unit-file.ts";

const programs = ["signalbox-helper", "signalbox-proxy"].map((name) => join(import.meta.dirname, name));
const scripts = [
  ...programs,
  ...["install-host.sh", "install-proxy.sh"].map((name) => join(import.meta.dirname, name)),
];
const text = readFileSync(programs[0]!, "utf8");
let directory: string;

// The helper takes no root directory from outside, so its functions are tried in a copy without its last section.
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "helper-tests-"));
  writeFileSync(join(directory, "functions"), text.slice(0, text.indexOf("# ---- The commands,")));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs a function of the helper as if `orders` had been loaded. */
function run(...words: readonly string[]): { code: number | null; stdout: string } {
  const setting = `. "$0"; service=orders user=orders root=/srv/orders own=$STATE/services/orders low_ports=no scratch="$1"; shift; "$@"`;
  const { status, stdout } = spawnSync("dash", ["-c", setting, join(directory, "functions"), directory, ...words], {
    encoding: "utf8",
  });
  return { code: status, stdout };
}

describe("what runs as root", () => {
  it.each(programs)("has at most 500 lines: %s", (program) =>
    expect(readFileSync(program, "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(500),
  );

  it.each(scripts)("parses in dash and satisfies shellcheck: %s", (script) => {
    execFileSync("dash", ["-n", script]);
    expect(spawnSync("shellcheck", ["--shell=sh", script], { encoding: "utf8" }).stdout).toBe("");
  });

  it.each(programs)("calls nothing that evaluates text, except what sets variables by name: %s", (program) => {
    expect(readFileSync(program, "utf8").match(/\b(eval|source|sh -c|xargs|awk)\b/g)).toEqual(["eval"]);
  });
});

describe("a directive", () => {
  it("of every kind that the server writes is let through", () => {
    const exec = ["java", "-Dkey=a b;c", "100%", "$HOME", 'say "hi"', String.raw`back\slash`, "'"];
    const unit = {
      exec,
      user: "orders",
      description: "Orders: 100 % of them",
      type: "notify" as const,
      restart: "always" as const,
      restartSeconds: 2,
      stopWithinSeconds: 30,
      successExitStatus: [143],
      memoryMax: "512M",
      openFiles: 4096,
    };
    for (const { section, key, value } of unitDirectives(unit as never, "/usr/bin/java"))
      expect([key, run("directive", `${section}.${key}=${value}`)]).toEqual([key, { code: 0, stdout: "" }]);
  });

  it.each([
    'Service.ExecStart=/usr/bin/sh -c "a ; b"',
    String.raw`Service.ExecStart=/usr/bin/echo "\"; \\" x`,
    "Service.ExecStart=java -jar orders.jar",
    "Service.LoadCredential=key:/etc/signalbox/credentials/orders/key",
    "Service.WorkingDirectory=bin/x",
    "Service.CPUQuota=50%",
    "Service.ProtectSystem=strict",
    "Service.User=orders",
    "Service.StandardOutput=null",
  ])("is let through: %s", (directive) => expect(run("directive", directive).code).toBe(0));

  it.each([
    String.raw`Service.ExecStart=/usr/bin/echo \" ; +/bin/sh \"`,
    `Service.ExecStart=/usr/bin/echo "open`,
    `Service.ExecStart=/usr/bin/echo a;`,
    `Service.ExecStart=/usr/bin/echo '"' ; +/bin/sh`,
    "Service.ExecPaths=/tmp",
    "Service.ExecSearchPath=/tmp",
    "Service.ExecStart=/usr/bin/echo %%%n",
    "Service.LoadCredential=key:/etc/signalbox/credentials/orders",
    "Service.LoadCredential=key:/etc/signalbox/credentials/orders2/key",
  ])("is refused: %s", (directive) => {
    const { code, stdout } = run("directive", directive);
    expect([code, stdout.split("\n")[0]]).toEqual([3, "error=directive"]);
  });
});

describe("names and numbers", () => {
  it.each(["0", "7", "999999999"])("%s is a number", (word) => expect(run("whole", "n", word, "9").code).toBe(0));
  it.each(["", "-1", "08", "1e3", "0x10", "a[0]", "1 2", "9999999999", "１"])("%s is none", (word) =>
    expect(run("whole", "n", word, "9").code).toBe(2),
  );
  it.each(["/srv/orders", "/srv/a.b_c@d+e-f"])("%s is a plain path", (word) =>
    expect(run("plain_path", word).code).toBe(0),
  );
  it.each(["", "srv", "/", "//srv", "/srv/../etc", "/srv/.", "/srv//x", "/a b", "/a*", "/ä"])("%s is none", (word) =>
    expect(run("plain_path", word).code).not.toBe(0),
  );
});
