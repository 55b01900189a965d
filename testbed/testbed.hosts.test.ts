import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import { cleanHosts, sharedHosts } from "../test/support/shared-hosts.ts";
import { everyRun, ownerOf, sweep, tracesOf } from "./runs.ts";

const bed = sharedHosts();
const host = bed.host("web-1");

beforeAll(() => cleanHosts());

describe("a host of the testbed", () => {
  it.each(["deploy", "builder", "root"])("lets %s log in by key, with its own host key pinned", async (user) => {
    const { stdout, stderr } = await host.ssh("id -un; hostname", user);
    expect([stdout, stderr]).toEqual([`${user}\nweb-1\n`, ""]);
  });

  it("gives deploy and builder no way to become root", async () => {
    for (const user of ["deploy", "builder"]) expect((await host.ssh("sudo -n id", user)).code).not.toBe(0);
  });

  it("runs a real systemd with nothing failed", async () => {
    await host.mustRun(["systemd-run", "--quiet", "--wait", "--property=DynamicUser=yes", "true"]);
    expect(await host.mustRun(["systemctl", "--failed", "--no-legend"])).toBe("");
    expect(await host.mustRun(["systemctl", "is-system-running"])).toBe("running\n");
  });

  it("reaches the other hosts and the controller by name, and nothing beyond", async () => {
    for (const name of ["controller", "web-2", "web-4"]) await host.mustRun(["ping", "-c1", "-W2", name]);
    expect((await host.rootShell(["ping", "-c1", "-W1", "192.0.2.1"])).stderr).toContain("Network is unreachable");
  });

  it("has an id of its own", async () => {
    const ids = await Promise.all(Object.values(bed.hosts).map((host) => host.readFile("/etc/machine-id")));
    expect(new Set(ids).size).toBe(Object.keys(bed.hosts).length);
  });

  it("keeps its files, ids and journal over a reboot, and forgets them with a reset", async () => {
    const id = await host.readFile("/etc/machine-id");
    await host.writeFile("/srv/kept", "content", { mode: "0600", owner: "deploy" });
    await host.mustRun(["logger", "--tag", "before", "the night"]);
    await host.reboot();
    expect((await host.ssh("cat /srv/kept")).stdout).toBe("content");
    expect(await host.mustRun(["journalctl", "--boot=-1", "--identifier=before", "--output=cat"])).toBe("the night\n");

    await host.reset();
    expect((await host.rootShell(["cat", "/srv/kept"])).code).toBe(1);
    expect(await host.readFile("/etc/machine-id")).toBe(id);
    expect((await host.ssh("hostname")).stdout).toBe("web-1\n");
  });
});

describe("a testbed whose owner was killed", () => {
  /** Starts a process that owns a testbed, and kills it when its output says so. */
  async function killOwner(when: string, afterMs: number): Promise<void> {
    const program = `
      import { startTestbed } from ${JSON.stringify(join(import.meta.dirname, "testbed.ts"))};
      await startTestbed({ hosts: ["lost-1", "lost-2"], say: console.log });
      console.log("up");
      setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(owner, "exit");
    for await (const output of owner.stdout) if (`${output}`.includes(when)) break;
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    owner.kill("SIGKILL");
    await exited;
  }

  it.each([
    { moment: "when it was up", when: "up", afterMs: 0 },
    { moment: "in the middle of booting", when: "Booting", afterMs: 150 },
  ])("is taken down to the last trace by the next sweep: $moment", async ({ when, afterMs }) => {
    await killOwner(when, afterMs);
    const dead = everyRun().filter((run) => ownerOf(run) === "dead");
    expect(dead).toHaveLength(1);
    expect(tracesOf(dead[0] ?? "").length).toBeGreaterThan(1);

    expect(await sweep()).toEqual(dead);
    expect(dead.flatMap(tracesOf)).toEqual([]);
    expect(everyRun()).toContain(bed.facts.run);
    expect((await host.ssh("hostname")).stdout).toBe("web-1\n");
  });
});
