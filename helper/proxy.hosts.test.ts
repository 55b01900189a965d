/** Root's side of proxies, on real HAProxy and nginx: what is written survives whatever happens to them. */
import { connect } from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { cleanHosts, sharedHosts } from "../test/support/shared-hosts.ts";
import { until } from "../testbed/command.ts";
import { listOf, place, PreparedProxy, proxyProgram, startMembers } from "./prepared-proxy.ts";

const testbed = sharedHosts();
const members = [testbed.host("web-1"), testbed.host("web-2")];
const haproxy = new PreparedProxy(testbed.host("web-3"));
const nginx = new PreparedProxy(testbed.host("web-4"));
const everybody = ["blue web-1", "blue web-2"];
const state = `/var/lib/signalbox/proxies/${place}/state`;

/** All in rotation, blue active, nobody on green: whatever the test before left behind. */
const restart = [
  "active=blue",
  "share=0",
  ...["blue/web-1", "blue/web-2", "green/web-1", "green/web-2"].map((name) => `member.${name}=in`),
];

beforeAll(async () => {
  await cleanHosts();
  await Promise.all(members.map(startMembers));
  await haproxy.mustInstall(listOf("haproxy", members));
  await nginx.mustInstall(listOf("nginx", members));
});
afterAll(() => cleanHosts());

async function reload(): Promise<void> {
  await haproxy.host.mustRun(["systemctl", "reload", "haproxy"]);
  await haproxy.up(4);
}

describe.each([
  ["HAProxy", haproxy, "haproxy"],
  ["nginx", nginx, "nginx"],
] as const)("%s", (_name, proxy, kind) => {
  it("is set up once; a second time changes nothing and keeps the state", async () => {
    await proxy.write("share=100");
    expect(await proxy.mustInstall(listOf(kind, members))).toBe("");
    expect(await proxy.show()).toMatchObject({
      kind,
      name: "orders",
      bind: "8080",
      installed: "yes",
      active: "blue",
      share: "100",
      "member.blue/web-1": "in",
      "back.blue/web-1": "0",
      "member.green/web-2": "in",
      "process.active": "active",
      "address.green/web-1": `${members[0]!.address}:8082`,
    });
    await proxy.write("share=0");
  });

  it("keeps the state of who stays when its list changes, and takes in who is new", async () => {
    await proxy.write("member.blue/web-1=draining", "member.green/web-1=out", "back-after=600");
    await proxy.mustInstall([...listOf(kind, members), "member=blue/web-9=127.0.0.1:9"]);
    expect(await proxy.show()).toMatchObject({ "member.blue/web-1": "draining", "member.blue/web-9": "in" });
    expect(await proxy.mustInstall(listOf(kind, members))).toContain(`changed=${place}`);
    expect(await proxy.show()).not.toHaveProperty("member.blue/web-9");
    await proxy.write(...restart);
  });

  it("says what it changed, and that a second time nothing was to be done", async () => {
    const changes = ["share=2500", "member.blue/web-1=draining", "back-after=600"];
    const { said } = await proxy.write(...changes);
    expect(said).toMatchObject({ changed: "yes", share: "2500", "member.blue/web-1": "draining" });
    expect(Number(said["back.blue/web-1"])).toBeGreaterThan(1_700_000_000);
    expect(said["back.blue/web-2"]).toBe("0");
    expect((await proxy.write("share=2500", "member.blue/web-1=draining")).said).toMatchObject({
      changed: "yes", // nobody asked for a way back this time
      "back.blue/web-1": "0",
    });
    expect((await proxy.write("share=2500")).said["changed"]).toBe("no");
    await proxy.write(...restart);
  });

  it("counts established connections to a member", async () => {
    const slow = proxy.ask({ path: "/slow" });
    await until("the request has arrived", 5, async () => {
      const counts = await Promise.all(
        ["blue/web-1", "blue/web-2"].map(
          async (member) => (await proxy.call("connections", place, member)).said["established"],
        ),
      );
      return counts.some((count) => Number(count) > 0) || undefined;
    });
    await slow;
    expect((await proxy.call("connections", place, "green/web-2")).said).toEqual({ established: "0" });
  });

  it("lets a WebSocket through", async () => {
    const socket = connect(8080, proxy.host.address);
    const received: string[] = [];
    socket.on("data", (data: Buffer) => received.push(data.toString()));
    socket.write(
      "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    await until("the upgrade is answered", 5, () => received.join("").includes(" 101 ") || undefined);
    socket.write("hello");
    await until("the echo has come back", 5, () => received.join("").endsWith("hello") || undefined);
    socket.destroy();
  });

  it("takes members back whose time is over, and no others", async () => {
    await proxy.write("member.blue/web-1=out", "back-after=1");
    await proxy.write("member.blue/web-2=out", "back-after=600");
    // The timer does the same once a minute, and may come first.
    await until("the time is over", 10, async () => {
      const { stdout } = await proxy.call("recover");
      const shown = await proxy.show();
      expect(["", "readmitted=blue/web-1\n"]).toContain(stdout);
      return shown["member.blue/web-1"] === "in" || undefined;
    });
    expect(await proxy.show()).toMatchObject({ "member.blue/web-1": "in", "member.blue/web-2": "out" });
    await until("web-1 gets requests", 10, async () => (await proxy.ask()) === "blue web-1" || undefined);
    expect(await proxy.whoAnswers()).toEqual(["blue web-1"]);
    expect((await proxy.call("recover")).stdout).toBe("");
    const timer = await proxy.host.mustRun(["systemctl", "is-active", "signalbox-proxy-recover.timer"]);
    expect(timer.trim()).toBe("active");
    await proxy.write(...restart);
  });

  it("comes back to one state after being killed at any moment of a change", async () => {
    for (let round = 0; round < 12; round += 1) {
      const [active, member] = round % 2 === 0 ? ["green", "out"] : ["blue", "in"];
      // The program has children that hold the lock; a power cut or an out-of-memory kill takes the whole group.
      const change = `active=${active} member.green/web-1=${member}`;
      const script = `setsid ${proxyProgram} write ${place} ${change} >/dev/null & sleep "$1"; kill -KILL -- -$!; wait $!; true`;
      await proxy.host.mustRun(["sh", "-c", script, "sh", String(round * 0.02)]);
      const before = await proxy.show();
      expect(`${before["active"]} ${before["member.green/web-1"]}`).toMatch(/^(green out|blue in)$/);
      await proxy.call("recover");
      const { said } = await proxy.write(`share=${before["share"]}`);
      expect(said["changed"]).toBe("no");
      expect(await proxy.host.mustRun(["ls", "-A", "/var/lib/signalbox/proxies"])).toBe(`lock\n${place}\n`);
      // nginx is reloaded by nobody else; HAProxy is told by whoever called.
      const serving = kind === "nginx" ? (await proxy.ask()).split(" ")[0] : before["active"];
      expect(serving).toBe(before["active"]);
    }
    await proxy.write(...restart);
  });

  it("has lost nothing after a power cut", async () => {
    await proxy.host.mustRun(["sync"]);
    await proxy.write("active=green", "member.green/web-1=out", "back-after=600");
    const before = await proxy.host.readFile(state);
    await proxy.host.powerCut();
    await proxy.host.boot();
    expect(await proxy.host.readFile(state)).toBe(before);
    await until("the proxy answers", 20, async () => (await proxy.ask()).startsWith("green") || undefined);
    expect(await proxy.whoAnswers()).toEqual(["green web-2"]);
    await proxy.write(...restart);
    await proxy.host.mustRun(["systemctl", "reload", kind]);
  });

  it("replaces nothing by what the proxy does not accept", async () => {
    const file = kind === "haproxy" ? "/etc/haproxy/haproxy.cfg" : "/etc/nginx/conf.d/theirs.conf";
    const mine = kind === "haproxy" ? `/etc/haproxy/signalbox/${place}.cfg` : `/etc/nginx/signalbox/${place}.conf`;
    const before = [await proxy.host.readFile(state), await proxy.host.readFile(mine)];
    await proxy.host.mustRun(["sh", "-c", `cp -p ${file} /root/theirs 2>/dev/null; echo "nonsense;" >>${file}`]);
    try {
      const refused = await proxy.write("active=green", "member.blue/web-1=out");
      expect([refused.code, refused.said["error"]]).toEqual([3, "configuration"]);
      expect(refused.said["message"]).toContain("nonsense");
      expect([await proxy.host.readFile(state), await proxy.host.readFile(mine)]).toEqual(before);
    } finally {
      await proxy.host.mustRun([
        "sh",
        "-c",
        `if [ -e /root/theirs ]; then mv /root/theirs ${file}; else rm ${file}; fi`,
      ]);
    }
    expect((await proxy.write("active=green")).said["changed"]).toBe("yes");
    await proxy.write(...restart);
  });
});

describe("HAProxy", () => {
  it("splits users by the bucket in their cookie, and lets testers choose", async () => {
    await haproxy.write("share=2500");
    await reload();
    expect(await haproxy.whoAnswers({ headers: { cookie: "sbx_orders=2499" } })).toEqual([
      "green web-1",
      "green web-2",
    ]);
    expect(await haproxy.whoAnswers({ headers: { cookie: "sbx_orders=2500" } })).toEqual(everybody);
    expect(await haproxy.whoAnswers({ headers: { cookie: "sbx_orders=2499", "x-canary": "baseline" } })).toEqual(
      everybody,
    );
    expect(await haproxy.whoAnswers({ headers: { "x-canary": "candidate" } })).toEqual(["green web-1", "green web-2"]);
    expect(await haproxy.whoAnswers({ headers: { cookie: "sbx_orders=00009999" }, requests: 60 })).toHaveLength(4);
    const { headers } = await fetch(`http://${haproxy.host.address}:8080/`);
    expect(headers.get("set-cookie")).toMatch(/^sbx_orders=\d{1,4}; Path=\/; Max-Age=86400; HttpOnly; SameSite=Lax$/);
    await haproxy.write(...restart);
    await reload();
  });

  it("loses nobody when the whole candidate is dead", async () => {
    await haproxy.write("share=10000", "member.green/web-1=out", "member.green/web-2=out");
    await haproxy.host.mustRun(["systemctl", "reload", "haproxy"]);
    await haproxy.up(2);
    expect(await haproxy.whoAnswers({ headers: { "x-canary": "candidate" } })).toEqual(everybody);
    await haproxy.write(...restart);
    await reload();
  });

  it("has the state of its files after a reload, and after kill and start", async () => {
    await haproxy.write("active=green", "share=2500", "member.green/web-1=draining", "member.blue/web-2=out");
    expect(await haproxy.whoAnswers()).toEqual(everybody); // it is not reloaded by a write: that is done at once by the socket
    for (const what of [
      "systemctl reload haproxy",
      "systemctl kill -s KILL haproxy; sleep 0.3; systemctl start haproxy",
    ]) {
      await haproxy.host.mustRun(["sh", "-c", what]);
      await haproxy.up(2);
      expect(await haproxy.whoAnswers({ headers: { cookie: "sbx_orders=2500" } })).toEqual(["green web-2"]);
      expect(await haproxy.whoAnswers({ headers: { cookie: "sbx_orders=2499" } })).toEqual(["blue web-1"]);
      const map = await haproxy.runtime(`show map /etc/haproxy/signalbox/${place}.map`);
      expect(map.match(/active \w+|share \d+/g)).toEqual(["active green", "share 2500"]);
    }
    await haproxy.write(...restart);
    await reload();
  });

  it("takes at once what its owner says on the socket", async () => {
    await haproxy.runtime(
      `set map /etc/haproxy/signalbox/${place}.map active green; set server orders_green/web-2 state drain`,
    );
    expect(await haproxy.whoAnswers()).toEqual(["green web-1"]);
    await reload();
    expect(await haproxy.whoAnswers()).toEqual(everybody);
  });

  it("tells every request to its owner, and which ones were probes", async () => {
    await reload();
    await haproxy.ask();
    await haproxy.ask({ headers: { "x-signalbox-probe": "1" } });
    const [user, probe] = (await haproxy.runtime("show events signalbox")).trim().split("\n");
    expect(user).toMatch(/^orders_blue web-[12] 200 \d+ \d+ \d+ \d+ ---- GET 0$/);
    expect(probe).toMatch(/^orders_blue web-[12] 200 \d+ \d+ \d+ \d+ ---- GET 1$/);
  });

  it("loses no request in reloads under traffic", async () => {
    let [asked, failed] = [0, 0];
    const traffic = new AbortController();
    const clients = Array.from({ length: 8 }, async () => {
      while (!traffic.signal.aborted) {
        asked += 1;
        const answered = await fetch(`http://${haproxy.host.address}:8080/`, { method: "POST", body: "x" }).catch(
          () => undefined,
        );
        if ((await answered?.text())?.startsWith("blue ") !== true) failed += 1;
      }
    });
    for (let count = 0; count < 5; count += 1)
      await haproxy.host.mustRun(["sh", "-c", "systemctl reload haproxy; sleep 0.5"]);
    traffic.abort();
    await Promise.all(clients);
    expect(asked).toBeGreaterThan(200);
    expect(failed).toBe(0);
  });
});

describe("one copy that is on both sides", () => {
  const name = "single.production";
  const call = async (...words: string[]): Promise<Record<string, string>> => (await haproxy.call(...words)).said;

  it("begins in rotation on blue, and does not come back by itself while the other side has it", async () => {
    const [one] = members;
    const lines = [
      "kind=haproxy",
      "name=single",
      "bind=8088",
      "check=tcp",
      ...["blue", "green"].map((side) => `member=${side}/web-1=${one!.address}:8081`),
    ];
    await haproxy.mustInstall(lines, name);
    expect(await call("show", name)).toMatchObject({ "member.blue/web-1": "in", "member.green/web-1": "out" });
    const out = await call("write", name, "member.blue/web-1=out", "back-after=1");
    expect(out["back.blue/web-1"]).not.toBe("0");
    expect(await call("write", name, "member.green/web-1=in")).toMatchObject({ "back.blue/web-1": "0" });
    await haproxy.call("recover");
    expect(await call("show", name)).toMatchObject({ "member.blue/web-1": "out", "member.green/web-1": "in" });
  });

  it("is taken out of one side by whatever brings it in on the other", async () => {
    const both = ["member.blue/web-1=in", "member.green/web-1=in"];
    expect(await haproxy.call("write", name, ...both)).toMatchObject({ code: 2 });
    const back = await call("write", name, "member.blue/web-1=in");
    expect(back).toMatchObject({ "member.blue/web-1": "in", "member.green/web-1": "out" });
  });

  it("shares no name and no port with another place", async () => {
    const lines = ["kind=haproxy", "name=third", "bind=8080", "check=tcp"];
    expect((await haproxy.install(lines, "third.stage")).stdout).toContain("error=bad-list");
    await haproxy.host.mustRun(["rm", "/etc/signalbox/proxies.d/third.stage"]);
  });
});

describe("nginx", () => {
  it("splits users by their cookie and lets testers choose, as soon as a write has ended", async () => {
    await nginx.write("share=5000");
    const first = await fetch(`http://${nginx.host.address}:8080/`);
    const cookie = first.headers.get("set-cookie")!.split(";")[0]!;
    const [side] = (await first.text()).split(" ");
    const asked = await nginx.whoAnswers({ headers: { cookie } });
    expect(asked).toEqual([`${side} web-1`, `${side} web-2`]);
    expect(await nginx.whoAnswers({ requests: 60 })).toHaveLength(4);
    expect(await nginx.whoAnswers({ headers: { "x-canary": "candidate" } })).toEqual(["green web-1", "green web-2"]);
    expect(await nginx.whoAnswers({ headers: { "x-canary": "baseline" } })).toEqual(everybody);
    await nginx.write("share=10000");
    expect(await nginx.whoAnswers()).toEqual(["green web-1", "green web-2"]);
    await nginx.write("active=green", "share=0", "member.green/web-1=draining");
    expect(await nginx.whoAnswers()).toEqual(["green web-2"]);
    await nginx.write(...restart);
    expect(await nginx.whoAnswers()).toEqual(everybody);
  });

  it("sends nobody to a candidate of which nobody is in rotation", async () => {
    await nginx.write("share=10000", "member.green/web-1=out", "member.green/web-2=out");
    expect(await nginx.whoAnswers({ headers: { "x-canary": "candidate" } })).toEqual(everybody);
    await nginx.write(...restart);
  });

  it("is reloaded later when a write did not come to it", async () => {
    const dropIn = "/run/systemd/system/nginx.service.d";
    await nginx.host.writeFile(`${dropIn}/broken.conf`, "[Service]\nExecReload=\nExecReload=/usr/bin/false\n");
    await nginx.host.mustRun(["systemctl", "daemon-reload"]);
    const failed = await nginx.write("active=green");
    expect([failed.code, failed.said["error"]]).toEqual([1, "failed"]);
    expect(await nginx.whoAnswers()).toEqual(everybody);
    await nginx.host.mustRun(["sh", "-c", `rm -r ${dropIn}; systemctl daemon-reload`]);
    await nginx.call("recover");
    expect(await nginx.whoAnswers()).toEqual(["green web-1", "green web-2"]);
    await nginx.write(...restart);
  });

  it("has the same state after kill and start", async () => {
    await nginx.write("active=green", "member.green/web-1=out");
    await nginx.host.mustRun(["sh", "-c", "systemctl kill -s KILL nginx; sleep 0.3; systemctl restart nginx"]);
    expect(await nginx.whoAnswers()).toEqual(["green web-2"]);
    await nginx.write(...restart);
  });

  it("serves a side that has no members at all", async () => {
    await nginx.mustInstall(listOf("nginx", members).filter((line) => !line.startsWith("member=green/")));
    expect(await nginx.whoAnswers({ headers: { "x-canary": "candidate" } })).toEqual(everybody);
    await nginx.mustInstall(listOf("nginx", members));
  });

  it("logs each request in JSON, which its owner can follow", async () => {
    const following = nginx.call("requests", place, "3");
    await until(
      "somebody follows",
      5,
      async () => (await nginx.host.rootShell(["pgrep", "-x", "tail"])).code === 0 || undefined,
    );
    await nginx.ask({ headers: { "x-signalbox-probe": "1" } });
    await nginx.ask();
    const lines = (await following).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, string>);
    expect(lines.map(({ side, status, probe, method }) => [side, status, probe, method])).toEqual([
      ["blue", "200", "1", "GET"],
      ["blue", "200", "0", "GET"],
    ]);
    expect(lines[0]!["server"]).toMatch(/:8081$/);
    expect(Number(lines[0]!["upstream-seconds"])).toBeGreaterThanOrEqual(0);
  });

  it("makes way for HAProxy when root says so", async () => {
    await nginx.mustInstall(listOf("haproxy", members));
    await nginx.up(4);
    expect(await nginx.whoAnswers()).toEqual(everybody);
    expect((await nginx.host.rootShell(["ls", "/etc/nginx/signalbox"])).stdout).toBe("");
  });
});
