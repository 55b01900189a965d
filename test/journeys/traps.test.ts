import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { Deployment } from "../../src/core/deployment.ts";
import type { TestbedHost } from "../../testbed/host.ts";
import { greeter } from "../../testbed/workshop.ts";
import type { StoryService } from "../../testbed/workshop.ts";
import { serveSsh } from "../support/git-server.ts";
import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";

const run = promisify(execFile);
const health = { http: "/healthz", within: "4s", stable: "0s", successes: 1, version: "/version" };
const service = (settings: object = {}): StoryService => greeter({ health, ...settings });
const on = (...hosts: readonly string[]) => ({ dev: { services: { greeter: { hosts } } } });
const latest = { service: "greeter", environment: "dev", origin: { kind: "revision" } } as const;

describe("the traps of a pipeline of shell commands over SSH", () => {
  let journey: Journey;
  let web: TestbedHost;
  let builder: TestbedHost;

  beforeAll(async () => {
    journey = await aJourney({ services: [service()], environments: on("web-3", "web-4") }, ["web-3", "web-4"]);
    web = journey.bed.host("web-3");
    builder = journey.bed.host("web-4");
    await back();
    expect((await journey.deploy(latest)).finished?.message).toBe("release 1 serves on 1 host(s)");
  });
  afterEach(async () => back());
  afterAll(async () => journey?.close());

  const withBuild = async (build: object): Promise<void> =>
    journey.reconfigure({ services: [service({ build: { artifact: "dist", ...build } })] });
  const back = async (): Promise<void> => {
    await web.mustRun(["rm", "-f", "/usr/local/bin/node"]);
    await journey.reconfigure({ services: [service()], environments: on("web-3") });
  };

  it("T1: a failing command fails its step, whatever would come after it", async () => {
    await withBuild({ run: [["false"], ["echo", "Service started."]] });
    const deployment = await journey.deploy(latest);

    expect(deployment.state).toBe("failed");
    expect(deployment.finished?.message).toContain('"false" ended with status 1');
    expect(await journey.log(deployment.id)).not.toContain("Service started.");
  });

  it("T2: a build has a limit of its own, half an hour unless it says otherwise", async () => {
    await withBuild({ run: ["node", "build.mjs"] });
    const limits = (await journey.deploy(latest)).prepare?.target.build?.limitSeconds;

    expect(limits).toBe(1800);
  });

  it.runIf(process.env["SIGNALBOX_TEST_ALL"])(
    "T2: nothing ends a build after two minutes",
    { timeout: 240_000 },
    async () => {
      const quiet = ["sh", "-c", "sleep 125 && node build.mjs"];
      await withBuild({ on: "web-4", run: quiet });

      expect((await journey.deploy(latest)).state).toBe("succeeded");
    },
  );

  it("T3: at its limit a build ends, and nothing of it keeps running on the builder", async () => {
    const strays = ["sh", "-c", "setsid sleep 9871 & nohup sleep 9872 & sleep 9873"];
    await withBuild({ on: "web-4", run: strays, within: "2s" });
    const deployment = await journey.deploy(latest);

    expect(deployment.state).toBe("failed");
    expect(deployment.finished?.message).toContain("still running when the limit of 2 s was over");
    expect((await processes(builder)).filter((line) => /sleep 987\d/.test(line))).toEqual([]);
  });

  it("T4: a host that shows another key is sent nothing, and it alone is left out", async () => {
    const limits = { limits: { tolerate: 1 } };
    const keyOf = (name: string): string => journey.bed.host(name).facts.hostKey.split(" ")[1]!;
    const stranger = (text: string): string => text.replace(keyOf("web-4"), keyOf("web-1"));
    const logins = await accepted(builder);
    await journey.reconfigure(
      { environments: { dev: { services: { greeter: { hosts: ["web-4", "web-3"], ...limits } } } } },
      stranger,
    );
    await journey.workshop.repository("greeter").commit({ version: "1.4.0" });
    const deployment = await journey.deploy(latest);

    expect(deployment.finished?.message).toContain("left behind: web-4");
    expect(deployment.finished?.behind).toEqual(["web-4"]);
    expect(await journey.version("web-3")).toContain("1.4.0");
    expect(outcomes(deployment, "web-4")).toContain("key");
    expect(await accepted(builder)).toBe(logins);
  });

  it("T5: the runtime is asked of the very program that the unit starts", async () => {
    await fakeNode(web, "/usr/local/bin/node", "v14.0.0");
    const otherOnPath = await journey.deploy(latest);
    await journey.reconfigure({
      services: [service({ unit: { exec: ["/usr/bin/node", "server.mjs"], user: "greeter" } })],
    });
    const named = await journey.deploy(latest);

    expect(otherOnPath.finished?.message).toContain(
      "node >=18 is required, and /usr/local/bin/node on web-3 is 14.0.0",
    );
    expect(named.state).toBe("succeeded");
  });

  it("T6: too old a runtime ends the deployment before anything is built or changed", async () => {
    await fakeNode(web, "/opt/old/bin/node", "v16.20.2");
    await journey.reconfigure({
      services: [service({ unit: { exec: ["/opt/old/bin/node", "server.mjs"], user: "greeter" } })],
    });
    await journey.workshop.repository("greeter").commit({ version: "1.6.0" });
    const before = await fingerprint(web);
    const deployment = await journey.deploy(latest);

    expect(deployment.state).toBe("failed");
    expect(deployment.finished?.message).toContain("check-runtime failed: node >=18 is required");
    expect(deployment.artifact).toBeUndefined();
    expect(await fingerprint(web)).toBe(before);
  });

  it("T7: an address with a password in it is refused, and the answer does not repeat it", async () => {
    const withPassword = (text: string): string =>
      text.replace(/git: file:.*/, "git: https://kim:s3cret-in-url@git.example.com/shop/greeter.git");
    const refusal = await journey.reconfigure({}, withPassword).catch((error: Error) => error.message);

    expect(refusal).toContain("has a password in it");
    expect(refusal).not.toContain("s3cret-in-url");
  });

  it("T7: what opens the git server stays on the server; hosts need neither it nor git", async () => {
    const server = await serveSsh();
    try {
      const { directory } = journey.workshop.repository("greeter");
      const { url, identityFile, hostKey } = server;
      const source = { git: `${url}${directory}`, identityFile, hostKeys: [hostKey] };
      await journey.workshop.repository("greeter").commit({ version: "1.7.0" });
      await journey.reconfigure({ services: [service({ source })] });
      const deployment = await journey.deploy(latest);

      expect(deployment.finished?.message).toMatch(/^release \d+ serves on 1 host/);
      const secret = (await readFile(identityFile, "utf8")).split("\n")[2]!;
      await expect(run("grep", ["-rlF", secret, journey.workshop.dataDirectory])).rejects.toMatchObject({ code: 1 });
      expect(await traces(web, secret, new URL(url).host)).toEqual([]);
      expect(await traces(web, "STARTS_FILE")).not.toEqual([]);
    } finally {
      server.close();
    }
  });

  it("T8: the revision is fixed once: a branch that is rewritten meanwhile changes nothing, and breaks nothing later", async () => {
    const repository = journey.workshop.repository("greeter");
    const asked = await repository.commit({ version: "1.8.0" });
    const { id } = await journey.client.deploy(latest);
    await run("git", ["-C", repository.directory, "reset", "-q", "--hard", "HEAD~1"]);
    const rewritten = await repository.commit({ version: "1.8.666" });
    const deployment = await journey.ended(id);

    expect(deployment.revision).toBe(asked);
    expect(await journey.version("web-3")).toContain("1.8.0");
    const next = await journey.deploy(latest);
    expect(next.revision).toBe(rewritten);
    expect(await journey.version("web-3")).toContain("1.8.666");
  });

  it("T9: a build on the host itself is niced, beside the live directory, and leaves that as it was", async () => {
    await journey.workshop.repository("greeter").commit({ version: "1.9.0" });
    await withBuild({ on: "host", run: ["sh", "-c", "nice; pwd; sleep 0.5; node build.mjs"] });
    const before = await live(web);
    const { id } = await journey.client.deploy(latest);
    const during = await whileBuilding(journey, id, () => live(web));
    const deployment = await journey.ended(id);
    const log = await journey.log(id, "web-3");

    expect(deployment.state).toBe("succeeded");
    expect(during).toBe(before);
    expect(log).toMatch(/^10$/m);
    expect(log).toMatch(/^\/home\/deploy\/\.cache\/signalbox\/builds\/.*$/m);
  });

  it("T9: a failed build touches no host", async () => {
    await withBuild({ run: ["sh", "-c", "echo 3 tests failed; exit 7"] });
    const before = await fingerprint(web);
    const deployment = await journey.deploy(latest);

    expect(deployment.finished?.message).toContain("3 tests failed");
    expect(await fingerprint(web)).toBe(before);
    expect(await journey.version("web-3")).toContain("1.9.0");
  });

  it("T10: a changed unit is shown in the plan and reaches the host, and so does the end of a change by hand", async () => {
    const plan = async () => (await journey.client.plan({ ...latest, build: false })).hosts[0]!;
    await journey.deploy(latest);
    expect(await plan()).toMatchObject({ unitDiff: [], drifted: false });

    const unit = {
      exec: ["node", "server.mjs"],
      user: "greeter",
      description: 'Says 100 % \\o/ "hello"',
      openFiles: 4096,
    };
    const environment = { STARTS_FILE: "/srv/greeter/shared/starts", GREETING: "s3cret" };
    await journey.reconfigure({ services: [service({ unit, environment })] });
    const planned = await plan();
    expect(planned.unitDiff).toContain("+LimitNOFILE=4096");
    expect(planned.unitDiff).toContain("-Description=greeter");
    expect(planned.variables).toEqual({ added: ["GREETING"], removed: ["LEDGER_FILE"], changed: [] });
    expect(JSON.stringify(planned)).not.toContain("s3cret");

    expect((await journey.deploy(latest)).state).toBe("succeeded");
    expect(await show(web, "LimitNOFILE", "Description", "NeedDaemonReload")).toEqual([
      "LimitNOFILE=4096",
      'Description=Says 100 % \\o/ "hello"',
      "NeedDaemonReload=no",
    ]);

    await web.mustRun(["sed", "-i", "s/^RestartSec=.*/RestartSec=77s/", "/etc/systemd/system/greeter@main.service"]);
    const drifted = await plan();
    expect(drifted.drifted).toBe(true);
    expect(drifted.unitDiff).toContain("-RestartSec=77s");
    expect((await journey.deploy(latest)).state).toBe("succeeded");
    expect(await plan()).toMatchObject({ unitDiff: [], drifted: false });
  });

  it("T11: the unit is written from typed values, and systemd finds no fault in it", async () => {
    const file = "/etc/systemd/system/greeter@main.service";
    const { code, stderr } = await web.rootShell(["systemd-analyze", "verify", file]);

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect((await web.readFile(file)).split("\n").filter((line) => /^\s+\S/.test(line))).toEqual([]);
  });

  it("T12: a release that crashes again and again after its start is found, and the old one serves", async () => {
    const before = await journey.version("web-3");
    const unit = { exec: ["node", "server.mjs"], user: "greeter", restart: "always", restartAfter: "0s" };
    await journey.reconfigure({ services: [service({ unit, health: { ...health, stable: "3s" } })] });
    await journey.workshop.repository("greeter").commit({ version: "1.12.0", behaviour: { "crash-after-ms": "300" } });
    const deployment = await journey.deploy(latest);

    expect(deployment.state).toBe("rolled-back");
    expect(deployment.finished?.message).toContain("Out of memory: could not allocate 4096 bytes.");
    expect(await journey.version("web-3")).toBe(before);
  });

  it("T13: what a failed start said is in journald, and exactly that start's lines are with the deployment", async () => {
    await journey.workshop.repository("greeter").commit({ version: "1.13.0", behaviour: { "crash-at-start": "true" } });
    const deployment = await journey.deploy(latest);
    const { journal } = evidence(deployment)!;

    expect(journal.filter((line) => line.includes("Port 8081 is already in use."))).toHaveLength(1);
    expect(journal.join("\n")).not.toContain("listens on port");
    expect(deployment.finished?.message).toMatch(
      /^web-3: .*it crashed; its process ended with status 3; last line of its journal: "Port 8081 is already in use\."; release \d+ serves again$/,
    );
    const starts = await web.mustRun(["journalctl", "-u", "greeter@main", "-q", "--no-pager"]);
    expect(starts).toContain("Port 8081 is already in use.");
  });

  it("T14: deployments of one service never overlap, and a release that is not healthy is rolled back", async () => {
    const repository = journey.workshop.repository("greeter");
    await repository.commit({ version: "1.14.0", behaviour: { "never-healthy": "true" } });
    const first = await journey.client.deploy(latest);
    await rollingOut(journey, first.id);
    await repository.commit({ version: "1.14.1" });
    const second = await journey.client.deploy(latest);
    const [bad, good] = [await journey.ended(first.id), await journey.ended(second.id)];

    expect(bad.state).toBe("rolled-back");
    expect(bad.finished?.message).toContain(
      "GET /healthz on port 8081 did not succeed once within 4 s (the last: /healthz answered 503)",
    );
    expect(good.state).toBe("succeeded");
    expect(admittedAt(await journey.client.journal(second.id))).toBeGreaterThanOrEqual(bad.finished!.at);
    expect(await journey.version("web-3")).toContain("1.14.1");
  });
});

/** Every process of the host with its arguments. */
async function processes(host: TestbedHost): Promise<readonly string[]> {
  const all = 'for each in /proc/[0-9]*/cmdline; do tr "\\0" " " <"$each"; echo; done 2>/dev/null';
  return (await host.rootShell(["sh", "-c", all])).stdout.split("\n").filter((line) => !line.includes("cmdline"));
}

/** How often somebody was let in by sshd. */
async function accepted(host: TestbedHost): Promise<number> {
  const { stdout } = await host.rootShell(["journalctl", "-q", "--no-pager", "-t", "sshd", "-t", "sshd-session"]);
  return stdout.split("\n").filter((line) => line.includes("Accepted")).length;
}

async function fakeNode(host: TestbedHost, path: string, version: string): Promise<void> {
  await host.writeFile(path, `#!/bin/sh\necho ${version}\n`, { mode: "0755" });
}

/** All that Signalbox keeps on a host: names, sizes, times and links. */
async function fingerprint(host: TestbedHost): Promise<string> {
  const places = ["/srv/greeter", "/var/lib/signalbox", "/etc/systemd/system", "/home/deploy"];
  const files = ["-not", "-path", "*/shared/*", "-not", "-path", "/home/deploy/.ssh*"];
  return (await host.mustRun(["find", ...places, ...files, "-printf", "%p %s %T@ %l\\n"]))
    .split("\n")
    .toSorted()
    .join("\n");
}

/** What the running release is made of. */
async function live(host: TestbedHost): Promise<string> {
  return host.mustRun(["find", "-L", "/srv/greeter/slots/main", "-printf", "%p %s %T@ %i\\n"]);
}

/** Files and processes of a host that know the secret, or the git server. */
async function traces(host: TestbedHost, ...words: readonly string[]): Promise<readonly string[]> {
  const patterns = words.flatMap((word) => ["-e", word]);
  const places = ["/srv", "/home", "/tmp", "/var/lib/signalbox", "/etc/systemd"];
  const { stdout } = await host.rootShell(["grep", "-rlF", ...patterns, ...places]);
  const running = (await processes(host)).filter((line) => words.some((word) => line.includes(word)));
  const repositories = await host.mustRun(["find", ...places, "-name", ".git"]);
  return [...stdout.split("\n"), ...running, ...repositories.split("\n")].filter(Boolean);
}

async function show(host: TestbedHost, ...properties: readonly string[]): Promise<readonly string[]> {
  const stdout = await host.mustRun(["systemctl", "show", "-p", properties.join(","), "greeter@main"]);
  const lines = stdout.trim().split("\n");
  return properties.map((name) => lines.find((line) => line.startsWith(`${name}=`)) ?? "");
}

function outcomes(deployment: Deployment, host: string): string {
  return JSON.stringify([...deployment.progress.prepare.values()].map((step) => step.get(host)?.outcome));
}

function evidence(deployment: Deployment) {
  const all = [...deployment.progress.rollout.values()].flatMap((step) => [...step.values()]);
  return all.flatMap(({ outcome }) => (outcome?.kind === "reverted" ? [outcome.evidence] : []))[0];
}

function admittedAt(journal: Awaited<ReturnType<Journey["client"]["journal"]>>): number {
  return journal.find(({ event }) => event.kind === "admitted")!.at;
}

/** Waits until the deployment builds, and looks at something then. */
async function whileBuilding<T>(journey: Journey, id: string, look: () => Promise<T>): Promise<T> {
  for await (const { event } of journey.client.watch(id, { signal: AbortSignal.timeout(60_000) })) {
    if (event.kind === "step-started" && event.hosts.includes("web-3") && event.step === 3) return look();
  }
  throw new Error("it was never built");
}

async function rollingOut(journey: Journey, id: string): Promise<void> {
  for await (const { event } of journey.client.watch(id, { signal: AbortSignal.timeout(60_000) })) {
    if (event.kind === "step-started" && event.track === "rollout") return;
  }
}
