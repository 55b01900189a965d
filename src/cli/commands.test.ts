import { describe, expect, it } from "vitest";

import { aPlace, fakeClient, viewOf } from "../../test/support/fake-client.ts";
import { signalbox } from "../../test/support/fake-shell.ts";
import { readGolden } from "../../test/support/golden-journal.ts";
import type { PlanView, TrafficView } from "../api/views.ts";

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

  it("goes past an approval with a reason, at a server and without one", async () => {
    const words = ["deploy", "orders", "-e", "production", "--break-glass", "the shop is down"];
    const client = fakeClient({ journal });
    const atServer = await signalbox(words, { client });
    expect(client.calls.find((call) => call.startsWith("deploy "))).toContain('"breakGlass":"the shop is down"');
    expect(atServer.shell.wanted).toEqual([{ local: false }]);
    const here = fakeClient({ journal });
    const { shell } = await signalbox([...words, "--local"], { client: here, carriedBy: "here" });
    expect(shell.wanted).toEqual([{ local: true, breakGlass: "the shop is down" }]);
    expect(here.calls.find((call) => call.startsWith("deploy "))).not.toContain("breakGlass");
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
    freeze: null,
    secrets: [],
    rollBackRestores: "release 41 on web-1, web-2, web-3",
    release: 42,
  };

  it("shows what changes, in which order, the way back, and the command that runs it", async () => {
    const { out } = await signalbox("plan orders -e production --ref main", { client: fakeClient({ plan }) });
    expect(out).toMatchSnapshot();
  });

  it("shows which versions of secrets it means", async () => {
    const id = { environment: "production", service: "orders" };
    const secrets = [
      { name: "A", ...id, version: "3", before: "2" },
      { name: "B", ...id, version: "1", before: null },
      { name: "C", ...id, version: "7", before: "7" },
    ];
    const { out } = await signalbox("plan orders -e production", {
      client: fakeClient({ plan: { ...plan, secrets } }),
    });
    expect(out).toContain(`Secrets
  A of orders in production, version 3 (now 2)
  B of orders in production, version 1 (new)
  C of orders in production, version 7
`);
  });

  it("says what is still open before a build", async () => {
    const open = { ...plan, digest: null, open: ["the artifact"], release: null };
    const { out } = await signalbox("plan orders -e production", { client: fakeClient({ plan: open }) });
    expect(out).toContain("Not everything is known yet (the artifact).");
  });

  it("says that its rollout would wait for the end of a freeze", async () => {
    const freeze = "orders in production is frozen until 2026-03-02 08:00 (UTC): weekend (nobody is here)";
    const { out } = await signalbox("plan orders -e production", { client: fakeClient({ plan: { ...plan, freeze } }) });
    expect(out).toContain(`${freeze}. Its rollout would wait for the end.`);
  });

  it("colours the differences where colours are wanted", async () => {
    const env = { LANG: "C.UTF-8", FORCE_COLOR: "1" };
    const { out } = await signalbox("plan orders -e production", { client: fakeClient({ plan }), env });
    expect(out).toContain("\u001B[32m+MemoryMax=1G\u001B[39m");
    const plain = await signalbox("plan orders -e production --no-color", { client: fakeClient({ plan }), env });
    expect(plain.out).not.toContain("\u001B");
  });
});

describe("traffic show", () => {
  const member = (side: "blue" | "green", host: string, rotation: "in" | "draining" | "out") =>
    ({ side, host, rotation, up: true, inFlight: 1_204, queued: rotation === "in" ? 3 : 0 }) as const;
  const proxy = {
    proxy: "lb-1",
    active: "blue",
    share: 500,
    members: [member("blue", "web-1", "in"), member("blue", "web-2", "draining"), member("green", "web-1", "out")],
  } as const;
  const place: TrafficView = {
    service: "orders",
    environment: "production",
    kind: "haproxy",
    proxies: [],
    problem: null,
  };
  const asked: TrafficView = {
    ...place,
    proxies: [
      { ...proxy, members: [...proxy.members] },
      {
        proxy: "lb-2",
        active: "blue",
        share: 0,
        members: [{ ...member("blue", "web-1", "in"), up: "unknown", inFlight: "unknown" }],
      },
    ],
  };

  it("shows each proxy with its members, and proxies that do not agree", async () => {
    const client = fakeClient({ traffic: [asked] });
    const { out, exitCode } = await signalbox("traffic show orders -e production", { client });
    expect(client.calls).toEqual(['traffic {"service":"orders","environment":"production"}']);
    expect(out).toMatchSnapshot();
    expect(exitCode).toBe(0);
  });

  it("ends with 4 where a proxy could not be asked", async () => {
    const client = fakeClient({ traffic: [{ ...place, problem: "lb-1: no answer\u001B[2J" }] });
    const { out, exitCode } = await signalbox("traffic show", { client });
    expect(out).toBe("orders@production  haproxy\n  ✖ lb-1: no answer\n");
    expect(exitCode).toBe(4);
  });

  it("is one object with --json", async () => {
    const { out } = await signalbox("--json traffic show", { client: fakeClient({ traffic: [asked] }) });
    expect(JSON.parse(out)).toEqual({ places: [asked] });
  });

  it("is in the status too: the sides, who is out of rotation, and until when the old release is warm", async () => {
    const watch = { watchedUntil: now, warmUntil: now };
    const places = [aPlace({ lastDeployment: last, traffic: asked, watch })];
    const { out } = await signalbox("status orders", { client: fakeClient({ places }), now });
    expect(out.replaceAll(/\d\d:\d\d/g, "HH:MM")).toContain(
      "orders@production: blue is active, 5 % of the traffic on green; out of rotation: web-2; watched until HH:MM; old release warm until HH:MM\n",
    );
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
      ["promote d-12", 'promote "01j0"'],
      ["override d-12 --reason quiet", 'override "01j0" "quiet"'],
    ] as const) {
      const client = fakeClient({ journal: journal.slice(0, 5) });
      const { exitCode } = await signalbox(line, { client });
      expect([client.calls.at(-1), exitCode]).toEqual([call, 0]);
    }
  });

  it("sets the capacity guard aside only with a reason", async () => {
    const client = fakeClient({ journal: journal.slice(0, 5) });
    const { exitCode, err } = await signalbox("override d-12", { client });
    expect([exitCode, client.calls]).toEqual([2, []]);
    expect(err).toContain("--reason");
  });

  it("says what comes next, and answers in JSON", async () => {
    const client = fakeClient({ journal: journal.slice(0, 5) });
    expect((await signalbox("promote d-12", { client })).out).toContain("Next: signalbox watch d-12");
    const { out } = await signalbox("--json override d-12 --reason quiet", { client });
    expect(JSON.parse(out)).toMatchObject({ deployment: { number: 12 } });
  });

  it("ends a watch by name, and stays until the deployment is done", async () => {
    const client = fakeClient({ journal });
    const { exitCode } = await signalbox("watch d-12 --end", { client });
    expect(client.calls).toEqual(['deployment "d-12"', 'endWatch "01j0"', 'watch "01j0"']);
    expect(exitCode).toBe(0);
  });

  it("stays with a resumed deployment that this process carries", async () => {
    const client = fakeClient({ journal });
    const { exitCode } = await signalbox("resume d-12 --local", { client, carriedBy: "here" });
    expect(client.calls.at(-1)).toBe('watch "01j0"');
    expect(exitCode).toBe(0);
  });
});
