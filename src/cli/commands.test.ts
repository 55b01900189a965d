import { describe, expect, it } from "vitest";

import { aPlace, fakeClient, viewOf } from "../../test/support/fake-client.ts";
import { signalbox } from "../../test/support/fake-shell.ts";
import { readGolden } from "../../test/support/golden-journal.ts";
import type { PlanView } from "../api/views.ts";

const { journal } = readGolden("rolling");
const last = viewOf(journal);
const now = last.finishedAt! + 240_000;

describe("deploy", () => {
  it("sends everything that was asked for", async () => {
    const client = fakeClient({ journal });
    const plan = "a".repeat(64);
    const words = `deploy orders -e dev --ref main --plan ${plan} --host web-1 web-2 --reason hotfix --no-wait`;
    await signalbox(words, { client });
    const request = {
      service: "orders",
      environment: "dev",
      origin: { kind: "revision", ref: "main" },
      reason: "hotfix",
    };
    expect(client.calls).toEqual([`deploy ${JSON.stringify({ ...request, plan, hosts: ["web-1", "web-2"] })}`]);
  });

  it("takes in an artifact first", async () => {
    const client = fakeClient({ journal });
    await signalbox("deploy orders -e dev --artifact orders.jar --no-wait", { client });
    expect(client.calls).toEqual([
      'uploadArtifact "orders.jar"',
      `deploy {"service":"orders","environment":"dev","origin":{"kind":"artifact","sha256":"${"b".repeat(64)}"}}`,
    ]);
  });

  it("goes past an approval only with --local, and with the reason", async () => {
    const words = ["deploy", "orders", "-e", "production", "--break-glass", "the server is down"];
    const refused = await signalbox(words, { client: fakeClient({ journal }) });
    expect(refused.exitCode).toBe(2);
    const { shell } = await signalbox([...words, "--local"], { client: fakeClient({ journal }), carriedBy: "here" });
    expect(shell.wanted).toEqual([{ local: true, breakGlass: "the server is down" }]);
  });
});

describe("status", () => {
  const places = [
    aPlace({ lastDeployment: last }),
    aPlace({
      service: "billing",
      environment: "dev",
      release: null,
      previous: null,
      hosts: [
        { name: "dev-1", release: null, active: "failed", drifted: true, problem: "exited with status 1\u001B[2J" },
        { name: "dev-2", release: "release 7", active: "active", drifted: false, problem: null },
      ],
      lock: { owner: "d-13", reason: "deploy of billing", since: now - 120_000 },
    }),
  ];

  it("shows each service in each environment, and the hosts that are in trouble", async () => {
    const { out } = await signalbox("status", { client: fakeClient({ places }), now });
    expect(out).toMatchSnapshot();
  });

  it("shows every host of a single service", async () => {
    const { out } = await signalbox("status orders", { client: fakeClient({ places: places.slice(0, 1) }), now });
    expect(out).toMatchSnapshot();
  });

  it("is one object with --json", async () => {
    const { out } = await signalbox("--json status", { client: fakeClient({ places }) });
    expect(JSON.parse(out)).toEqual({ places });
  });

  it("says nothing about hosts that were not asked", async () => {
    const unasked = { name: "web-1", release: null, active: "", drifted: false, problem: null };
    const place = aPlace({ hosts: [unasked, { ...unasked, name: "web-2" }], lastDeployment: last });
    const { out } = await signalbox("status orders", { client: fakeClient({ places: [place] }) });
    expect(out).toMatch(/release 40 {2}2 {6}✔/);
    expect(out).toContain("Hosts: web-1, web-2. They were not asked; --live asks them.");
  });

  it("turns around to hosts", async () => {
    const { out } = await signalbox("hosts list", { client: fakeClient({ places }) });
    expect(out).toMatchSnapshot();
  });
});

describe("plan", () => {
  const host = (name: string): PlanView["hosts"][number] => ({
    host: name,
    batch: name === "web-1" ? 1 : 2,
    before: "release 41",
    goal: "release 42",
    unitDiff: [" [Service]", "-MemoryMax=512M", "+MemoryMax=1G"],
    variables: { added: ["CACHE"], removed: ["OLD"], changed: ["LEVEL"] },
    drifted: name === "web-1",
    problem: null,
  });
  const plan: PlanView = {
    service: "orders",
    environment: "production",
    digest: "d".repeat(64),
    open: [],
    prepare: ["inspect the hosts", "upload release 42"],
    rollout: ["activate on web-1", "activate on web-2, web-3"],
    hosts: ["web-1", "web-2", "web-3"].map(host),
    interlocks: [{ title: "never fewer than 2 healthy hosts", holds: true, message: null }],
    rollBackRestores: "release 41 on web-1, web-2, web-3",
    release: 42,
  };

  it("shows what changes, in which order, the way back, and the command that runs it", async () => {
    const { out } = await signalbox("plan orders -e production --ref main", { client: fakeClient({ plan }) });
    expect(out).toMatchSnapshot();
  });

  it("says what is still open before a build", async () => {
    const open = { ...plan, digest: null, open: ["the artifact"], release: null };
    const { out } = await signalbox("plan orders -e production", { client: fakeClient({ plan: open }) });
    expect(out).toContain("Not everything is known yet (the artifact).");
  });

  it("colours the differences where colours are wanted", async () => {
    const env = { LANG: "C.UTF-8", FORCE_COLOR: "1" };
    const { out } = await signalbox("plan orders -e production", { client: fakeClient({ plan }), env });
    expect(out).toContain("\u001B[32m+MemoryMax=1G\u001B[39m");
    const plain = await signalbox("plan orders -e production --no-color", { client: fakeClient({ plan }), env });
    expect(plain.out).not.toContain("\u001B");
  });
});

describe("history, logs and doctor", () => {
  it("lists deployments", async () => {
    const { out } = await signalbox("history orders --limit 5", { client: fakeClient({ deployments: [last] }) });
    expect(out).toContain("orders@production  deploy  release 42  ✔ succeeded");
  });

  it("tells a deployment's log from a service's", async () => {
    const lines = [{ at: now, host: "web-1", text: "Started\u001B]0;x\u0007 orders\n" }];
    const client = fakeClient({ lines });
    const { out } = await signalbox("logs d-12 --host web-1 --lines 5", { client });
    expect(client.calls).toEqual(['stepLog {"ref":"d-12","host":"web-1","last":5}']);
    expect(out).toMatch(/^\d\d:\d\d:\d\d web-1 {5}Started orders\n$/);
  });

  it("ends doctor with 4 when a person is needed", async () => {
    const finding = { host: "web-1", check: "disk", level: "problem", message: "99 % full", cure: "df -h /" } as const;
    const { out, exitCode } = await signalbox("doctor", { client: fakeClient({ findings: [finding] }) });
    expect(out).toBe("✖ problem  web-1  disk: 99 % full\n    df -h /\n");
    expect(exitCode).toBe(4);
  });
});

describe("steering", () => {
  it("pauses, resumes and aborts by name", async () => {
    for (const [line, call] of [
      ["pause d-12", 'pause "01j0"'],
      ["resume d-12", 'resume "01j0"'],
      ["abort d-12 --reason wrong", 'abort "01j0" "wrong"'],
    ] as const) {
      const client = fakeClient({ journal: journal.slice(0, 5) });
      const { exitCode } = await signalbox(line, { client });
      expect([client.calls.at(-1), exitCode]).toEqual([call, 0]);
    }
  });

  it("stays with a resumed deployment that this process carries", async () => {
    const client = fakeClient({ journal });
    const { exitCode } = await signalbox("resume d-12 --local", { client, carriedBy: "here" });
    expect(client.calls.at(-1)).toBe('watch "01j0"');
    expect(exitCode).toBe(0);
  });
});
