/** The programs that steps run on hosts, on a real one. */
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { PreparedHost } from "../../helper/prepared-host.ts";
import { eventually } from "../../test/support/eventually.ts";
import { cleanHost, sharedHosts } from "../../test/support/shared-hosts.ts";
import { aStep, haproxy } from "../../test/support/step-context.ts";
import type { StepOptions } from "../../test/support/step-context.ts";
import { aTarget } from "../../test/support/targets.ts";
import { systemClock } from "../adapters/clock/system.ts";
import { SshHosts } from "../adapters/hosts/ssh/ssh-hosts.ts";
import { localPrograms } from "../adapters/programs/local.ts";
import type { Migration, Target } from "../core/service.ts";
import { SERVER } from "../core/step.ts";
import { activateRelease } from "./activate-release.ts";
import { checkHeadroom } from "./check-headroom.ts";
import { connectionsFrom, peersOf } from "./connections.ts";
import { inspectHost } from "./inspect-host.ts";
import { migrate } from "./migrate.ts";
import { readmit } from "./readmit.ts";
import { retireSlot } from "./retire-slot.ts";
import { smokeTest } from "./smoke-test.ts";
import type { StepContext } from "./step.ts";

const older = "1-aaaaaaaaaaaa";
const newer = "2-bbbbbbbbbbbb";
const machine = sharedHosts().host("web-1");
const hosts = new SshHosts({
  find: (name) => {
    const facts = sharedHosts().facts.hosts.find((host) => host.name === name);
    return facts && { ...facts, hostKeys: [facts.hostKey] };
  },
});
let web: PreparedHost;

const target: Partial<Target> = {
  hosts: ["web-1"],
  slots: { ports: { blue: 8081, green: 8082 }, variable: "PORT" },
  health: { kind: "http", path: "/healthz", withinSeconds: 10, successes: 1, stableSeconds: 0 },
  unit: { ...aTarget().unit, exec: ["/usr/bin/node", "server.mjs"], stopWithinSeconds: 5 },
  limits: { ...aTarget().limits, load: 1 },
};

/** The step's context with the real host in it. */
function real(options: StepOptions = {}, change: Partial<StepContext> = {}): StepContext {
  const { context } = aStep({ ...options, target: { ...target, ...options.target } });
  const ports = { ...context.ports, hosts, clock: systemClock, programs: localPrograms };
  return { ...context, key: `inst-d-${randomBytes(4).toString("hex")}-1`, ports, ...change };
}

const plan = { before: { "web-1": older }, goal: { "web-1": newer } };

beforeAll(async () => {
  await cleanHost(machine);
  web = await PreparedHost.prepare(machine);
  await web.call("prepare", "orders");
  await web.release(older, { environment: { PORT: "8081" } });
  await web.release(newer, { environment: { PORT: "8082" } });
  for (const [slot, goal] of [
    ["blue", older],
    ["green", newer],
  ] as const) {
    const outcome = await activateRelease.perform(
      { kind: "activate-release", hosts: ["web-1"], slot },
      real({ plan: { goal: { "web-1": goal } } }),
    );
    expect(outcome).toMatchObject({ kind: "done", changed: true });
  }
});

afterAll(async () => {
  await hosts.close();
  await web.close();
  await cleanHost(machine);
});

describe("two slots of a host", () => {
  it("are seen by an inspection", async () => {
    const outcome = await inspectHost.perform({ kind: "inspect-host", hosts: ["web-1"] }, real());
    expect(outcome).toMatchObject({
      kind: "done",
      result: {
        facts: {
          current: older,
          slots: { blue: { current: older, active: "active" }, green: { current: newer, active: "active" } },
          unitText: expect.stringContaining("WorkingDirectory=/srv/orders/slots/%i"),
        },
      },
    });
  });

  it("answer smoke requests, each on its own port", async () => {
    const step = {
      kind: "smoke-test",
      hosts: ["web-1"],
      slot: "green",
      baseline: { host: "web-1", slot: "blue" },
    } as const;
    const smoke = [{ path: "/", status: 200, contains: "release 2" }];
    const previousSmoke = [{ path: "/healthz", status: 200 }];
    expect(await smokeTest.perform(step, real({ plan: { ...plan, previousSmoke }, target: { smoke } }))).toEqual({
      kind: "failed",
      message: expect.stringMatching(/^release 1, which serves beside it, .* got "Hello from release 1 on web-1/),
    });
    const fine = [{ path: "/", status: 200, contains: "Hello" }];
    const context = real({ plan: { ...plan, previousSmoke }, target: { smoke: fine } });
    expect(await smokeTest.perform(step, context)).toMatchObject({ kind: "done" });
  });

  it("are warmed up by as many requests as were asked for, or a few more", async () => {
    const step = { kind: "readmit", hosts: ["web-1"], side: "green" } as const;
    const traffic = { ...haproxy, warmUp: { path: "/", requests: 10 } } as Target["traffic"];
    expect(await readmit.perform(step, real({ target: { traffic } }))).toMatchObject({
      kind: "done",
      note: expect.stringMatching(/^warmed up with 12 requests; up after/),
    });
  });

  it("leave room for each other, as long as their ports are theirs", async () => {
    const step = { kind: "check-headroom", hosts: ["web-1"] } as const;
    expect(await checkHeadroom.perform(step, real())).toMatchObject({
      kind: "done",
      note: expect.stringMatching(/MB free/),
    });
    const huge = { ...aTarget().unit, memoryMax: "900T" };
    const idle = { ports: { blue: 8091, green: 8092 }, variable: "PORT" } as const;
    expect(
      await checkHeadroom.perform(step, real({ target: { unit: huge, slots: idle, service: "billing" } })),
    ).toMatchObject({
      kind: "failed",
      message: expect.stringMatching(
        /^web-1 has [\d,]+ MB free; a second copy needs about [\d,]+ MB \(its limit is 900T\)$/,
      ),
    });
    const swapped = { ports: { blue: 8082, green: 8081 }, variable: "PORT" } as const;
    expect(await checkHeadroom.perform(step, real({ target: { slots: swapped } }))).toMatchObject({
      kind: "failed",
      message: expect.stringMatching(
        /port 8082 on web-1.*belongs to orders@green\.service and not to orders@blue\.service/,
      ),
    });
  });

  it("show connections of proxies, and who they are from", async () => {
    const context = real({ target: { traffic: { ...haproxy, proxies: ["web-1"] } as Target["traffic"] } });
    const peers = await peersOf(context);
    expect([...(peers ?? [])]).toEqual(expect.arrayContaining([machine.address, "127.0.0.1"]));
    const held = machine.mustRun([
      "node",
      "-e",
      "require('net').connect(8081, '127.0.0.1'); setTimeout(() => process.exit(), 4000)",
    ]);
    await eventually(async () => ((await connectionsFrom(peers, 8081, context)) === 1 ? true : undefined));
    await held;
    await eventually(async () => ((await connectionsFrom(peers, 8081, context)) === 0 ? true : undefined));
    expect(await connectionsFrom(new Set(["192.0.2.1"]), 8081, context)).toBe(0);
  });

  it("can be retired, once and for all", async () => {
    const step = { kind: "retire-slot", hosts: ["web-1"], slot: "blue" } as const;
    expect(await retireSlot.perform(step, real())).toMatchObject({ kind: "done", changed: true, note: "stopped" });
    expect((await machine.rootShell(["systemctl", "is-active", "orders@blue.service"])).stdout.trim()).toBe("inactive");
    expect(await retireSlot.perform(step, real())).toMatchObject({ kind: "done", changed: false });
    const smoke = { kind: "smoke-test", hosts: ["web-1"], slot: "blue" } as const;
    const outcome = await smokeTest.perform(smoke, real({ plan, target: { smoke: [{ path: "/", status: 200 }] } }));
    expect(outcome).toMatchObject({ kind: "failed", message: expect.stringContaining("there was no answer") });
  });
});

describe("a migration", () => {
  const step = { kind: "migrate", hosts: ["web-1"], migration: "expand" } as const;
  const ledger = "/tmp/ledger";
  const tell = (word: string): readonly string[] => ["sh", "-c", `echo ${word} $SIGNALBOX_MIGRATION >>${ledger}`];
  let count = 0;
  beforeEach(async () => {
    await machine.rootShell(["rm", "-f", ledger]);
  });

  /** A migration that nobody ran before. */
  function aMigration(differences: Partial<Migration> = {}): Migration {
    count += 1;
    return {
      id: `m${count}`,
      kind: "expand",
      backup: tell("backup"),
      run: tell("run"),
      on: "first-host",
      limitSeconds: 20,
      ...differences,
    };
  }
  const told = async (): Promise<string[]> => {
    const { stdout } = await machine.rootShell(["cat", ledger]);
    return stdout
      .trim()
      .split("\n")
      .filter((line) => line !== "");
  };

  it("runs after its backup, and is not run again by a later deployment", async () => {
    const migration = aMigration();
    expect(await migrate.perform(step, real({ target: { migration } }))).toEqual({
      kind: "done",
      changed: true,
      note: migration.id,
    });
    expect(await migrate.perform(step, real({ target: { migration } }))).toEqual({
      kind: "done",
      changed: false,
      note: `${migration.id} was done already on web-1`,
    });
    expect(await told()).toEqual([`backup ${migration.id}`, `run ${migration.id}`]);
  });

  it("shows its output", async () => {
    let log = "";
    const migration = aMigration({ run: ["sh", "-c", "echo one; sleep 0.3; echo two >&2; pwd"] });
    await migrate.perform(step, real({ target: { migration } }, { log: (text) => (log += text) }));
    expect(log).toMatch(/one\ntwo\n\//);
  });

  it("is not begun without its backup", async () => {
    const migration = aMigration({ backup: ["false"] });
    expect(await migrate.perform(step, real({ target: { migration } }))).toEqual({
      kind: "failed",
      message: `the backup before ${migration.id}, false, ended with exit status 1; the migration was not begun`,
    });
    expect(await told()).toEqual([]);
  });

  it("that failed is not run again under the same key, but by the next attempt", async () => {
    const run = ["sh", "-c", `echo run >>${ledger}; [ -e /tmp/cured ]`];
    const migration = aMigration({ run, backup: [] });
    const context = real({ target: { migration } });
    const message = `the migration ${migration.id}, ${run.join(" ")}, ended with exit status 1`;
    expect(await migrate.perform(step, context)).toEqual({ kind: "failed", message });
    expect(await migrate.perform(step, context)).toEqual({ kind: "failed", message });
    expect(await told()).toEqual(["run"]);
    await machine.mustRun(["touch", "/tmp/cured"]);
    expect(await migrate.perform(step, real({ target: { migration } }))).toMatchObject({ kind: "done", changed: true });
    expect(await told()).toEqual(["run", "run"]);
  });

  it("is ended at its limit", async () => {
    const migration = aMigration({ run: ["sleep", "60"], limitSeconds: 1 });
    expect(await migrate.perform(step, real({ target: { migration } }))).toMatchObject({
      kind: "failed",
      message: expect.stringContaining("was ended at its limit"),
    });
  });

  it("outlives the server, which finds out how it ended, and runs once", async () => {
    const run = ["sh", "-c", `echo begun >>${ledger}; sleep 2; echo ended >>${ledger}`];
    const migration = aMigration({ run, backup: [] });
    const stop = new AbortController();
    const context = real({ target: { migration } });
    const first = migrate.perform(step, { ...context, signal: stop.signal, isCalledOff: () => false });
    await eventually(async () => {
      const { code } = await machine.rootShell(["grep", "-q", "begun", ledger]);
      return code === 0 ? true : undefined;
    });
    stop.abort();
    await first;
    expect(await migrate.perform(step, context)).toEqual({ kind: "done", changed: true, note: migration.id });
    expect(await told()).toEqual(["begun", "ended"]);
  });

  it("is not cut off by an abort", async () => {
    const migration = aMigration({ run: ["sh", "-c", `sleep 1; echo ended >>${ledger}`], backup: [] });
    const stop = new AbortController();
    const context = real({ target: { migration } }, { signal: stop.signal, isCalledOff: () => true });
    const running = migrate.perform(step, context);
    setTimeout(() => stop.abort(), 300);
    expect(await running).toMatchObject({ kind: "done", changed: true });
    expect(await told()).toEqual(["ended"]);
  });

  it("runs on the server in the same way", async () => {
    const service = `test-${randomBytes(6).toString("hex")}`;
    const here = { ...step, hosts: [SERVER] } as const;
    const migration = aMigration({ on: "server", backup: ["true"], run: ["true"] });
    try {
      const once = real({ host: SERVER, target: { migration, service } });
      expect(await migrate.perform(here, once)).toMatchObject({ kind: "done", changed: true });
      const again = real({ host: SERVER, target: { migration, service } });
      expect(await migrate.perform(here, again)).toMatchObject({ kind: "done", changed: false });
    } finally {
      const place = join(homedir(), ".local/state/signalbox/migrations", `${service}.production`);
      await rm(place, { recursive: true });
    }
  });
});
