import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { cleanHost, sharedHosts } from "../test/support/shared-hosts.ts";
import { until } from "../testbed/command.ts";
import { PreparedHost } from "./prepared-host.ts";

const host = sharedHosts().host("web-1");
let web: PreparedHost;

beforeAll(async () => {
  await cleanHost(host);
  web = await PreparedHost.prepare(host);
});
afterAll(async () => {
  await web.close();
  await cleanHost(host);
});

let number = 0;
/** Release ids count up, so that no test depends on another's. */
const next = (): string => `${(number += 1)}-0123456789ab`;

describe("an activation", () => {
  it("replaces the old release by the new one, and says how long the service was down", async () => {
    const [first, second] = [await web.release(next()), await web.release(next())];
    expect(await web.activate(first)).toMatchObject({
      state: "done",
      outcome: "activated",
      release: first,
      previous: "none",
    });
    const result = await web.activate(second, `version-path=/version`, `version-expect=${number}`);
    expect(result).toMatchObject({
      outcome: "activated",
      release: second,
      previous: first,
      killed: "no",
      recovered: "no",
    });
    expect(Number(result["down-ms"])).toBeGreaterThan(0);
    expect(Number(result["down-ms"])).toBeLessThan(5000);
    expect(await web.serves()).toBe(String(number));
    expect(await web.status()).toMatchObject({
      "slot.main.release": second,
      "slot.main.previous": first,
      "slot.main.active": "active",
      "slot.main.drift": "no",
      installation: "inst-a",
      epoch: "1",
    });
  });

  it("reloads systemd only when the unit changed", async () => {
    expect((await web.activate(await web.release(next()))).reload).toBe("no");
    expect((await web.activate(await web.release(next(), { unit: ["Service.Nice=1"] }))).reload).toBe("yes");
    expect((await web.activate(await web.release(next()))).reload).toBe("yes");
  });

  it("changes nothing when asked for what is there, and restarts it when asked to", async () => {
    const release = await web.release(next());
    await web.activate(release);
    const pid = await host.mustRun(["systemctl", "show", "-P", "MainPID", "orders@main"]);
    expect(await web.activate(release)).toMatchObject({ outcome: "unchanged", release });
    expect(await host.mustRun(["systemctl", "show", "-P", "MainPID", "orders@main"])).toBe(pid);
    expect(await web.activate(release, "restart=yes")).toMatchObject({ outcome: "activated", release });
    expect(await host.mustRun(["systemctl", "show", "-P", "MainPID", "orders@main"])).not.toBe(pid);
  });

  it("takes new settings of the same release as a change, and restores the old ones when they are bad", async () => {
    const release = await web.release(next());
    await web.activate(release);
    const before = (await web.status())["slot.main.settings"];
    await web.stage(release, { environment: { BEHAVIOUR_NEVER_HEALTHY: "true" } });
    expect((await web.status())["slot.main.settings"]).toBe(before);
    expect(await web.activate(release, "within=2")).toMatchObject({ outcome: "reverted", release });
    expect((await web.status())["slot.main.settings"]).toBe(before);
    expect(await web.serves()).toBe(String(number));
  });

  it("is started again more often than systemd would allow", async () => {
    const releases = [await web.release(next()), await web.release(next())];
    for (let count = 0; count < 8; count += 1)
      expect((await web.activate(releases[count % 2]!, "stable=0", "successes=1"))["outcome"]).toBe("activated");
  });

  it("tells its stages from any byte on", async () => {
    const key = web.key();
    await web.begin(key, await web.release(next()));
    const whole = await web.call("follow", key, "0", "30");
    expect(whole.stdout.match(/^stage=\w+(?= at=\d{13}$)/gm)).toEqual([
      "stage=switch",
      "stage=stop",
      "stage=start",
      "stage=verify",
    ]);
    const offset = whole.stdout.indexOf("stage=start");
    expect((await web.call("follow", key, String(offset), "0")).stdout).toBe(whole.stdout.slice(offset));
    expect((await web.call("follow", "never-heard-of", "0", "0")).said).toMatchObject({ state: "unknown" });
  });

  it.each([
    ["active", ["health=active", "stable=1"]],
    ["a port that takes connections", ["health=tcp", "port=8080"]],
    ["a command of the run user", ["health=command", "command=/usr/bin/test", "command=-r", "command=server.mjs"]],
  ])("takes %s as health", async (_name, options) => {
    const release = await web.release(next());
    expect(await web.activate(release, ...options)).toMatchObject({ outcome: "activated", release });
  });

  it("says when the old process had to be killed", async () => {
    await web.activate(await web.release(next(), { behaviour: { "ignore-sigterm": true } }));
    expect(await web.activate(await web.release(next()))).toMatchObject({ outcome: "activated", killed: "yes" });
    await web.activate(await web.release(next(), { behaviour: { "ignore-sigterm": true } }));
    expect(await web.activate(await web.release(next()), "stop-within=1")).toMatchObject({
      outcome: "activated",
      killed: "yes",
    });
  });
});

const stray = `require("http").createServer((request, response) => response.end("ok")).listen(8081)`;

describe("a bad release is taken back", () => {
  let good: string;
  beforeAll(async () => {
    good = await web.release(next());
    expect((await web.activate(good))["release"]).toBe(good);
  });

  it.each<
    [
      string,
      string,
      { behaviour?: Record<string, string | number | boolean>; unit?: string[]; environment?: Record<string, string> },
      string[],
    ]
  >([
    ["ends at its start", "crashed", { behaviour: { "crash-at-start": true } }, ["within=30"]],
    ["ends after it was healthy", "crashed", { behaviour: { "crash-after-ms": 700 } }, ["within=30", "stable=3"]],
    [
      "ends without a restart",
      "crashed",
      { behaviour: { "crash-at-start": true }, unit: ["Service.Restart=no"] },
      ["within=30"],
    ],
    ["answers 503", "never-healthy", { behaviour: { "never-healthy": true } }, ["within=2"]],
    ["never answers", "never-healthy", { behaviour: { "hang-health": true } }, ["within=2", "probe-limit=1"]],
    ["answers without an end", "never-healthy", { behaviour: { "huge-health": true } }, ["within=2"]],
    ["does not listen", "never-healthy", { environment: { PORT: "8082" } }, ["within=2"]],
    ["is of another version", "wrong-version", {}, ["version-path=/version", "version-expect=42"]],
    ["has no program", "start-failed", { unit: ["Service.ExecStart=/nowhere/to/be/found"], environment: {} }, []],
    ["fails its command", "never-healthy", {}, ["health=command", "command=/usr/bin/false", "within=2"]],
  ])("when it %s", async (_name, reason, options, activation) => {
    const bad = await web.release(
      next(),
      reason === "start-failed" ? { unit: ["Service.ExecStartPre=/nowhere/to/be/found"] } : options,
    );
    const result = await web.activate(bad, ...activation);
    expect(result).toMatchObject({ outcome: "reverted", reason, release: good });
    expect(result["invocation"]).toMatch(/^[0-9a-f]{32}$/);
    expect(await web.serves()).toBe(good.split("-")[0]);
    expect(await web.status()).toMatchObject({
      "slot.main.release": good,
      "slot.main.active": "active",
      "slot.main.drift": "no",
    });
  });

  it("when somebody else answers on its port", async () => {
    await host.mustRun(["systemd-run", "--unit=stray", "node", "-e", stray]);
    try {
      await until(
        "the stray process listens",
        10,
        async () => (await host.rootShell(["curl", "-s", "http://127.0.0.1:8081/"])).code === 0 || undefined,
      );
      const bad = await web.release(next(), { environment: { PORT: "8081" } });
      expect(await web.activate(bad, "health=http:/", "port=8081", "within=3")).toMatchObject({
        outcome: "reverted",
        reason: "port-not-owned",
        release: good,
      });
    } finally {
      await host.mustRun(["systemctl", "stop", "stray"]);
    }
  });

  it("and its journal tells why", async () => {
    const result = await web.activate(
      await web.release(next(), { behaviour: { "crash-at-start": true } }),
      "within=30",
    );
    const { stdout } = await web.call("journal", "orders", "main", `invocation=${result["invocation"]}`, "lines=50");
    expect(stdout).toContain("Port 8080 is already in use.");
    expect(stdout).not.toContain(`release ${good.split("-")[0]},`);
  });

  it("but when the old one does not come back either, a person is needed", async () => {
    // The old release is damaged on disk while it runs.
    await host.mustRun(["rm", `/srv/orders/releases/${good}/server.mjs`]);
    expect(
      await web.activate(await web.release(next(), { behaviour: { "never-healthy": true } }), "within=2"),
    ).toMatchObject({ outcome: "failed", reason: "never-healthy" });
  });
});

describe("a key", () => {
  it("is never run twice, and stands for one request", async () => {
    const key = web.key();
    const release = await web.release(next());
    expect((await web.begin(key, release, "stable=1")).said).toMatchObject({ state: "started" });
    expect((await web.begin(key, release, "stable=1")).said).toMatchObject({ state: "running" });
    const { said } = await web.call("follow", key, "0", "30");
    const pid = await host.mustRun(["systemctl", "show", "-P", "MainPID", "orders@main"]);
    expect((await web.begin(key, release, "stable=1")).said).toMatchObject({
      state: "done",
      outcome: "activated",
      at: said["at"],
    });
    expect(await host.mustRun(["systemctl", "show", "-P", "MainPID", "orders@main"])).toBe(pid);
    expect((await web.begin(key, release, "stable=2")).said).toMatchObject({ error: "key-reused" });
  });

  it("has to wait while another one is at work", async () => {
    const [first, second] = [web.key(), web.key()];
    await web.begin(first, await web.release(next()), "stable=1");
    const refused = await web.begin(second, await web.release(next()));
    expect([refused.code, refused.said["error"]]).toEqual([3, "busy"]);
    expect((await web.call("follow", first, "0", "30")).said).toMatchObject({ outcome: "activated" });
    expect((await web.call("result", second)).said).toEqual({ state: "unknown" });
  });
});

describe("an installation", () => {
  it("is fenced off by a newer epoch and by a take-over, which it can read", async () => {
    const release = await web.release(next());
    expect((await web.activate(release, "epoch=7"))["outcome"]).toBe("activated");
    expect(await web.activate(release, "epoch=6")).toMatchObject({ error: "stale-epoch" });
    expect(await web.activate(release, "installation=inst-b", "epoch=9")).toMatchObject({
      error: "other-installation",
    });
    await web.call("take-over", "orders", "inst-b", "1", "the first server burnt down");
    expect(await web.activate(release, "epoch=8")).toMatchObject({ error: "other-installation" });
    expect(await web.status()).toMatchObject({
      installation: "inst-b",
      epoch: "1",
      "take-over-reason": "the first server burnt down",
    });
    expect((await web.activate(release, "installation=inst-b", "epoch=1"))["outcome"]).toBe("unchanged");
    await web.call("take-over", "orders", "inst-a", "1", "back again");
  });
});

describe("cancel", () => {
  it("takes an unhealthy release back soon, and lets a healthy one stay", async () => {
    const good = await web.release(next());
    await web.activate(good);
    const bad = web.key();
    await web.begin(bad, await web.release(next(), { behaviour: { "never-healthy": true } }), "within=600");
    await web.reached(bad, "verify");
    const cancelled = await web.call("cancel", bad);
    expect(cancelled.said).toMatchObject({ state: "done", outcome: "reverted", release: good, recovered: "yes" });

    const fine = web.key();
    const better = await web.release(next());
    await web.begin(fine, better, "stable=20");
    await web.reached(fine, "verify");
    // Its health is asked for anew, for as long as before.
    expect((await web.call("cancel", fine)).said).toMatchObject({
      state: "done",
      outcome: "activated",
      release: better,
      reason: "cancelled",
    });
    expect((await web.call("cancel", fine)).said).toMatchObject({ state: "done", outcome: "activated" });
    expect((await web.call("cancel", "never-heard-of")).said).toEqual({ state: "unknown" });
  });
});

describe("releases", () => {
  it("are pruned, except those that serve or could be gone back to", async () => {
    const [old, previous, current] = [await web.release(next()), await web.release(next()), await web.release(next())];
    await web.activate(previous);
    await web.activate(current);
    const { stdout } = await web.call("prune", "orders", old, previous, current);
    expect(stdout).toBe(`removed=${old}\nkept=${previous} reason=in-use\nkept=${current} reason=in-use\n`);
    expect(await host.mustRun(["ls", "/srv/orders/releases"])).not.toContain(old);
    expect(await web.status()).not.toHaveProperty(`release.${old}.settings`);
  });

  it("show when somebody changed their unit by hand", async () => {
    await web.activate(await web.release(next()));
    const unit = "/etc/systemd/system/orders@main.service";
    await host.mustRun(["sed", "-i", "s/^Restart=.*/Restart=no/", unit]);
    expect(await web.status()).toMatchObject({ "slot.main.drift": "yes" });
    expect(await web.activate(await web.release(next()))).toMatchObject({ outcome: "activated", reload: "yes" });
    expect(await web.status()).toMatchObject({ "slot.main.drift": "no" });
    await host.writeFile("/etc/systemd/system/orders@main.service.d/more.conf", "[Service]\nNice=3\n");
    await host.mustRun(["systemctl", "daemon-reload"]);
    expect(await web.status()).toMatchObject({ "slot.main.drift": "yes" });
    await host.mustRun(["rm", "-r", "/etc/systemd/system/orders@main.service.d"]);
  });
});
