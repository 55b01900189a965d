import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { cleanHosts, sharedHosts } from "../../../test/support/shared-hosts.ts";
import type { TrafficFinding } from "../../ports/traffic.ts";
import { install, proxiedService, type ProxiedService } from "./proxied-service.contract.ts";

describe("an inspection of HAProxy", () => {
  let world: ProxiedService;
  const proxy = () => sharedHosts().host("web-3");
  const directory = "/etc/haproxy/signalbox";

  beforeAll(async () => {
    await cleanHosts();
    world = await proxiedService(sharedHosts(), "haproxy");
  });
  afterAll(() => world.stop());
  afterEach(async () => {
    await proxy().mustRun(["systemctl", "reset-failed", "haproxy"]);
    await proxy().mustRun(["rm", "-f", `${directory}/orders.production.cfg`]);
    await install(proxy(), world.list);
    await restart();
  });

  async function restart(): Promise<void> {
    // So many starts in so little time would otherwise be too many for systemd.
    await proxy().mustRun(["systemctl", "reset-failed", "haproxy"]);
    await proxy().mustRun(["systemctl", "restart", "haproxy"]);
  }

  async function wrong(): Promise<readonly TrafficFinding[]> {
    return (await world.traffic.inspect(world.target)).filter(({ level }) => level !== "ok");
  }

  async function replace(file: string, was: string, is: string): Promise<void> {
    await proxy().mustRun(["grep", "-q", was, file]);
    await proxy().mustRun(["sed", "-i", `s|${was}|${is}|`, file]);
    await restart();
  }

  it.each([
    ["proxy-retries", "00-signalbox.cfg", "retry-on conn-failure", "retry-on all-retryable-errors"],
    ["proxy-redispatch", "00-signalbox.cfg", "option redispatch 1", "no option redispatch"],
    ["proxy-checks", "orders.production.cfg", "inter 500ms fastinter", "inter 5s fastinter"],
    ["proxy-socket", "00-signalbox.cfg", "level admin", "level operator"],
    ["proxy-in-step", "orders.production.map", "active blue", "active green"],
  ])("finds by %s that %s has another %s", async (check, file, was, is) => {
    await replace(`${directory}/${file}`, was, is);
    const found = await wrong();
    expect(found).toMatchObject([{ proxy: "web-3", check, cure: expect.stringContaining("web-3") }]);
  });

  it("finds another list of members, with each difference", async () => {
    const list = "/etc/signalbox/proxies.d/orders.production";
    await proxy().mustRun(["sed", "-i", "-e", "s|:8081|:9081|", "-e", "/member=green.web-2/d", list]);
    const found = (await wrong()).find(({ check }) => check === "proxy-members");
    expect(found?.message).toContain("green/web-2 is missing");
    expect(found?.message).toMatch(/blue\/web-1 is at \S+:9081 instead of \S+:8081/);
  });

  it("finds that the socket is not there, and says what to do", async () => {
    await proxy().mustRun(["systemctl", "stop", "haproxy"]);
    const found = await wrong();
    expect(found.map(({ check }) => check)).toContain("proxy-socket");
    for (const { proxy: host } of found) expect(host).toBe("web-3");
  });

  it("finds that root's program is not there", async () => {
    await proxy().mustRun(["rm", "/usr/lib/signalbox/signalbox-proxy"]);
    const [first] = await wrong();
    expect(first).toMatchObject({ check: "proxy-program", level: "problem", cure: "signalbox traffic install web-3" });
    expect(first?.message).toContain("not installed");
  });
});
