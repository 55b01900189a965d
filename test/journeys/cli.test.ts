import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { freePort } from "../../testbed/free-port.ts";
import { ServerProcess } from "../../testbed/server-process.ts";
import type { Testbed } from "../../testbed/testbed.ts";
import { greeter, openWorkshop } from "../../testbed/workshop.ts";
import type { Workshop } from "../../testbed/workshop.ts";
import { CommandLine } from "../support/command-line.ts";
import type { Said } from "../support/command-line.ts";
import { begins, untilEvent } from "../support/moments.ts";
import { cleanHost, sharedHosts } from "../support/shared-hosts.ts";

const hosts = ["web-1", "web-2"] as const;
const place = ["greeter", "-e", "production"];
const slow = { "start-delay-ms": "1500" };
const production = (limits: object) => ({
  production: { services: { greeter: { hosts, strategy: { rolling: { batch: 1 } }, limits } } },
});
const quick = { http: "/healthz", within: "5s", stable: "0s", successes: 1, version: "/version" };

let bed: Testbed;
let workshop: Workshop;
let cli: CommandLine;

beforeAll(async () => {
  bed = sharedHosts();
  await Promise.all(hosts.map(async (name) => cleanHost(bed.host(name))));
  workshop = await openWorkshop(bed, { services: [greeter({ health: quick })], environments: production({}) });
  cli = new CommandLine(workshop);
});
afterAll(async () => workshop?.close());

const commit = async (version: string, behaviour: Readonly<Record<string, string>> = {}): Promise<string> =>
  workshop.repository("greeter").commit({ version, behaviour });
const versions = async (): Promise<readonly string[]> =>
  Promise.all(
    hosts.map(async (name) =>
      fetch(`http://${bed.host(name).address}:8081/version`, { signal: AbortSignal.timeout(2000) }).then(
        async (answer) => (await answer.text()).trim(),
        () => "nothing",
      ),
    ),
  );
const starts = async (host: string, release: number): Promise<number> =>
  (await bed.host(host).readFile("/srv/greeter/shared/starts"))
    .split("\n")
    .filter((line) => line.endsWith(` ${release}`)).length;

/** The exit code is the claim; what was said shows why it is another one. */
function expectCode(code: number, said: Said): void {
  if (said.code !== code) throw new Error(`ended with ${said.code}, not ${code}:\n${said.stderr}\n${said.stdout}`);
}
const json = <T = Record<string, unknown>>({ stdout }: Said): T => JSON.parse(stdout) as T;

describe("the command line without a server", () => {
  it("makes hosts ready, and says before that what is missing and how to cure it", async () => {
    const enrolled = await cli.run(["hosts", "enroll", "web-1", "--json"]);
    expectCode(0, enrolled);
    expect(json(enrolled)).toMatchObject({ keys: expect.arrayContaining([expect.objectContaining({ pinned: true })]) });

    const sick = await cli.run(["doctor", "web-2", "--json"]);
    expectCode(4, sick);
    const findings = json<{ findings: { host: string; level: string; cure: string }[] }>(sick).findings;
    const problem = findings.find(({ host, level }) => host === "web-2" && level === "problem");
    expect(problem?.cure).toBe("signalbox hosts prepare web-2");

    for (const name of hosts) {
      const key = bed.host(name).facts.rootIdentityFile;
      expectCode(0, await cli.run(["hosts", "prepare", name, "--run", "--as", "root", "--identity", key]));
      expectCode(0, await cli.run(["doctor", name]));
    }
  });

  it("ends with 2 for a command line or a configuration that can't be right", async () => {
    expectCode(2, await cli.run(["deploy", "--no-such-option"]));
    expectCode(2, await cli.run(["deploy", "no-such-service", "-e", "production"]));
    expectCode(2, await cli.run(["status", "--config", path.join(workshop.directory, "missing.yml")]));
  });

  it("ends with 0 when the release serves, in plain text without colours", async () => {
    const said = await cli.run(["deploy", ...place], { NO_COLOR: "1", FORCE_COLOR: "1" });
    expectCode(0, said);
    expect(await versions()).toEqual(["1 1.0.0", "1 1.0.0"]);
    expect(said.stdout).toContain("web-2");
    // eslint-disable-next-line no-control-regex
    expect(said.stdout + said.stderr).not.toMatch(/\u001b/);
  });

  it("ends with 6 when hosts are out of reach before any change, and with 8 when they were left behind", async () => {
    await bed.host("web-2").mustRun(["systemctl", "stop", "ssh.socket", "ssh.service"]);
    await commit("2.0.0");
    expectCode(6, await cli.run(["deploy", ...place]));
    expect((await versions())[0]).toBe("1 1.0.0");

    await workshop.configure({ environments: production({ tolerate: 1, floor: 0 }) });
    const left = await cli.run(["deploy", ...place, "--json"]);
    expectCode(8, left);
    expect(json(left)).toMatchObject({ deployment: { behind: ["web-2"] }, exitCode: 8 });

    await bed.host("web-2").mustRun(["systemctl", "start", "ssh.service"]);
    expectCode(0, await cli.run(["hosts", "sync", "web-2"]));
    expect(await versions()).toEqual([expect.stringContaining("2.0.0"), expect.stringContaining("2.0.0")]);
    await workshop.configure({ environments: production({}) });
  });

  it("finishes the current host at the first Ctrl-C and ends with 130; resume goes on", async () => {
    await commit("3.0.0", slow);
    const going = cli.begin(["deploy", ...place]);
    await going.says("web-1: activate");
    going.child.kill("SIGINT");
    const said = await going.ended;
    expectCode(130, said);
    expect(await versions()).toEqual([expect.stringContaining("3.0.0"), expect.stringContaining("2.0.0")]);

    const resumed = await cli.run(["resume", "--local"]);
    expectCode(0, resumed);
    const [first] = await versions();
    expect(await versions()).toEqual([expect.stringContaining("3.0.0"), expect.stringContaining("3.0.0")]);
    const release = Number(first!.split(" ")[0]);
    expect([await starts("web-1", release), await starts("web-2", release)]).toEqual([1, 1]);
  });
});

describe("the command line beside a server", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = new ServerProcess(workshop);
    await server.start();
  });
  afterAll(async () => server?.stop());

  const newest = async () => (await server.client.deployments({ limit: 1 }))[0]!;

  it("runs exactly the plan that was shown, and ends with 5 when it is another one by now", async () => {
    await commit("4.0.0");
    const planned = await cli.run(["plan", ...place, "--build", "--json"]);
    expectCode(0, planned);
    const { digest, hosts: changes } = json<{ digest: string; hosts: { host: string; goal: string }[] }>(planned);
    expect(changes.map(({ host }) => host)).toEqual(["web-1", "web-2"]);

    const lines = await cli.run(["deploy", ...place, "--plan", digest, "--json=lines"]);
    expectCode(0, lines);
    expect(await versions()).toEqual([expect.stringContaining("4.0.0"), expect.stringContaining("4.0.0")]);
    const told = lines.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect(told).toEqual(await server.client.journal((await newest()).id));

    const before = await versions();
    const stale = await cli.run(["deploy", ...place, "--plan", digest]);
    expectCode(5, stale);
    expect(await versions()).toEqual(before);
  });

  it("ends with 1 when a bad release was rolled back, and tells the last word of the release", async () => {
    await commit("5.0.0", { "crash-at-start": "true" });
    const said = await cli.run(["deploy", ...place]);
    expectCode(1, said);
    expect(said.stderr).toContain("rolled back");
    expect((await versions())[0]).toContain("4.0.0");
  });

  it("ends with 7 when it does not want to wait longer, and with 3 when a newer one took its place", async () => {
    await commit("6.0.0", slow);
    expectCode(7, await cli.run(["deploy", ...place, "--wait", "--timeout", "1s"]));
    const { id } = await newest();
    await untilEvent(server.client, id, begins("rollout", "web-1"));
    // It keeps its lock, for as long as the others need to line up behind it.
    expectCode(0, await cli.run(["pause", id]));

    const older = cli.begin(["deploy", ...place, "--release", "1"]);
    await older.says("planned");
    const newer = cli.begin(["deploy", ...place, "--json"]);
    expectCode(3, await older.ended);
    expectCode(0, await cli.run(["resume", id]));
    expectCode(0, await newer.ended);
    expectCode(0, await cli.run(["watch", id]));
  });

  it("ends with 4 when neither the new nor the old release starts, and a person is needed", async () => {
    const [status] = json<{ places: { release: number }[] }>(await cli.run(["status", "--json"])).places;
    await bed.host("web-1").mustRun(["sh", "-c", `rm /srv/greeter/releases/${status!.release}-*/server.mjs`]);
    await commit("7.0.0", { "crash-at-start": "true" });
    const said = await cli.run(["deploy", ...place]);
    expectCode(4, said);
    expect(said.stderr).toContain("web-1");
    await commit("8.0.0");
    expectCode(0, await cli.run(["deploy", ...place]));
  });

  it("shows what runs where, what happened, and what the service says on all hosts", async () => {
    const live = await cli.run(["status", "--live", "--json"]);
    expectCode(0, live);
    const active = { active: "active", problem: null };
    expect(json(live)).toMatchObject({ places: [{ hosts: [active, active], lastDeployment: { state: "succeeded" } }] });

    const history = json<{ deployments: { state: string }[] }>(await cli.run(["history", "--json"]));
    const states = new Set(history.deployments.map(({ state }) => state));
    expect(states).toEqual(new Set(["succeeded", "failed", "rolled-back", "rollback-failed", "superseded"]));

    const logs = json<{ lines: { host: string; text: string }[] }>(await cli.run(["logs", ...place, "--json"]));
    const saying = logs.lines.filter(({ text }) => text.includes("listens on port 8081")).map(({ host }) => host);
    expect(new Set(saying)).toEqual(new Set(hosts));
  });

  it("is not the only way in: tokens let others in over TCP, as far as their scope goes", async () => {
    await server.stop();
    const refused = await cli.run(["serve", "--listen", "0.0.0.0:8420"]);
    expectCode(2, refused);
    expect(refused.stderr).toContain("--behind-proxy");

    const port = await freePort();
    const serving = cli.begin(["serve", "--listen", `127.0.0.1:${port}`]);
    await serving.says("Serving");
    const made = await cli.run(["tokens", "create", "ci", "--right", "view", "--days", "7"]);
    expectCode(0, made);
    const remote = { SIGNALBOX_SERVER: `http://127.0.0.1:${port}`, SIGNALBOX_TOKEN: made.stdout.trim() };

    expectCode(3, await cli.run(["status"], { SIGNALBOX_SERVER: remote.SIGNALBOX_SERVER }));
    expectCode(0, await cli.run(["status"], remote));
    const denied = await cli.run(["restart", ...place], remote);
    expectCode(3, denied);
    expect(denied.stderr).toContain("right deploy");
    expect((await cli.run(["tokens", "list"])).stdout).not.toContain(made.stdout.trim());
    expectCode(0, await cli.run(["tokens", "revoke", "ci"]));
    expectCode(3, await cli.run(["status"], remote));

    serving.child.kill("SIGTERM");
    expectCode(0, await serving.ended);
    await server.start();
  });

  it("brings a backup back: frozen until it is confirmed, and a stranger to the hosts until they are taken over", async () => {
    const backup = path.join(workshop.directory, "backup.sqlite");
    expectCode(0, await cli.run(["backup", backup]));
    const busy = await cli.run(["restore", backup]);
    expectCode(5, busy);
    expect(busy.stderr).toContain("is in use by process");
    await server.stop();
    expectCode(2, await cli.run(["restore", workshop.configFile]));
    expectCode(0, await cli.run(["restore", backup]));

    await server.start();
    const frozen = await cli.run(["restart", ...place]);
    expectCode(5, frozen);
    expect(frozen.stderr).toContain("signalbox restore --confirm");
    expectCode(0, await cli.run(["restore", "--confirm"]));

    const stranger = await cli.run(["restart", ...place]);
    expectCode(5, stranger);
    expect(stranger.stderr).toContain('signalbox hosts take-over web-1 --reason "..."');
    for (const name of hosts) expectCode(0, await cli.run(["hosts", "take-over", name, "--reason", "restored"]));
    expectCode(0, await cli.run(["restart", ...place]));
  });
});
