import { execFile } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { describe, expect, it } from "vitest";

import { signalbox } from "../../test/support/fake-shell.ts";

const exec = promisify(execFile);

/** What bash offers for a command line, with names as the configuration would give them. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const { out: script } = await signalbox("completion bash");
  const program = `
signalbox() { case "$2" in service) echo orders billing ;; environment) echo dev production ;; host) echo web-1 ;; esac; }
${script}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _signalbox; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await exec("bash", ["-c", program, "bash", "signalbox", ...words]);
  return stdout.split("\n").filter((word) => word !== "");
}

describe("completion in bash", () => {
  it.each([
    [["de"], ["deploy"]],
    [["hosts", "pr"], ["prepare"]],
    [["deploy", "o"], ["orders"]],
    [
      ["deploy", "orders", "-e", ""],
      ["dev", "production"],
    ],
    [["deploy", "orders", "--env", "p"], ["production"]],
    [["logs", "orders", "--host", ""], ["web-1"]],
    [["deploy", "--art"], ["--artifact"]],
    [["deploy", "--conf"], ["--config"]],
    [["hosts", "sync", ""], ["web-1"]],
    [["completion", "f"], ["fish"]],
    [["rollback", "--to", ""], []],
  ])("offers for %j: %j", async (words, expected) => {
    expect(await offered(...words)).toEqual(expected);
  });
});

describe("completion scripts", () => {
  it.each(["bash", "zsh", "fish"])("for %s know every command", async (shell) => {
    const { out } = await signalbox(`completion ${shell}`);
    for (const name of ["deploy", "rollback", "hosts", "prepare", "--break-glass".slice(2)])
      expect(out).toContain(name);
    expect(out).not.toContain("undefined");
  });

  it("get their names from the configuration file", async () => {
    const file = path.join(await mkdtemp(path.join(tmpdir(), "signalbox-")), "signalbox.yml");
    await writeFile(file, configuration);
    const names = async (kind: string): Promise<string> =>
      (await signalbox(["__complete", kind, "--config", file])).out;
    expect(await names("service")).toBe("orders\n");
    expect(await names("environment")).toBe("dev\n");
    expect(await names("host")).toBe("dev-1\n");
  });

  it("never complain when there is none", async () => {
    expect(await signalbox("__complete service --config /nowhere.yml")).toMatchObject({
      out: "",
      err: "",
      exitCode: 0,
    });
  });
});

const configuration = `hosts:
  dev-1: { address: 10.0.0.21, user: deploy, hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGmpwW1uRb4a2yHHOkBf7nFV4q0bq9Nq4F0bF9O6bq7x" }
services:
  orders:
    source: { git: "ssh://git@git.example.com/shop/orders.git" }
    runtime: { java: ">=21" }
    build: { run: ["./gradlew", "build"], artifact: build/libs/orders.jar }
    unit: { exec: ["java", "-jar", "orders.jar"], user: orders }
    port: 8080
    health: { http: /healthz, within: 60s }
environments:
  dev:
    services:
      orders: { hosts: [dev-1], strategy: recreate }
`;
