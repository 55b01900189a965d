import { execFile } from "node:child_process";
import { chmodSync, copyFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { DeploymentView } from "../../src/api/views.ts";
import { freePort } from "../../testbed/free-port.ts";
import { ServerProcess } from "../../testbed/server-process.ts";
import type { Change } from "../../testbed/repository.ts";
import { greeter } from "../../testbed/workshop.ts";
import { eventually } from "../support/eventually.ts";
import { serveSsh } from "../support/git-server.ts";
import type { SshGit } from "../support/git-server.ts";
import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";

const run = promisify(execFile);
const health = { http: "/healthz", within: "5s", stable: "0s", successes: 1 };
const secret = "the secret of the hook in this story";

describe("a git push", { timeout: 90_000 }, () => {
  let journey: Journey;
  let server: ServerProcess;
  let sshd: SshGit;
  let forge: Server;
  let directory: string;
  let bare: string;
  let url: string;
  const shown: string[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "git-"));
    bare = path.join(directory, "shop", "greeter.git");
    sshd = await serveSsh();
    forge = await aForge(shown);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const source = { git: `${sshd.url}${bare}`, identityFile: sshd.identityFile, hostKeys: [sshd.hostKey] };
    const api = `http://127.0.0.1:${(forge.address() as AddressInfo).port}`;
    const story = {
      services: [greeter({ health, source })],
      hooks: {
        plain: { signed: { secrets: ["HOOK"] } },
        forge: { gitea: { secrets: ["HOOK"], token: "FORGE", api } },
      },
      environments: {
        dev: {
          deploys: { branch: "main", paths: { exclude: ["docs/**"] }, on: "push" },
          services: { greeter: { hosts: ["web-1"] } },
        },
        stage: { deploys: { tags: ["v*"], on: "push" }, services: { greeter: { hosts: ["web-2"] } } },
      },
    };
    journey = await aJourney(story, ["web-1", "web-2"], [], async (workshop) => {
      await run("git", ["clone", "--quiet", "--bare", workshop.repository("greeter").directory, bare]);
      // Nobody has pushed yet.
      await run("git", ["--git-dir", bare, "update-ref", "-d", "refs/heads/main"]);
      server = new ServerProcess(workshop, ["--listen", `127.0.0.1:${port}`]);
      await server.start();
      return { client: server.client, close: async () => server.stop() };
    });
    for (const [name, value] of Object.entries({ HOOK: secret, FORGE: "token-of-the-forge" }))
      await server.client.secrets.set({ name, value, environment: null, service: null });
    await installHook();
  });
  afterAll(async () => {
    await journey?.close();
    sshd?.close();
    forge?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const hookFile = (): string => path.join(bare, "hooks", "post-receive");

  async function installHook(): Promise<void> {
    const secretFile = path.join(directory, "secret");
    writeFileSync(secretFile, secret, { mode: 0o600 });
    copyFileSync("examples/post-receive", hookFile());
    chmodSync(hookFile(), 0o755);
    const settings = { url: `${url}/hooks/plain`, repository: `${sshd.url}${bare}`, secretFile };
    for (const [key, value] of Object.entries(settings))
      await run("git", ["--git-dir", bare, "config", `signalbox.${key}`, value]);
  }

  async function push(...refs: readonly string[]): Promise<void> {
    const ssh = `ssh -i ${sshd.identityFile} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null`;
    await run("git", ["-c", `core.sshCommand=${ssh}`, "push", "--quiet", `${sshd.url}${bare}`, ...refs], {
      cwd: journey.workshop.repository("greeter").directory,
    });
  }

  async function commit(change: Change): Promise<string> {
    return journey.workshop.repository("greeter").commit(change);
  }

  /** The newest deployment there, once there are so many, and when it has ended. */
  async function deployed(environment: string, count: number): Promise<DeploymentView> {
    const listed = await eventually(async () => {
      const all = await journey.client.deployments({ environment });
      return all.length >= count ? all : undefined;
    });
    expect(listed).toHaveLength(count);
    const { id } = listed[0]!;
    await journey.ended(id);
    return journey.client.deployment(id);
  }

  it("deploys dev by itself, onto a host without git and without any setting of git", async () => {
    const host = journey.bed.host("web-1");
    await host.mustRun(["sh", "-c", "rm -f /usr/bin/git /usr/lib/git-core/git; ! command -v git"]);
    const revision = await commit({ version: "1.0.0" });
    await push("HEAD:refs/heads/main");
    expect(await deployed("dev", 1)).toMatchObject({ by: "hook:plain", state: "succeeded", revision });
    expect(await journey.version("web-1")).toContain("1.0.0");
    await host.mustRun(["sh", "-c", "! command -v git && ! ls /root/.gitconfig /home/*/.gitconfig /etc/gitconfig"]);
    await eventually(async () => (shown.includes(`${revision} dev success`) ? true : undefined));
  });

  it("of a tag deploys stage, and one that changes nothing of it leaves dev out", async () => {
    const revision = await commit({ version: "1.0.0", files: { "docs/notes.md": "x" } });
    await run("git", ["tag", "v1"], { cwd: journey.workshop.repository("greeter").directory });
    await push("HEAD:refs/heads/main", "refs/tags/v1");
    expect(await deployed("stage", 1)).toMatchObject({ state: "succeeded", revision });
    expect(await journey.client.deployments({ environment: "dev" })).toHaveLength(1);
  });

  it("that is forged does nothing", async () => {
    const body = JSON.stringify({
      repository: `${sshd.url}${bare}`,
      changes: [{ ref: "refs/heads/main", before: "0".repeat(40), after: "1".repeat(40) }],
    });
    const headers = { "webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": `v1,${"A".repeat(43)}=` };
    const answers = await Promise.all(
      ["plain", "nobody"].map(async (hook) => fetch(`${url}/hooks/${hook}`, { method: "POST", headers, body })),
    );
    const texts = await Promise.all(answers.map(async (answer) => `${answer.status} ${await answer.text()}`));
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toMatch(/^404 /);
    expect(await journey.client.deployments({ environment: "dev" })).toHaveLength(1);
  });

  it("that nobody told of is found after a start, and what failed is shown on its commit", async () => {
    rmSync(hookFile());
    const revision = await commit({ version: "2.0.0", behaviour: { "never-healthy": "true" } });
    await push("HEAD:refs/heads/main");
    await server.kill();
    await server.start();
    expect(await deployed("dev", 2)).toMatchObject({ by: "signalbox", state: "rolled-back", revision });
    await eventually(async () => (shown.includes(`${revision} dev failure`) ? true : undefined));
    expect(await journey.version("web-1")).toContain("1.0.0");
  });
});

/** What commits are shown as: `<revision> <environment> <state>`. */
async function aForge(shown: string[]): Promise<Server> {
  const forge = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const { state, context } = JSON.parse(body) as { readonly state: string; readonly context: string };
      shown.push(`${request.url!.split("/").at(-1)} ${context.split("@").at(-1)} ${state}`);
      response.writeHead(201).end();
    });
  });
  await new Promise<void>((resolve) => {
    forge.listen(0, "127.0.0.1", resolve);
  });
  return forge;
}
