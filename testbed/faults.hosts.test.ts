import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, beforeAll, describe, expect, it } from "vitest";

import { cleanHost, cleanHosts, sharedHosts } from "../test/support/shared-hosts.ts";
import { attempt } from "./command.ts";

const bed = sharedHosts();
const host = bed.host("web-1");
const other = bed.host("web-2");

/** A login that gives up soon. */
const tryLogin = async (seconds: number): Promise<string> => {
  const [ssh = "", ...rest] = host.sshCommand();
  const { code, stderr } = await attempt([ssh, "-o", `ConnectTimeout=${seconds}`, ...rest, "true"]);
  return code === 0 ? "logged in" : stderr.trim();
};

async function connectTo(address: string, port: number): Promise<Socket> {
  const socket = createConnection({ host: address, port });
  await once(socket, "connect");
  return socket;
}

beforeAll(() => cleanHosts());
afterEach(() => cleanHost(host));

describe("the network of a host", () => {
  it("is unreachable after a cut, and back after a restore", async () => {
    await host.cut();
    expect(await tryLogin(10)).toContain("No route to host");
    await host.restore();
    expect(await tryLogin(10)).toBe("logged in");
  });

  it("is silent in a black hole: connects time out, an open session hangs and goes on afterwards", async () => {
    const session = await connectTo(host.address, 22);
    await once(session, "data");
    await host.blackhole();
    const fromOther = other.rootShell(["curl", "-sS", "--max-time", "5", `telnet://${host.address}:22`]);
    expect(await tryLogin(5)).toContain("timed out");
    expect((await fromOther).stderr).toContain("timed out");
    expect(session.closed).toBe(false);

    await host.restore();
    session.write("no ssh client\r\n");
    expect(`${await once(session, "data")}`).toContain("Invalid SSH");
    session.destroy();
  });

  it("takes its time behind a slow line, which breaks when it is told to", async () => {
    const answer = 'require("net").createServer((socket) => socket.end(Buffer.alloc(100_000))).listen(8080)';
    await host.mustRun(["systemd-run", "--quiet", "node", "-e", answer]);
    await expect.poll(() => host.mustRun(["ss", "-Hltn"])).toContain(":8080");
    const receive = async (address: string, port: number): Promise<{ bytes: number; ms: number }> => {
      const started = performance.now();
      const socket = await connectTo(address, port);
      let bytes = 0;
      for await (const chunk of socket) bytes += (chunk as Buffer).length;
      return { bytes, ms: performance.now() - started };
    };

    const direct = await receive(host.address, 8080);
    const relay = await host.slow({ delayMs: 100, bytesPerSecond: 200_000 }, 8080);
    const slow = await receive(relay.address, relay.port);
    await relay.close();
    expect(direct.bytes).toBe(100_000);
    expect(direct.ms).toBeLessThan(500);
    expect(slow.bytes).toBe(100_000);
    expect(slow.ms).toBeGreaterThan(600);

    const breaking = await host.slow({ breakAfterBytes: 1000 });
    const socket = await connectTo(breaking.address, breaking.port);
    socket.write("x".repeat(2000));
    await expect(once(socket, "close")).rejects.toThrow("ECONNRESET");
    await breaking.close();
  });
});

describe("a host that is frozen", () => {
  it("accepts connections and says nothing, until it thaws", async () => {
    await host.freeze();
    const socket = await connectTo(host.address, 22);
    const banner = once(socket, "data");
    expect(await Promise.race([banner, sleep(1000, "silence")])).toBe("silence");
    await host.thaw();
    expect(`${await banner}`).toContain("SSH-2.0");
    socket.destroy();
  });
});

describe("a power cut", () => {
  it("keeps a synced file, loses an unsynced one, and ends sessions without a word", async () => {
    await host.mustRun(["sh", "-c", "echo kept >/srv/synced; sync; echo lost >/srv/unsynced"]);
    const session = await connectTo(host.address, 22);
    await once(session, "data");
    await host.powerCut();
    expect(session.closed).toBe(false);
    session.destroy();

    await host.boot();
    expect(await host.readFile("/srv/synced")).toBe("kept\n");
    expect((await host.rootShell(["cat", "/srv/unsynced"])).stdout).toBe("");
    expect(await tryLogin(5)).toBe("logged in");
  });

  it("is not what an orderly shutdown is: that loses nothing", async () => {
    await host.mustRun(["sh", "-c", "echo kept >/srv/unsynced"]);
    await host.powerOff();
    await host.boot();
    expect(await host.readFile("/srv/unsynced")).toBe("kept\n");
  });
});

describe("the disk of a host", () => {
  it("is full for everybody, root included, until it is emptied", async () => {
    await host.fillDisk();
    for (const user of ["root", "deploy"])
      expect(
        (await host.ssh("head -c 100000 /dev/zero >/var/tmp/file-$$ && sync /var/tmp/file-$$", user)).code,
      ).not.toBe(0);
    expect((await host.ssh("head -c 100000 /dev/zero >~/file")).stderr).toContain("No space left on device");
    host.emptyDisk();
    expect((await host.ssh("head -c 100000 /dev/zero >~/file && sync ~/file")).code).toBe(0);
  });

  it("can be left with a little space", async () => {
    await host.fillDisk(32 << 20);
    expect((await host.ssh("head -c 1000000 /dev/zero >~/small && sync ~/small")).code).toBe(0);
    expect((await host.ssh("head -c 64000000 /dev/zero >~/large")).stderr).toContain("No space left on device");
  });
});

describe("a host without memory", () => {
  it("loses the service that was named, and Restart= brings it back", async () => {
    const properties = ["--property=Restart=always", "--property=RestartSec=100ms"];
    await host.mustRun(["systemd-run", "--quiet", "--unit=hungry", ...properties, "sleep", "inf"]);
    const mainPid = (): Promise<string> => host.mustRun(["systemctl", "show", "-PMainPID", "hungry"]);
    const before = await mainPid();
    await host.outOfMemory("hungry");
    await expect.poll(() => host.mustRun(["systemctl", "show", "-PNRestarts", "hungry"])).toBe("1\n");
    expect(await mainPid()).not.toBe(before);
    expect(await host.mustRun(["journalctl", "--unit=hungry", "--output=cat"])).toContain("KILL");
    expect(await host.mustRun(["systemctl", "is-system-running"])).toBe("running\n");
  });
});
