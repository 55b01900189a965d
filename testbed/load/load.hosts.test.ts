/** The load against what it is made for: real services behind a real proxy that was configured by hand. */
import { readFile } from "node:fs/promises";
import path from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import { cleanHost, sharedHosts } from "../../test/support/shared-hosts.ts";
import { until } from "../command.ts";
import type { Testbed } from "../testbed.ts";
import { startLoad } from "./load.ts";
import type { Load } from "./load.ts";
import { compareWithLedgers } from "./result.ts";

const services = ["web-1", "web-2"];
const example = path.join(import.meta.dirname, "..", "..", "examples", "node-greeter");
const files = ["server.mjs", "service.mjs", "behaviour.mjs", "websocket.mjs", "witness.mjs", "behaviour.properties"];
const ask = `import socket,sys
s=socket.socket(socket.AF_UNIX); s.connect("/run/haproxy.sock"); s.sendall(sys.argv[1].encode()+b"\\n")
while True:
  got=s.recv(65536)
  if not got: break
  sys.stdout.write(got.decode())`;

describe("a load on services behind HAProxy", () => {
  let bed: Testbed;

  beforeAll(async () => {
    bed = sharedHosts();
    await Promise.all([...services, "lb-1"].map(async (name) => cleanHost(bed.host(name))));
    await Promise.all(services.map(async (name) => startService(bed, name)));
    await bed.host("lb-1").writeFile("/etc/haproxy/haproxy.cfg", proxyConfiguration(bed));
    await bed.host("lb-1").mustRun(["systemctl", "restart", "haproxy"]);
    await until("both are up", 20, async () => ((await membersUp()) === 2 ? true : undefined));
  });

  const proxy = (command: string): Promise<string> => bed.host("lb-1").mustRun(["python3", "-c", ask, command]);
  const membersUp = async (): Promise<number> => (await proxy("show stat")).match(/^b,web-.*,UP,/gm)?.length ?? 0;
  const start = (): Promise<Load> =>
    startLoad({ url: `http://${bed.host("lb-1").address}:8080`, perSecond: 150, webSockets: 4 });
  const more = async (load: Load, count: number): Promise<void> => {
    const { requests } = await load.glance();
    await until(`${count} more requests are through`, 30, async () =>
      (await load.glance()).requests >= requests + count ? true : undefined,
    );
  };
  const idsInLedgers = async (): Promise<readonly string[]> => {
    const texts = await Promise.all(services.map(async (name) => bed.host(name).readFile("/srv/greeter/ledger")));
    return texts.flatMap((text) => text.split("\n").map((line) => line.split(" ")[0]!));
  };

  it("fails nothing while hosts are drained before they are restarted", async () => {
    const load = await start();
    await more(load, 150);
    for (const name of services) {
      await proxy(`set server b/${name} state drain`);
      await more(load, 300);
      await proxy(`set server b/${name} state maint`);
      await proxy(`shutdown sessions server b/${name}`);
      await bed.host(name).mustRun(["systemctl", "restart", "greeter"]);
      await until("it listens", 20, async () => ((await isListening(bed, name)) ? true : undefined));
      await proxy(`set server b/${name} state ready`);
      await until("both are up", 20, async () => ((await membersUp()) === 2 ? true : undefined));
    }
    const seen = await load.stop();

    expect(seen.examples).toEqual([]);
    expect(seen.failed).toBe(0);
    expect(seen.requests).toBeGreaterThan(750);
    expect(compareWithLedgers(seen, await idsInLedgers())).toEqual({ doubled: [], lost: [] });
    // Draining leaves WebSockets alone; whoever ends their sessions cuts them.
    expect(seen.webSockets.cut.length).toBeGreaterThanOrEqual(4);
    expect(seen.webSockets.echoes).toBeGreaterThan(0);
  });

  it("sees what a naive restart costs", async () => {
    const load = await start();
    await more(load, 150);
    await load.mark("naive");
    await Promise.all(
      services.map(async (name) => bed.host(name).mustRun(["systemctl", "kill", "-s", "KILL", "greeter"])),
    );
    await more(load, 20);
    await Promise.all(services.map(async (name) => bed.host(name).mustRun(["systemctl", "restart", "greeter"])));
    await more(load, 300);
    const seen = await load.stop();

    expect(seen.failed).toBeGreaterThan(10);
    expect(seen.phases["naive"]!.failed).toBeGreaterThan(10);
    expect(Object.keys(seen.failuresByKind)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^status 50[23]$/)]),
    );
    expect(seen.webSockets.cut.length).toBeGreaterThanOrEqual(4);
    expect(compareWithLedgers(seen, await idsInLedgers())).toEqual({ doubled: [], lost: [] });
  });
});

async function startService(bed: Testbed, name: string): Promise<void> {
  const host = bed.host(name);
  for (const file of files) await host.writeFile(`/srv/greeter/${file}`, await readFile(path.join(example, file)));
  const unit = [
    "[Service]",
    "Environment=PORT=8081 SIGNALBOX_RELEASE=1 LEDGER_FILE=/srv/greeter/ledger",
    "WorkingDirectory=/srv/greeter",
    "ExecStart=/usr/bin/node server.mjs",
    "",
  ];
  await host.writeFile("/etc/systemd/system/greeter.service", unit.join("\n"));
  await host.mustRun(["systemctl", "start", "greeter"]);
}

async function isListening(bed: Testbed, name: string): Promise<boolean> {
  const health = ["curl", "-qsf", "-m", "2", "http://127.0.0.1:8081/healthz"];
  return (await bed.host(name).rootShell(health)).code === 0;
}

function proxyConfiguration(bed: Testbed): string {
  return [
    "global",
    "  stats socket /run/haproxy.sock mode 600 level admin",
    "defaults",
    "  mode http",
    "  timeout connect 2s",
    "  timeout client 60s",
    "  timeout server 60s",
    "  timeout tunnel 1h",
    "frontend f",
    "  bind :8080",
    "  default_backend b",
    "backend b",
    "  balance leastconn",
    "  option httpchk GET /healthz",
    "  option redispatch 1",
    "  default-server inter 500ms fastinter 250ms downinter 500ms fall 2 rise 1",
    ...services.map((name) => `  server ${name} ${bed.host(name).address}:8081 check`),
    "",
  ].join("\n");
}
