/** The helper may be killed at any line, and the power may go at any time: afterwards one release serves, whole. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { cleanHost, sharedHosts } from "../test/support/shared-hosts.ts";
import { until } from "../testbed/command.ts";
import { answer, helperPath, PreparedHost } from "./prepared-host.ts";

const host = sharedHosts().host("web-2");
let web: PreparedHost;

beforeAll(async () => {
  await cleanHost(host);
  web = await PreparedHost.prepare(host);
  // The minute's own look for interrupted activations would make the tests depend on when they run.
  await host.mustRun(["systemctl", "stop", "signalbox-recover.timer"]);
});
afterAll(async () => {
  await web.close();
  await cleanHost(host);
});

let number = 0;
const next = (): string => `${(number += 1)}-0123456789ab`;
const numberOf = (release: string): string => release.split("-")[0]!;

const recover = async () => answer(await host.rootShell([helperPath, "recover"]));

/** Nothing half: link, unit, environment and process are of one release. */
async function serveWhole(release: string): Promise<void> {
  expect(await web.status()).toMatchObject({
    "slot.main.release": release,
    "slot.main.active": "active",
    "slot.main.drift": "no",
    [`release.${release}.settings`]: (await web.status())["slot.main.settings"],
  });
  expect(await web.serves()).toBe(numberOf(release));
}

/** Kills the helper's whole unit, and waits until systemd has forgotten it. */
async function killed(key: string): Promise<void> {
  await host.rootShell(["systemctl", "kill", "--signal=KILL", `signalbox-${key}`]);
  await until("systemd has forgotten it", 10, async () => {
    const { stdout } = await host.rootShell(["systemctl", "show", "-P", "LoadState", `signalbox-${key}`]);
    return stdout === "not-found\n" || undefined;
  });
}

describe("an activation whose helper is killed", () => {
  let old: string;
  beforeEach(async () => {
    old = await web.release(next(), { environment: { MARK: "old" } });
    await web.activate(old, "stable=1");
  });

  it.each([
    ["switch", "good", /activated|reverted/],
    ["stop", "good", /activated|reverted/],
    ["start", "good", /activated|reverted/],
    ["verify", "good", /activated/],
    ["verify", "bad", /reverted/],
    ["revert", "bad", /reverted/],
  ])("at its %s, with a %s release, is finished by recover", async (stage, kind, outcome) => {
    const fresh = await web.release(next(), {
      behaviour: kind === "bad" ? { "never-healthy": true } : { "start-delay-ms": 300 },
      unit: ["Service.Nice=2"],
    });
    const key = web.key();
    await web.begin(key, fresh, "within=3", "stable=1");
    await web.reached(key, stage);
    await killed(key);
    expect((await web.call("result", key)).said).toEqual({ state: "running" });
    expect(await web.status()).toMatchObject({ pending: key });
    expect((await web.begin(web.key(), old)).said).toMatchObject({ error: "busy" });

    expect((await recover()).said["recovered"]).toMatch(new RegExp(`^${key} outcome=(${outcome.source})$`));
    const { said } = await web.call("result", key);
    expect(said).toMatchObject({ recovered: "yes", release: said["outcome"] === "activated" ? fresh : old });
    await serveWhole(said["release"]!);
    expect((await recover()).stdout).toBe("");
  });

  it("is finished by the next request with its key, too", async () => {
    const fresh = await web.release(next());
    const key = web.key();
    await web.begin(key, fresh, "stable=2");
    await web.reached(key, "verify");
    await killed(key);
    expect((await web.begin(key, fresh, "stable=2")).said).toMatchObject({ state: "running" });
    expect((await web.call("follow", key, "0", "60")).said).toMatchObject({
      outcome: "activated",
      release: fresh,
      recovered: "yes",
    });
  });

  it("that had not begun is taken back without a restart", async () => {
    const key = web.key();
    const fresh = await web.release(next());
    const pid = await host.mustRun(["systemctl", "show", "-P", "MainPID", "orders@main"]);
    const boot = (await host.readFile("/proc/sys/kernel/random/boot_id")).trim();
    const lines = [
      "service=orders",
      "slot=main",
      `release=${fresh}`,
      `from=${old}`,
      "digest=d",
      `boot=${boot}`,
      "health=http:/healthz",
      "port=8080",
      "stable=1",
    ];
    await host.writeFile(`/var/lib/signalbox/intents/${key}`, `${lines.join("\n")}\n`);
    await host.mustRun(["touch", `/var/lib/signalbox/progress/${key}`]);
    expect((await recover()).said["recovered"]).toBe(`${key} outcome=reverted`);
    expect((await web.call("result", key)).said).toMatchObject({
      reason: "interrupted",
      release: old,
      recovered: "yes",
    });
    expect(await host.mustRun(["systemctl", "show", "-P", "MainPID", "orders@main"])).toBe(pid);
  });
});

describe("a power cut", () => {
  it.each([
    ["switch", "good"],
    ["stop", "good"],
    ["verify", "good"],
    ["verify", "bad"],
    ["revert", "bad"],
  ])("at the %s to a %s release leaves the old or the new one, by itself", async (stage, kind) => {
    const old = await web.release(next(), { environment: { MARK: "old" } });
    await web.activate(old, "stable=1");
    const fresh = await web.release(next(), {
      behaviour: kind === "bad" ? { "never-healthy": true } : {},
      unit: ["Service.Nice=3"],
    });
    const key = web.key();
    await web.begin(key, fresh, "within=4", "stable=3");
    await web.reached(key, stage);
    await host.powerCut();
    await host.boot();
    // The recover timer of the host itself, a moment after boot: nobody asks for it.
    const said = await until("the host has decided", 60, async () => {
      const { said } = await web.call("result", key);
      return said["state"] === "done" ? said : undefined;
    });
    expect(said).toMatchObject({ recovered: "yes" });
    expect(said["outcome"]).toMatch(kind === "bad" ? /^reverted$/ : /^(activated|reverted)$/);
    await serveWhole(said["release"]!);
    expect(said["release"]).toBe(said["outcome"] === "activated" ? fresh : old);
  });
});

describe("the first deployment", () => {
  beforeAll(async () => {
    await cleanHost(host);
    await web.close();
    web = await PreparedHost.prepare(host);
  });

  it("leaves nothing running when it fails", async () => {
    const bad = await web.release(next(), { behaviour: { "never-healthy": true } });
    expect(await web.activate(bad, "within=2")).toMatchObject({
      outcome: "reverted",
      release: "none",
      previous: "none",
    });
    expect(await web.status()).toMatchObject({ "slot.main.release": "none", "slot.main.active": "inactive" });
    expect(await web.serves()).toBe("");
    expect((await host.rootShell(["systemctl", "is-enabled", "orders@main"])).stdout).not.toContain("enabled");
  });

  it("can be taken back to nothing, and survives a reboot until then", async () => {
    const release = await web.release(next());
    expect(await web.activate(release)).toMatchObject({ outcome: "activated", previous: "none" });
    await host.reboot();
    await until("it serves after a reboot", 20, async () => (await web.serves()) || undefined);
    expect(await web.activate("none")).toMatchObject({ outcome: "activated", release: "none", previous: release });
    expect(await web.activate("none")).toMatchObject({ outcome: "unchanged" });
    expect(await web.serves()).toBe("");
  });
});

describe("a hand-made unit", () => {
  const legacy = `[Service]\nUser=orders\nEnvironment=PORT=8080 SIGNALBOX_RELEASE=legacy\nExecStart=/usr/bin/node /opt/legacy/server.mjs\n[Install]\nWantedBy=multi-user.target\n`;

  beforeAll(async () => {
    await cleanHost(host);
    await web.close();
    web = await PreparedHost.prepare(host);
    const release = await web.release(next());
    await host.mustRun(["cp", "-r", `/srv/orders/releases/${release}`, "/opt/legacy"]);
    await host.writeFile("/etc/systemd/system/orders-legacy.service", legacy);
    await host.writeFile("/etc/systemd/system/other.service", legacy);
    await host.mustRun(["systemctl", "enable", "--now", "orders-legacy"]);
    await until("it serves", 10, async () => (await web.serves()) || undefined);
  });

  it("is adopted without a restart, and only when root has listed it", async () => {
    const pid = await host.mustRun(["systemctl", "show", "-P", "MainPID", "orders-legacy"]);
    expect((await web.call("adopt", "orders", "other.service")).said).toMatchObject({ error: "not-adoptable" });
    expect((await web.call("adopt", "orders", "orders-legacy.service")).said).toEqual({
      adopted: "orders-legacy.service",
    });
    expect(await web.status()).toMatchObject({
      adopted: "orders-legacy.service",
      "slot.main.release": "0",
      "slot.main.active": "active",
    });
    expect(await host.mustRun(["systemctl", "show", "-P", "MainPID", "orders-legacy"])).toBe(pid);
  });

  it("serves again when its first successor is bad", async () => {
    const bad = await web.release(next(), { behaviour: { "never-healthy": true } });
    expect(await web.activate(bad, "within=2")).toMatchObject({ outcome: "reverted", release: "0" });
    expect(await web.serves()).toBe("legacy");
    expect((await host.rootShell(["systemctl", "is-enabled", "orders-legacy"])).stdout).toBe("enabled\n");
  });

  it("makes way for a release, and comes back as release 0", async () => {
    const release = await web.release(next());
    expect(await web.activate(release)).toMatchObject({ outcome: "activated", previous: "0" });
    expect(await web.serves()).toBe(numberOf(release));
    expect((await host.rootShell(["systemctl", "is-enabled", "orders-legacy"])).stdout).toBe("disabled\n");
    expect(await web.activate("0")).toMatchObject({ outcome: "activated", release: "0", previous: release });
    expect(await web.serves()).toBe("legacy");
    expect((await host.rootShell(["systemctl", "is-active", "orders@main"])).stdout).toBe("inactive\n");
    expect(await web.activate("0")).toMatchObject({ outcome: "unchanged" });
  });
});
