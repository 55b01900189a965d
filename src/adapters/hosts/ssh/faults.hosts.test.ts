import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { cleanHost, sharedHosts } from "../../../../test/support/shared-hosts.ts";
import type { HostAddress, HostUnreachable } from "../../../ports/hosts.ts";
import { SshHosts, type SshHostsSetup } from "./ssh-hosts.ts";

const anotherKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPKfm9zIZR0VJWAFkiPhGMEiMJiTbzNk1cZ1mTKrPXCT";
const echo = { argv: ["echo", "here"], limitSeconds: 10 } as const;
const here = { code: 0, stdout: "here\n", stderr: "", truncated: false };

describe("hosts by ssh, when something is wrong", () => {
  const web3 = () => sharedHosts().host("web-3");
  const web4 = () => sharedHosts().host("web-4");
  const opened: SshHosts[] = [];

  /** A second server, so to speak, that may know hosts differently. */
  function server(changes: Record<string, Partial<HostAddress>> = {}, setup: Partial<SshHostsSetup> = {}): SshHosts {
    const hosts = new SshHosts({ find: (name) => addressOf(name, changes[name]), ...setup });
    opened.push(hosts);
    return hosts;
  }

  const failure = (running: Promise<unknown>): Promise<HostUnreachable> =>
    running.then(
      () => expect.fail("It did not fail."),
      (error: unknown) => error as HostUnreachable,
    );

  beforeEach(async () => {
    await Promise.all([web3().restore(), web4().restore(), web3().thaw()]);
  });
  afterEach(async () => {
    await Promise.all([web3().restore(), web4().restore(), web3().thaw()]);
    await Promise.all(opened.splice(0).map((hosts) => hosts.close()));
  });

  describe("a host key that is not a pinned one", () => {
    it("stops that host before any login, and no other", async () => {
      const hosts = server({ "web-3": { hostKeys: [anotherKey] } });
      const since = (await web3().mustRun(["date", "+%s"])).trim();
      const [bad, good] = await Promise.all([failure(hosts.run("web-3", echo)), hosts.run("web-4", echo)]);

      expect(bad).toMatchObject({ name: "HostUnreachable", host: "web-3", because: "host-key-changed", sent: false });
      expect(bad.message).toContain("not one of the pinned ones");
      expect(good).toEqual(here);
      const journal = await web3().mustRun(["journalctl", "--since", `@${since}`, "-t", "sshd", "-t", "sshd-session"]);
      expect(journal).not.toMatch(/authenticating user|Accepted|Failed/);
    });

    it("of a jump host stops what lies behind it", async () => {
      const hosts = server({ "web-3": { hostKeys: [anotherKey] }, "web-4": { jump: "web-3" } });
      const error = await failure(hosts.run("web-4", echo));
      expect(error).toMatchObject({ host: "web-4", because: "jump-host-failed", sent: false });
      expect(error.message).toContain("not one of the pinned ones");
    });

    it("is refused without a connection when there is none pinned", async () => {
      const hosts = server({ "web-3": { hostKeys: [] } });
      expect(await failure(hosts.run("web-3", echo))).toMatchObject({ because: "host-key-unknown", sent: false });
    });

    it("does not matter beside a pinned one: two keys are valid while one is being replaced", async () => {
      const pinned = addressOf("web-3")?.hostKeys ?? [];
      expect(await server({ "web-3": { hostKeys: [anotherKey, ...pinned] } }).run("web-3", echo)).toEqual(here);
    });
  });

  it.each([
    ["a wrong user", { user: "nobody-here" }, "permission-denied"],
    ["a key that is not there", { identityFile: "/tmp/no-such-key" }, "permission-denied"],
    ["a name that does not exist", { address: "no-such-host.invalid" }, "name-not-found"],
    ["a port on which nothing listens", { port: 1 }, "connection-refused"],
  ] as const)("says clearly what is wrong with %s", async (_, change, because) => {
    const error = await failure(server({ "web-3": change }).run("web-3", echo));
    expect(error).toMatchObject({ host: "web-3", because, sent: false });
    expect(error.message).toMatch(/^web-3 \(.*\): .*\n {2}OpenSSH says: .*\n {2}Next: .*\.$/);
  });

  describe("a host that falls silent", () => {
    it("before the connection is timed out, untouched", async () => {
      await web3().blackhole();
      const began = performance.now();
      const error = await failure(server({}, { options: { connectTimeoutSeconds: 3 } }).run("web-3", echo));
      expect(error).toMatchObject({ because: "connection-timed-out", sent: false });
      expect(performance.now() - began).toBeLessThan(6000);
    });

    it("in the middle is noticed in about 15 s, and is found again afterwards", async () => {
      const hosts = server();
      const error = failure(hosts.run("web-3", { argv: ["sleep", "100"], limitSeconds: 200 }));
      await sleep(1000);
      await web3().blackhole();
      const began = performance.now();
      expect(await error).toMatchObject({ because: "connection-lost", sent: true });
      expect(performance.now() - began).toBeLessThan(21_000);

      await web3().restore();
      expect(await hosts.run("web-3", echo)).toEqual(here);
    });

    it("because its cable is pulled is noticed as well", async () => {
      const hosts = server({}, { options: { keepAliveSeconds: 1 } });
      const error = failure(hosts.run("web-3", { argv: ["sleep", "100"], limitSeconds: 200 }));
      await sleep(1000);
      await web3().cut();
      expect(await error).toMatchObject({ because: "connection-lost", sent: true });
      expect(await failure(hosts.run("web-3", echo))).toMatchObject({ because: "connection-timed-out", sent: false });
    });

    it("because it is frozen is noticed, also while connecting", async () => {
      const hosts = server({}, { options: { keepAliveSeconds: 1, connectTimeoutSeconds: 3 } });
      const error = failure(hosts.run("web-3", { argv: ["sleep", "100"], limitSeconds: 200 }));
      await sleep(1000);
      await web3().freeze();
      expect(await error).toMatchObject({ because: "connection-lost", sent: true });
      expect(await failure(hosts.run("web-3", echo))).toMatchObject({ because: "connection-timed-out", sent: false });
      await web3().thaw();
      expect(await hosts.run("web-3", echo)).toEqual(here);
    });

    it("leaves what waits behind a command unsent", async () => {
      const hosts = server({}, { options: { keepAliveSeconds: 1 } });
      const commands = Array.from({ length: 6 }, () =>
        failure(hosts.run("web-3", { argv: ["sleep", "100"], limitSeconds: 200 })),
      );
      await sleep(1000);
      await web3().blackhole();
      expect((await Promise.all(commands)).map((error) => error.sent)).toEqual([true, true, true, true, false, false]);
    });
  });

  describe("a jump host", () => {
    it("carries the connection to the host behind it", async () => {
      const hosts = server({ "web-4": { jump: "web-3" } });
      const { stdout } = await hosts.run("web-4", {
        argv: ["sh", "-c", "hostname; echo $SSH_CONNECTION"],
        limitSeconds: 5,
      });
      expect(stdout).toContain("web-4\n");
      expect(stdout).toContain(web3().address);
    });

    it("says which of the two could not be reached", async () => {
      const behind = await failure(server({ "web-4": { jump: "web-3", port: 1 } }).run("web-4", echo));
      expect(behind).toMatchObject({ host: "web-4", because: "connection-refused", sent: false });
      expect(behind.message).toContain("web-3 could not connect to it");

      const jump = await failure(server({ "web-3": { port: 1 }, "web-4": { jump: "web-3" } }).run("web-4", echo));
      expect(jump).toMatchObject({ host: "web-4", because: "jump-host-failed", sent: false });
    });

    it("may give no shell", async () => {
      await web3().mustRun(["useradd", "--create-home", "--shell", "/usr/sbin/nologin", "passer"]);
      await web3().mustRun(["sh", "-c", "cp -r ~deploy/.ssh ~passer/ && chown -R passer: ~passer/.ssh"]);
      const hosts = server({ "web-3": { user: "passer" }, "web-4": { jump: "web-3" } });
      expect(await failure(hosts.run("web-3", echo))).toMatchObject({ because: "not-a-posix-shell" });
      expect(await hosts.run("web-4", echo)).toEqual(here);
      await web3().mustRun(["userdel", "--force", "--remove", "passer"]);
    });
  });

  describe("a login", () => {
    it("that prints what it likes disturbs no answer", async () => {
      const noise = "echo garbage; echo more >&2; printf 'no newline ~0123e 1 0\\n'; head -c 100000 /dev/urandom\n";
      await web4().writeFile("/home/deploy/.bashrc", noise, { owner: "deploy" });
      await web4().mustRun(["usermod", "--shell", "/bin/bash", "deploy"]);
      expect((await web4().ssh("true")).stdout).toContain("garbage");
      expect(await server().run("web-4", echo)).toEqual(here);
      expect(await server().run("web-4", { ...echo, channel: "bulk" })).toEqual(here);
      await web4().mustRun(["usermod", "--shell", "/bin/sh", "deploy"]);
      await web4().mustRun(["rm", "/home/deploy/.bashrc"]);
    });

    it("keeps the marker of the frames from every process on the host", async () => {
      const script =
        "for p in $PPID $$ self; do cat /proc/$p/cmdline /proc/$p/environ; done; env; set; ps axeww 2>/dev/null";
      const { stdout } = await server().run("web-4", { argv: ["sh", "-c", script], limitSeconds: 10 });
      expect(stdout).toContain("IFS= read -r m");
      expect(stdout).not.toMatch(/~[0-9a-f]{32}/);
    });
  });

  it("starts nothing for a host whose name or address could be an option", async () => {
    for (const change of [
      { address: "-oProxyCommand=touch /tmp/canary" },
      { user: "-oProxyCommand=x" },
      { user: "a b" },
      { address: "a;b" },
      { address: "%h" },
      { address: "a\nProxyCommand touch /tmp/canary" },
      { jump: "-oProxyCommand=x" },
      { port: 0 },
      { identityFile: '/tmp/"\nProxyCommand x' },
    ]) {
      expect((await failure(server({ "web-3": change }).run("web-3", echo))).name).toBe("RefusedAddress");
    }
  });

  it("means another machine as soon as the configuration does", async () => {
    let current = addressOf("web-3");
    const hosts = server({}, { find: () => current && { ...current, name: "moved" } });
    expect((await hosts.run("moved", { argv: ["hostname"], limitSeconds: 5 })).stdout).toBe("web-3\n");
    current = addressOf("web-4");
    expect((await hosts.run("moved", { argv: ["hostname"], limitSeconds: 5 })).stdout).toBe("web-4\n");
  });

  it("shares its connection with rsync, and with nothing when it is gone", async () => {
    const hosts = server();
    const { program, argv, destination } = await hosts.sharedConnection("web-3");
    const again = () => exitOf(program, [...argv, destination, "hostname"]);
    expect(await again()).toEqual([0, "web-3\n"]);
    await hosts.close();
    expect((await again())[0]).not.toBe(0);
  });

  it("leaves nothing behind when the server is killed", async () => {
    const directory = await mkdtemp(join(tmpdir(), "sb-"));
    const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", victim(directory)], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, HOST: JSON.stringify(addressOf("web-3")) },
    });
    await once(child.stdout, "data");
    expect(await sshProcesses(directory)).toBe(2);
    child.kill("SIGKILL");
    await expect.poll(() => sshProcesses(directory), { timeout: 5000 }).toBe(0);
    await expect
      .poll(() => web3().mustRun(["sh", "-c", "ps axww | grep 'deploy@notty' | grep -v grep | wc -l"]), {
        timeout: 10_000,
      })
      .toBe("0\n");

    expect(await readdir(directory)).toHaveLength(1);
    const next = server({}, { directory });
    await next.run("web-4", echo);
    expect(await readdir(directory)).toHaveLength(1);
    await next.close();
    expect(await readdir(directory)).toEqual([]);
    await rm(directory, { recursive: true });
    await web3().rootShell(["pkill", "-x", "sleep"]);
  });
});

describe("a host that has lost its power", () => {
  const web4 = () => sharedHosts().host("web-4");
  const hosts = new SshHosts({ find: addressOf, options: { keepAliveSeconds: 1 } });
  // What other tests changed there is perhaps not on its disk yet, and would be lost with the power.
  beforeAll(() => cleanHost(web4()));
  afterAll(() => Promise.all([hosts.close(), cleanHost(web4())]));

  it("is found again when it is back", async () => {
    expect(await hosts.run("web-4", echo)).toEqual(here);
    await web4().powerCut();
    await expect(hosts.run("web-4", echo)).rejects.toMatchObject({ name: "HostUnreachable" });
    await web4().boot();
    expect(await hosts.run("web-4", echo)).toEqual(here);
  });
});

function addressOf(name: string, change: Partial<HostAddress> = {}): HostAddress | undefined {
  const facts = sharedHosts().facts.hosts.find((host) => host.name === name);
  return facts && { ...facts, hostKeys: [facts.hostKey], ...change };
}

/** A server that runs two commands, says so, and waits to be killed. */
function victim(directory: string): string {
  return `
    import { SshHosts } from ${JSON.stringify(import.meta.resolve("./ssh-hosts.ts"))};
    const hosts = new SshHosts({ find: () => JSON.parse(process.env.HOST), directory: ${JSON.stringify(directory)} });
    await hosts.run("web-3", { argv: ["true"], limitSeconds: 5 });
    void hosts.run("web-3", { argv: ["sleep", "300"], limitSeconds: 500 });
    void hosts.run("web-3", { argv: ["sh", "-c", "echo begun; sleep 300"], limitSeconds: 500, channel: "bulk", onOutput: () => console.log("begun") });
  `;
}

async function sshProcesses(directory: string): Promise<number> {
  const [, list] = await exitOf("ps", ["axww", "-o", "args"]);
  return list.split("\n").filter((line) => line.startsWith("ssh ") && line.includes(directory)).length;
}

async function exitOf(program: string, argv: readonly string[]): Promise<[number | null, string]> {
  const child = spawn(program, argv, { stdio: ["ignore", "pipe", "ignore"] });
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return [code, stdout];
}
