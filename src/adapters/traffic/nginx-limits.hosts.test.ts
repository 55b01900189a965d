import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { eventually } from "../../../test/support/eventually.ts";
import { cleanHosts, sharedHosts } from "../../../test/support/shared-hosts.ts";
import { Client } from "../../ports/traffic-requests.contract.ts";
import { install, proxiedService, type ProxiedService } from "./proxied-service.contract.ts";

const log = "/var/log/nginx/signalbox-orders.production.log";
const file = "/etc/nginx/signalbox/orders.production.conf";

describe("nginx", () => {
  let world: ProxiedService;
  const proxy = () => sharedHosts().host("web-3");
  const workers = (): Promise<string> => proxy().mustRun(["pgrep", "-f", "nginx: worker process$"]);

  beforeAll(async () => {
    await cleanHosts();
    world = await proxiedService(sharedHosts(), "nginx");
  });
  afterAll(() => world.stop());

  it("is reloaded once by a change of several things, and not by one that changes nothing", async () => {
    const change = { active: "green", share: 500, members: { "blue/web-1": "out", "blue/web-2": "in" } } as const;
    const reloads = (): Promise<string> =>
      proxy().mustRun(["sh", "-c", "journalctl -u nginx --no-pager -o cat | grep -c '^Reloaded ' || :"]);
    const before = Number(await reloads());
    await world.traffic.change(world.target, change);
    expect(Number(await reloads()) - before).toBe(1);
    const serving = await workers();
    await world.traffic.change(world.target, change);
    expect(await workers()).toBe(serving);
    await world.traffic.change(world.target, { active: "blue", share: 0, members: { "blue/web-1": "in" } });
  });

  it("does not call what its workers have not read its state", async () => {
    await proxy().mustRun(["sh", "-c", `sleep 0.1; touch ${file}`]);
    const refused = await world.traffic.states(world.target).catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: "ProxyFailed", proxy: "web-3", mayHaveChanged: false });
    await world.proxies!.reload("web-3");
    expect(await world.traffic.states(world.target)).toHaveLength(2);
  });

  it("says of a member in rotation that it is down, though it has no checks itself", async () => {
    await world.serve("green/web-2", "not");
    const [state] = await world.traffic.states(world.target);
    await world.serve("green/web-2", "well");
    expect(state?.members).toMatchObject({ "green/web-1": { up: true }, "green/web-2": { up: false } });
  });

  it("tells its requests also when its log is rotated, and says that some may be missing then", async () => {
    const feed = world.traffic.feed(world.target)!;
    const client = new Client(world.fronts[0]!);
    let requests = 0;
    const take = (): boolean => {
      const { complete, members } = feed.take();
      for (const counts of Object.values(members)) requests += counts.requests;
      return complete;
    };
    await eventually(async () => take() || undefined);
    await proxy().mustRun(["sh", "-c", `mv ${log} ${log}.1; kill -USR1 "$(cat /run/nginx.pid)"`]);
    await eventually(async () => !take() || undefined);
    await eventually(async () => take() || undefined);
    requests = 0;
    await client.askMany(60);
    await eventually(async () => (take() && requests === 60) || undefined);
    client.close();
    feed.close();
    await eventually(async () => (await proxy().rootShell(["pgrep", "-f", "tail -n 0 -F"])).code !== 0 || undefined);
  });

  it.each([
    ["proxy-fails", "max_fails=0", "max_fails=1"],
    ["proxy-keepalive", "keepalive 32;", ""],
    ["proxy-retries", "proxy_next_upstream error timeout;", "proxy_next_upstream error timeout non_idempotent;"],
    ["proxy-log", "access_log .*;", "access_log off;"],
    ["proxy-in-step", "server \\([0-9.]*:8081\\) max_fails=0;", "server \\1 max_fails=0 down;"],
  ])("is found by %s with another %s", async (check, was, is) => {
    // Each minute it makes the files whole again.
    await proxy().mustRun(["systemctl", "stop", "signalbox-proxy-recover.timer"]);
    await proxy().mustRun(["sed", "-i", `s|${was}|${is}|`, file]);
    await world.proxies!.reload("web-3");
    const wrong = (await world.traffic.inspect(world.target)).filter(({ level }) => level !== "ok");
    await proxy().mustRun(["rm", file]);
    await install(proxy(), world.list);
    expect(wrong).toMatchObject([{ proxy: "web-3", check, cure: expect.stringContaining("web-3") }]);
  });

  it("is found not to run", async () => {
    await proxy().mustRun(["systemctl", "stop", "nginx"]);
    const wrong = (await world.traffic.inspect(world.target)).filter(({ level }) => level !== "ok");
    await proxy().mustRun(["systemctl", "start", "nginx"]);
    await sleep(100);
    expect(wrong).toMatchObject([{ proxy: "web-3", check: "proxy-serving" }]);
  });
});
