import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { cleanHost, sharedHosts } from "../../../test/support/shared-hosts.ts";
import { describeBuilds } from "../../ports/builds.contract.ts";
import { fileArtifacts } from "../artifacts/index.ts";
import { SshHosts } from "../hosts/ssh/ssh-hosts.ts";
import { builds } from "./index.ts";

const name = "web-4";
const host = (): ReturnType<ReturnType<typeof sharedHosts>["host"]> => sharedHosts().host(name);
const hosts = new SshHosts({
  find: (wanted) => (wanted === name ? { ...host().facts, hostKeys: [host().facts.hostKey] } : undefined),
});

beforeAll(() => cleanHost(host()));
afterAll(() => hosts.close());

function aDirectory(): string {
  return mkdtempSync(join(tmpdir(), "builds-"));
}

describeBuilds("on a host", async () => {
  const directory = aDirectory();
  const artifacts = fileArtifacts({ directory });
  return {
    builds: builds({ directory, artifacts, hosts }),
    artifacts,
    where: { host: name },
    exists: async (path) => (await host().rootShell(["test", "-e", path])).code === 0,
    processes: () => host().mustRun(["ps", "-eo", "args"]),
  };
});

describe("the orders example", { timeout: 300_000 }, () => {
  it("is built by its own gradlew with its test, and not again when it is asked for again", async () => {
    const source = join(aDirectory(), "source");
    cpSync(join(import.meta.dirname, "../../../examples/java-orders"), source, { recursive: true });
    for (const left of ["build", ".gradle"]) rmSync(join(source, left), { recursive: true, force: true });
    const build = {
      on: name,
      run: [["./gradlew", "clean", "build"]],
      artifact: "build/libs/orders.jar",
      directory: ".",
      variables: {},
      limitSeconds: 240,
    };
    const directory = aDirectory();
    const lines: string[] = [];
    const request = { build, source, signal: new AbortController().signal, log: (line: string) => lines.push(line) };
    const artifacts = fileArtifacts({ directory });
    const artifact = await builds({ directory, artifacts, hosts }).build({ host: name }, { ...request, id: "orders" });
    expect(artifact).toMatchObject({ form: "file", name: "orders.jar" });
    expect(lines.join("\n")).toMatch(/:test\n(.*\n)*BUILD SUCCESSFUL/);
    expect(await host().mustRun(["ls", "-A", "/home/deploy/.cache/signalbox/builds"])).toBe("");

    expect(await builds({ directory, artifacts, hosts }).build({ host: name }, { ...request, id: "orders" })).toEqual(
      artifact,
    );
  });
});

describe("a build on a host that serves", { timeout: 120_000 }, () => {
  it("leaves the running service's files alone, has the lowest priority, and takes no identity from the host", async () => {
    await host().writeFile("/srv/orders/releases/41-aaaaaaaaaaaa/orders.jar", "the running one", { owner: "deploy" });
    const before = await host().mustRun([
      "find",
      "/srv",
      "/etc/systemd/system",
      "-newermt",
      "2000-01-01",
      "-printf",
      "%p %T@ %i\n",
    ]);
    const source = aDirectory();
    const directory = aDirectory();
    const lines: string[] = [];
    const spy =
      "nice; ionice; git config --global --list; rm -rf build; mkdir -p build/libs; echo new >build/libs/orders.jar";
    await builds({ directory, artifacts: fileArtifacts({ directory }), hosts }).build(
      { host: name },
      {
        id: "beside",
        build: {
          on: name,
          run: [["sh", "-c", spy]],
          artifact: "build/libs/orders.jar",
          directory: ".",
          variables: {},
          limitSeconds: 60,
        },
        source,
        signal: new AbortController().signal,
        log: (line) => lines.push(line),
      },
    );
    expect(lines.slice(1)).toEqual(expect.arrayContaining(["10", "idle"]));
    expect(lines.join("\n")).not.toMatch(/user\.(name|email)/);
    expect(
      await host().mustRun(["find", "/srv", "/etc/systemd/system", "-newermt", "2000-01-01", "-printf", "%p %T@ %i\n"]),
    ).toBe(before);
  });
});
