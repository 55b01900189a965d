/** A server process that is told of pushes, with a real git server over SSH and one real host. */
import { execFile } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { freePort } from "../../testbed/free-port.ts";
import { ServerProcess } from "../../testbed/server-process.ts";
import type { Testbed } from "../../testbed/testbed.ts";
import type { Workshop } from "../../testbed/workshop.ts";
import { greeter, openWorkshop } from "../../testbed/workshop.ts";
import { serveSsh } from "../../test/support/git-server.ts";

const run = promisify(execFile);
const secret = randomBytes(24).toString("hex");

export interface Told {
  readonly id: string;
  /** 0 when there was no answer. */
  readonly status: number;
  readonly milliseconds: number;
  /** When the answer was there, in milliseconds since 1970. */
  readonly at: number;
}

export interface PushStory {
  readonly server: ServerProcess;
  readonly workshop: Workshop;
  /** Commits and puts it onto the branch, without a word to anybody; the revision. */
  push(): Promise<string>;
  /** A signed webhook about the branch; each one says something else. */
  tell(): Promise<Told>;
  close(): Promise<void>;
}

export async function openPushStory(bed: Testbed): Promise<PushStory> {
  const directory = await mkdtemp(path.join(tmpdir(), "pushes-"));
  const sshd = await serveSsh();
  const bare = path.join(directory, "shop", "greeter.git");
  const git = `${sshd.url}${bare}`;
  const health = { http: "/healthz", within: "5s", stable: "0s", successes: 1 };
  const source = { git, identityFile: sshd.identityFile, hostKeys: [sshd.hostKey] };
  const workshop = await openWorkshop(bed, {
    services: [greeter({ health, source })],
    hooks: { plain: { signed: { secrets: ["HOOK"] } } },
    environments: { dev: { deploys: { on: "push" }, services: { greeter: { hosts: ["web-1"] } } } },
  });
  await workshop.prepareHosts(["web-1"]);
  const repository = workshop.repository("greeter");
  await run("git", ["clone", "--quiet", "--bare", repository.directory, bare]);
  const port = await freePort();
  const server = new ServerProcess(workshop, ["--listen", `127.0.0.1:${port}`]);
  await server.start();
  await server.client.secrets.set({ name: "HOOK", environment: null, service: null, value: secret });
  const agent = new Agent({ keepAlive: true });
  let version = 0;
  return {
    server,
    workshop,
    push: async () => {
      version += 1;
      const revision = await repository.commit({ version: `1.0.${version}` });
      await run("git", ["push", "--quiet", bare, "HEAD:refs/heads/main"], { cwd: repository.directory });
      return revision;
    },
    tell: () => tell({ agent, port, git }),
    close: async () => {
      agent.destroy();
      await server.stop();
      sshd.close();
      await workshop.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface Sender {
  readonly agent: Agent;
  readonly port: number;
  readonly git: string;
}

function tell({ agent, port, git }: Sender): Promise<Told> {
  const [before, after] = [randomBytes(20).toString("hex"), randomBytes(20).toString("hex")];
  const body = JSON.stringify({ repository: git, changes: [{ ref: "refs/heads/main", before, after }] });
  const id = randomBytes(12).toString("hex");
  const time = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", secret).update(`${id}.${time}.${body}`).digest("base64");
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "webhook-id": id,
    "webhook-timestamp": time,
    "webhook-signature": `v1,${signature}`,
  };
  const began = performance.now();
  return new Promise((resolve) => {
    const end = (status: number): void =>
      resolve({ id, status, milliseconds: performance.now() - began, at: Date.now() });
    const asked = request(
      { agent, port, host: "127.0.0.1", path: "/hooks/plain", method: "POST", headers },
      (answer) => {
        answer.resume().on("end", () => end(answer.statusCode ?? 0));
      },
    );
    asked.setTimeout(15_000, () => asked.destroy(new Error("no answer")));
    asked.on("error", () => end(0));
    asked.end(body);
  });
}
