import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { sharedHosts } from "../../../../test/support/shared-hosts.ts";
import type { ByteStream, HostAddress } from "../../../ports/hosts.ts";
import { SshHosts } from "./ssh-hosts.ts";

/** Listens on every host, for everybody, and waits for the other side to speak. */
const path = "/run/dbus/system_bus_socket";

describe("a socket by ssh", () => {
  let directory: string;
  let hosts: SshHosts;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "sb-"));
    hosts = new SshHosts({ find: addressOf, directory, options: { keepAliveSeconds: 1, connectTimeoutSeconds: 2 } });
  });
  afterEach(async () => {
    await sharedHosts().host("web-3").restore();
    await hosts.close();
    await rm(directory, { recursive: true });
  });

  async function forwardings(): Promise<readonly string[]> {
    const [made = ""] = await readdir(directory);
    return (await readdir(join(directory, made))).filter((name) => /\.f\d+$/.test(name));
  }

  async function read(stream: ByteStream): Promise<number> {
    let bytes = 0;
    for await (const chunk of stream) bytes += chunk.length;
    return bytes;
  }

  it("is one forwarding for all its streams, and none after the last", async () => {
    const [first, second] = await Promise.all([hosts.socket("web-3", path), hosts.socket("web-3", path)]);
    expect(await forwardings()).toHaveLength(1);
    first.destroy();
    await hosts.run("web-3", { argv: ["true"], limitSeconds: 5 });
    expect(await forwardings()).toHaveLength(1);
    second.destroy();
    await expect.poll(forwardings, { timeout: 5000 }).toEqual([]);

    const third = await hosts.socket("web-3", path);
    expect(await forwardings()).toHaveLength(1);
    third.destroy();
  });

  it("ends when the connection is lost, and can be opened again when the host is back", async () => {
    const stream = await hosts.socket("web-3", path);
    const reading = read(stream);
    await sharedHosts().host("web-3").blackhole();
    await expect(reading).rejects.toMatchObject({ name: "HostUnreachable", host: "web-3" });
    await expect(hosts.socket("web-3", path)).rejects.toMatchObject({ name: "HostUnreachable", sent: false });

    await sharedHosts().host("web-3").restore();
    (await hosts.socket("web-3", path)).destroy();
  });

  it("ends in silence for who gave it up", async () => {
    const stream = await hosts.socket("web-3", path);
    const reading = read(stream);
    stream.destroy();
    expect(await reading).toBe(0);
  });

  it("of a host that nobody knows is unreachable", async () => {
    await expect(hosts.socket("web-9", path)).rejects.toMatchObject({ because: "name-not-found" });
  });
});

const known = new Map<string, HostAddress>();

function addressOf(name: string): HostAddress | undefined {
  const facts = sharedHosts().facts.hosts.find((host) => host.name === name);
  if (facts !== undefined && !known.has(name)) known.set(name, { ...facts, hostKeys: [facts.hostKey] });
  return known.get(name);
}
