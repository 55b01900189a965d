import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Client } from "../../src/api/client.ts";
import { ServerProcess } from "../../testbed/server-process.ts";
import { greeter } from "../../testbed/workshop.ts";
import { CommandLine } from "../support/command-line.ts";
import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";
import { LeakScan } from "../support/leak-scan.ts";
import type { ArgumentWatch } from "../support/leak-scan.ts";

const planted = {
  first: 'first-planted ~?>/+%"b8c1',
  second: "second-planted $HOME `id` 비밀",
  chat: "chat-planted-token-0f3a",
  wrong: "wrong-planted-77d2\nof two lines",
} as const;
/** It lies in the open, so that it shows whether a scan has looked. */
const open = "planted-in-the-open";

const production = { name: "ORDERS_DB", environment: "production", service: "greeter" } as const;
const place = { service: "greeter", environment: "production" } as const;
const latest = { ...place, origin: { kind: "revision" } } as const;

/** Prints what it got in every form, in pieces, and on both outputs. */
const tellTale = [
  "sh",
  "-c",
  'printf "%s" "$DB_PASSWORD" | head -c 7; sleep 0.1; echo "on the other output" >&2; sleep 0.1; ' +
    'printf "%s\\n" "$DB_PASSWORD" | tail -c +8; printf "%s" "$DB_PASSWORD" | base64; printf "x%s" "$CHAT" | base64; ' +
    'echo "at $(readlink /proc/self/cwd) $PLAIN"',
];
const failing = ["sh", "-c", 'echo "cannot log in as $CHAT" >&2; exit 3'];

describe("secrets", () => {
  let journey: Journey;
  let server: ServerProcess;
  let client: Client;
  let cli: CommandLine;
  let argv: ArgumentWatch;
  let logFile: string;
  let elsewhere: string;
  const leaks = new LeakScan(planted);
  const canary = new LeakScan({ canary: open });

  const service = (hooks: readonly object[] = []) =>
    greeter({
      health: { http: "/healthz", within: "8s", stable: "0s", successes: 1, version: "/version" },
      environment: {
        STARTS_FILE: "/srv/greeter/shared/starts",
        PLAIN: open,
        DB_PASSWORD: "${secret:ORDERS_DB}",
        DB_URL: "postgres://app:${secret:ORDERS_DB}@db/orders",
      },
      hooks,
    });
  const variables = { DB_PASSWORD: "${secret:ORDERS_DB}", CHAT: "${secret:CHAT}", PLAIN: open };

  beforeAll(async () => {
    elsewhere = await mkdtemp(path.join(tmpdir(), "signalbox-secrets-"));
    logFile = path.join(elsewhere, "server.log");
    argv = leaks.watchArguments();
    const hooks = [
      { at: "before-build", on: "server", run: tellTale, environment: variables },
      { at: "after-activate", run: tellTale, environment: variables },
    ];
    journey = await aJourney(
      {
        services: [service(hooks)],
        environments: { production: { services: { greeter: { hosts: ["web-1"], strategy: "recreate" } } } },
      },
      ["web-1"],
      [],
      async (workshop) => {
        server = new ServerProcess({ ...workshop, logFile });
        await server.start();
        return { client: server.client, close: async () => server.stop() };
      },
    );
    ({ client } = journey);
    cli = new CommandLine(journey.workshop);
  });
  afterAll(async () => {
    await argv?.stop();
    await journey?.close();
    await rm(elsewhere, { recursive: true, force: true });
  });

  const host = () => journey.bed.host("web-1");
  /** A variable of the process that serves. */
  const variable = async (name: string): Promise<string | undefined> => {
    const pid = (await host().mustRun(["systemctl", "show", "-P", "MainPID", "greeter@main"])).trim();
    const lines = (await host().readFile(`/proc/${pid}/environ`)).split("\0");
    return lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);
  };
  const set = async (name: string, value: string, ...options: readonly string[]) =>
    cli.run(["secrets", "set", name, ...options], {}, value);
  const forProduction = ["-e", "production", "--service", "greeter"];

  it("that are missing are said before anything begins, with what to do", async () => {
    const said = await cli.run(["deploy", "greeter", "-e", "production"]);
    expect(said.stderr).toContain("There is no value of the secrets CHAT, ORDERS_DB for greeter in production");
    expect(said.stderr).toContain("signalbox secrets set CHAT --service greeter --env production");
    expect(said.code).toBe(2);
    expect(await client.deployments({})).toEqual([]);
    expect((await cli.run(["secrets", "check"])).code).toBe(2);
  });

  it("are set by standard input, and a deployment brings them to the service", async () => {
    expect((await set("CHAT", planted.chat)).code).toBe(0);
    expect((await set("ORDERS_DB", planted.first, ...forProduction)).code).toBe(0);
    expect((await cli.run(["secrets", "check"])).code).toBe(0);

    const { id, state, finished } = await journey.deploy(latest);
    expect([state, finished?.message]).toEqual(["succeeded", "release 1 serves on 1 host(s)"]);
    expect(await variable("DB_PASSWORD")).toBe(planted.first);
    expect(await variable("DB_URL")).toBe(`postgres://app:${planted.first}@db/orders`);

    const log = await journey.log(id);
    expect(log.split("\n").filter((line) => line === "***")).toHaveLength(4);
    expect(log.split("\n").filter((line) => line === "on the other output")).toHaveLength(2);
    expect(log).toContain(`/releases/1-`);
    expect(log).toContain(open);
    expect(leaks.inText("the log", log)).toEqual([]);
  });

  it("are shown by a plan in their versions, and another version voids it", async () => {
    const before = await client.plan({ ...latest, build: true });
    expect(before.secrets).toEqual([
      { name: "CHAT", environment: null, service: null, version: "1", before: "1" },
      { ...production, version: "1", before: "1" },
    ]);
    expect((await set("ORDERS_DB", planted.second, ...forProduction)).code).toBe(0);
    const after = await client.plan({ ...latest, build: true });
    expect(after.secrets.at(-1)).toEqual({ ...production, version: "2", before: "1" });
    expect(after.digest).not.toBe(before.digest);

    const { state, finished } = await journey.deploy({ ...latest, plan: before.digest! });
    expect([state, finished?.message]).toEqual(["failed", expect.stringContaining("not the one that was asked for")]);
    expect(await variable("DB_PASSWORD")).toBe(planted.first);
    const shown = await cli.run(["plan", "greeter", "-e", "production", "--build"]);
    expect(shown.stdout).toContain("ORDERS_DB of greeter in production, version 2 (now 1)");
  });

  it("come in their new version with the next deployment", async () => {
    const { state, release } = await journey.deploy(latest);
    expect([state, release?.number]).toEqual(["succeeded", 2]);
    expect(await variable("DB_PASSWORD")).toBe(planted.second);
  });

  it("that a hook prints when it fails are not in what is said about it", async () => {
    await journey.reconfigure({
      services: [service([{ at: "before-rollout", run: failing, environment: variables }])],
    });
    const { id, state, finished } = await journey.deploy({ ...latest, reason: "to see it fail" });
    expect([state, finished?.message]).toEqual(["failed", expect.stringContaining("exit status 3")]);
    expect(await journey.log(id)).toContain("cannot log in as ***");
  });

  it("of the old release come back with it, while the vault can't be opened", async () => {
    await journey.reconfigure({ services: [service()] });
    const { secretsKey } = journey.workshop;
    await rename(secretsKey, `${secretsKey}.away`);
    const { state } = await journey.ended((await client.rollBack(place)).id);
    expect(state).toBe("succeeded");
    expect(await variable("DB_PASSWORD")).toBe(planted.first);
    await rename(`${secretsKey}.away`, secretsKey);
  });

  it("that can't be a variable are refused, and their values are said nowhere", async () => {
    expect((await set("ORDERS_DB", planted.wrong, ...forProduction)).code).toBe(0);
    const said = await cli.run(["deploy", "greeter", "-e", "production"]);
    expect([said.code, said.stderr]).toEqual([2, expect.stringContaining("its secret has a line break")]);
  });

  it("stay with the service when there is no server", async () => {
    await server.stop();
    await host().mustRun(["systemctl", "restart", "greeter@main"]);
    expect(await variable("DB_PASSWORD")).toBe(planted.first);
  });

  it("can be read on the host by root and the service alone", async () => {
    const command = "grep -rlsaF -D skip -f - /etc /home /run /srv /tmp /var /proc/[0-9]*/environ /proc/[0-9]*/cmdline";
    const asDeploy = async (value: string) =>
      (
        await host().rootShell(["setpriv", "--reuid=deploy", "--regid=deploy", "--clear-groups", "sh", "-c", command], {
          input: value,
        })
      ).stdout;
    expect(await asDeploy(planted.first)).toBe("");
    expect(await asDeploy("Hello from release")).toContain("/srv/greeter/releases/");

    const found = await leaks.onHost(host());
    const files = [...new Set(found.map(({ where }) => where.replace("web-1: ", "")))];
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) {
      expect(file).toMatch(
        /^\/var\/lib\/signalbox\/services\/greeter\/(releases\/[12]-[0-9a-f]{12}\/environment|main\.env|main\.undo\/.*)$/,
      );
      expect([file, (await host().mustRun(["stat", "-c", "%a %U", file])).trim()]).toEqual([file, "600 root"]);
    }
    expect(await canary.onHost(host())).not.toEqual([]);
  });

  it("are nowhere else: not in the data, the logs, the arguments of any process", async () => {
    const { workshop } = journey;
    expect(await leaks.inDirectory(workshop.directory)).toEqual([]);
    expect(await leaks.inDirectory(elsewhere)).toEqual([]);
    expect(leaks.inDatabase(path.join(workshop.dataDirectory, "signalbox.db"))).toEqual([]);
    expect(await argv.stop()).toEqual([]);

    // The same looks find what lies there in the open.
    expect(await canary.inDirectory(workshop.dataDirectory)).not.toEqual([]);
    expect(canary.inDatabase(path.join(workshop.dataDirectory, "signalbox.db"))).not.toEqual([]);
    for (const program of ["signalbox-helper", "secrets", "--secrets-key"])
      expect([program, argv.saw(program)]).toEqual([program, true]);
    expect(await readFile(logFile, "utf8")).toContain("Serving");
  });
});
