import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

import { describeBuilds } from "../../ports/builds.contract.ts";
import { type Command, HostUnreachable, type CommandResult } from "../../ports/hosts.ts";
import { fileArtifacts } from "../artifacts/index.ts";
import { builds } from "./index.ts";

/** Enough of an artifact store for what is not about artifacts. */
const noArtifacts = {
  takeIn: () => Promise.reject(new Error("no artifact was expected")),
  takeInPacked: () => Promise.reject(new Error("no artifact was expected")),
  has: () => Promise.resolve(false),
};

const settings = { on: "server", directory: ".", variables: {}, limitSeconds: 3600, run: [["true"]], artifact: "out" };
const signal = new AbortController().signal;

/** A data directory that the user of builds may pass through. */
function aDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "builds-"));
  chmodSync(directory, 0o711);
  return directory;
}

function aSource(): string {
  const source = mkdtempSync(join(tmpdir(), "source-"));
  writeFileSync(join(source, "a.txt"), "a");
  return source;
}

/** A host that says yes to everything, or what it is told to say. */
function aHost(answer: (command: Command) => Partial<CommandResult> | Error = () => ({})): {
  asked: { host: string; command: Command }[];
  hosts: { run(host: string, command: Command): Promise<CommandResult> };
} {
  const asked: { host: string; command: Command }[] = [];
  const run = async (host: string, command: Command): Promise<CommandResult> => {
    asked.push({ host, command });
    const said = answer(command);
    if (said instanceof Error) throw said;
    return { code: 0, stdout: "", stderr: "", truncated: false, ...said };
  };
  return { asked, hosts: { run } };
}

describe("a build on a host", () => {
  it("touches that host and no other", async () => {
    const { asked, hosts } = aHost((command) => ({ code: command.argv.includes("false") ? 1 : 0 }));
    const directory = aDirectory();
    const failing = builds({ directory, artifacts: noArtifacts, hosts }).build(
      { host: "builder" },
      { id: "b", build: { ...settings, run: [["false"]] }, source: aSource(), signal, log: () => {} },
    );
    await expect(failing).rejects.toThrow(/Nothing was sent to the service's hosts/);
    expect(new Set(asked.map(({ host }) => host))).toEqual(new Set(["builder"]));
  });

  it("may take as long as its own limit says, and the time of one command is taken off the next one's", async () => {
    const { asked, hosts } = aHost(() => ({ stdout: "kind=missing\nnearest=\n" }));
    const directory = aDirectory();
    await builds({ directory, artifacts: noArtifacts, hosts })
      .build(
        { host: "builder" },
        { id: "b", build: { ...settings, run: [["one"], ["two"]] }, source: aSource(), signal, log: () => {} },
      )
      .catch(() => {});
    const limits = asked
      .filter(({ command }) => command.channel === "follow")
      .map(({ command }) => command.limitSeconds);
    expect(limits).toEqual([3600, 3600]);
  });

  it("is cleaned up after a lost connection too, and the loss is what is reported", async () => {
    const lost = new HostUnreachable("builder", "connection-lost", true, "builder: the connection was lost");
    const { asked, hosts } = aHost((command) => (command.channel === "follow" ? lost : {}));
    const directory = aDirectory();
    const failing = builds({ directory, artifacts: noArtifacts, hosts }).build(
      { host: "builder" },
      { id: "b", build: settings, source: aSource(), signal, log: () => {} },
    );
    await expect(failing).rejects.toBe(lost);
    expect(asked.at(-1)?.command.argv[2]).toMatch(/remove\n$/);
  });
});

describe("a build on a server that is root", { timeout: 30_000, skip: process.getuid?.() !== 0 }, () => {
  it("is another user's, who can read neither the server's data nor its environment", async () => {
    const directory = aDirectory();
    mkdirSync(join(directory, "artifacts"), { mode: 0o700 });
    writeFileSync(join(directory, "artifacts/secret"), "the server's own", { mode: 0o600 });
    const lines: string[] = [];
    const spy = `id -u; cat ${directory}/artifacts/secret /proc/${process.pid}/environ; ls ${directory}; kill ${process.pid}; exit 7`;
    const failing = builds({ directory, artifacts: noArtifacts, hosts: aHost().hosts }).build("server", {
      id: "spy",
      build: { ...settings, run: [["sh", "-c", spy]] },
      source: aSource(),
      signal,
      log: (line) => lines.push(line),
    });
    await expect(failing).rejects.toThrow(/status 7/);
    const printed = lines.slice(1).join("\n");
    expect(lines[1]).not.toBe("0");
    expect(printed).not.toContain("the server's own");
    expect(printed.match(/Permission denied/g)?.length).toBeGreaterThanOrEqual(3);
  });

  it("takes place outside the data directory when that is closed to its user", async () => {
    const directory = mkdtempSync(join(tmpdir(), "closed-"));
    const lines: string[] = [];
    await builds({ directory, artifacts: noArtifacts, hosts: aHost().hosts })
      .build("server", {
        id: "outside",
        build: { ...settings, run: [["pwd"]] },
        source: aSource(),
        signal,
        log: (line) => lines.push(line),
      })
      .catch(() => {});
    expect(lines[1]).toMatch(/^\/var\/tmp\/signalbox-builds-[0-9a-f]{12}\/outside\/source$/);
    const workspaces = dirname(dirname(lines[1] ?? ""));
    expect(statSync(workspaces).mode & 0o777).toBe(0o700);
    rmSync(workspaces, { recursive: true });
  });

  it("is nicer than what serves", async () => {
    const directory = aDirectory();
    const lines: string[] = [];
    await builds({ directory, artifacts: noArtifacts, hosts: aHost().hosts })
      .build("server", {
        id: "nice",
        build: { ...settings, run: [["nice"]] },
        source: aSource(),
        signal,
        log: (line) => lines.push(line),
      })
      .catch(() => {});
    expect(lines[1]).toBe("10");
  });
});

describeBuilds("on the server", async () => {
  const directory = aDirectory();
  const artifacts = fileArtifacts({ directory });
  return {
    builds: builds({ directory, artifacts, hosts: aHost().hosts }),
    artifacts,
    where: "server",
    exists: async (path) => existsSync(path),
    processes: async () => execFileSync("ps", ["-eo", "args"]).toString(),
  };
});
