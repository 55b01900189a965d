/** Two copies of one service side by side: each has its own port, and nothing that is done to one touches the other. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { cleanHost, sharedHosts } from "../test/support/shared-hosts.ts";
import { renderUnit } from "../src/core/unit-file.ts";
import { orders, PreparedHost } from "./prepared-host.ts";

const host = sharedHosts().host("web-1");
const ports = { blue: 8081, green: 8082 };
const lines = [
  ...orders.filter((line) => !/^orders\.(slots|adopts)=/.test(line)),
  "orders.slots=blue green",
  "orders.slot-ports=blue:8081 green:8082",
  "orders.port-variable=PORT",
];
let web: PreparedHost;
let number = 0;

beforeAll(async () => {
  await cleanHost(host);
  web = await PreparedHost.prepare(host, lines);
});
afterAll(async () => {
  await web.close();
  await cleanHost(host);
});

const next = (): Promise<string> => web.release(`${(number += 1)}-0123456789ab`);
const activate = (
  slot: "blue" | "green",
  release: string,
  ...options: string[]
): ReturnType<PreparedHost["activateIn"]> => web.activateIn(slot, release, `port=${ports[slot]}`, ...options);
const begun = async (slot: string): Promise<string> =>
  (await host.mustRun(["systemctl", "show", "-P", "InvocationID", `orders@${slot}`])).trim();

/** What each slot answers: the number of its release. */
async function serving(): Promise<[string, string]> {
  return [await web.serves(ports.blue), await web.serves(ports.green)];
}

describe("two slots", () => {
  it("serve side by side, each on the port that root gave it, whatever was staged", async () => {
    // The staged settings say PORT=8080 for both.
    const [old, fresh] = [await next(), await next()];
    expect(await activate("blue", old)).toMatchObject({ outcome: "activated", release: old });
    const blue = await begun("blue");
    expect(await activate("green", fresh)).toMatchObject({ outcome: "activated", release: fresh, previous: "none" });
    expect(await serving()).toEqual(["1", "2"]);
    expect(await begun("blue")).toBe(blue);
    expect(await web.status()).toMatchObject({
      "slot.blue.release": old,
      "slot.blue.active": "active",
      "slot.blue.drift": "no",
      "slot.green.release": fresh,
      "slot.green.active": "active",
      "slot.green.drift": "no",
    });
    expect(await web.serves(8080)).toBe("");
  });

  it("have the unit that the server shows", async () => {
    const unit = { user: "orders" } as Parameters<typeof renderUnit>[0]["unit"];
    const shown = renderUnit({ service: "orders", root: "/srv/orders", unit, slots: { ports, variable: "PORT" } }, []);
    const installed = (await host.readFile("/etc/systemd/system/orders@blue.service")).split("\n");
    expect(installed.filter((line) => line.startsWith("EnvironmentFile="))).toEqual(
      shown.split("\n").filter((line) => line.startsWith("EnvironmentFile=")),
    );
    expect(installed).toEqual(expect.arrayContaining(shown.split("\n").filter((line) => /^[A-Z]/.test(line))));
  });

  it("are asked on no port but their own", async () => {
    const release = "1-0123456789ab";
    for (const port of [8082, 8080, 22])
      expect(await web.activateIn("blue", release, `port=${port}`)).toMatchObject({ error: "port" });
    expect(await serving()).toEqual(["1", "2"]);
  });

  it("are retired and activated again without touching each other", async () => {
    const green = await begun("green");
    expect(await activate("blue", "none")).toMatchObject({
      outcome: "activated",
      release: "none",
      previous: "1-0123456789ab",
    });
    expect(await serving()).toEqual(["", "2"]);
    expect(await web.status()).toMatchObject({
      "slot.blue.release": "none",
      "slot.blue.previous": "1-0123456789ab",
      "slot.blue.active": "inactive",
      "slot.green.active": "active",
    });
    const third = await next();
    expect(await activate("blue", third)).toMatchObject({ outcome: "activated", release: third, reload: "no" });
    expect(await serving()).toEqual(["3", "2"]);
    expect(await begun("green")).toBe(green);
  });

  it("go back each to what it served, and leave the other alone, when a release is bad", async () => {
    const green = await begun("green");
    const bad = await web.release(`${(number += 1)}-0123456789ab`, { behaviour: { "never-healthy": true } });
    expect(await activate("blue", bad, "within=2")).toMatchObject({ outcome: "reverted", release: "3-0123456789ab" });
    await activate("blue", "none");
    expect(await activate("blue", bad, "within=2")).toMatchObject({ outcome: "reverted", release: "none" });
    expect(await serving()).toEqual(["", "2"]);
    expect(await begun("green")).toBe(green);
    await activate("blue", "3-0123456789ab");
  });

  it("keep the releases that any of them serves or could go back to", async () => {
    const unused = await next();
    const fresh = await next();
    await activate("blue", fresh);
    const all = Array.from({ length: number }, (_, index) => `${index + 1}-0123456789ab`);
    const { stdout } = await web.call("prune", "orders", ...all);
    const kept = [...stdout.matchAll(/^kept=(\S+) reason=in-use$/gm)].map(([, id]) => id);
    expect(kept).toEqual(["2-0123456789ab", "3-0123456789ab", fresh]);
    expect(stdout).toContain(`removed=${unused}`);
  });

  it("are recovered after a kill in the middle, and the other one serves all the while", async () => {
    const [fresh, green] = [await next(), await begun("green")];
    const key = web.key();
    await web.beginIn("blue", key, fresh, "port=8081", "stable=3");
    await web.reached(key, "verify");
    // Nobody else gets in between.
    expect((await web.beginIn("green", web.key(), fresh, "port=8082")).said).toMatchObject({ error: "busy" });
    await host.mustRun(["systemctl", "kill", "-s", "KILL", `signalbox-${key}.service`]);
    await host.mustRun(["systemctl", "start", "signalbox-recover.service"]);
    expect((await web.call("follow", key, "0", "60")).said).toMatchObject({
      state: "done",
      outcome: "activated",
      release: fresh,
      recovered: "yes",
    });
    expect(await serving()).toEqual([String(number), "2"]);
    expect(await begun("green")).toBe(green);
  });

  it("come back both after a power cut", async () => {
    const before = await serving();
    await host.mustRun(["sync"]);
    await host.powerCut();
    await host.boot();
    const { stdout } = await host.rootShell([
      "sh",
      "-c",
      "for n in 1 2 3 4 5 6 7 8 9 10; do curl -sf localhost:8081/healthz && curl -sf localhost:8082/healthz && break; sleep 0.5; done",
    ]);
    expect(stdout).not.toBe("");
    expect(await serving()).toEqual(before);
  });

  it("are prepared once; a changed port is there after the next activation", async () => {
    expect((await web.install(lines)).stdout).not.toContain("changed=");
    expect(await host.mustRun(["stat", "-c", "%U %a", "/var/lib/signalbox/services/orders/blue.slot"])).toBe(
      "root 600\n",
    );
    const changed = lines.map((line) => line.replace("blue:8081", "blue:8083"));
    expect((await web.install(changed)).stdout).toContain("changed=/var/lib/signalbox/services/orders/blue.slot");
    const release = (await web.status())["slot.blue.release"]!;
    expect(await web.activateIn("blue", release, "port=8083")).toMatchObject({ outcome: "activated" });
    expect([await web.serves(8081), await web.serves(8083)]).toEqual(["", String(number)]);
  });

  it.each(["orders.port-variable=A B", "orders.port-variable=1", "orders.slot-ports=blue:80;x"])(
    "are not prepared with %s",
    async (line) => {
      const key = line.split("=")[0]!;
      const { code, stdout } = await web.install([...lines.filter((other) => !other.startsWith(key)), line]);
      expect(code).not.toBe(0);
      expect(stdout).toContain("error=");
    },
  );
});
