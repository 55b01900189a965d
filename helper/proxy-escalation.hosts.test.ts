/**
 * The deploy user against signalbox-proxy: ways to become root, to write or read what is not his, or to make a proxy do
 * what root has not listed. Each of them has to leave the canaries as they were.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { cleanHost, sharedHosts } from "../test/support/shared-hosts.ts";
import { listOf, place, PreparedProxy, proxyProgram } from "./prepared-proxy.ts";

const testbed = sharedHosts();
const host = testbed.host("web-3");
const proxy = new PreparedProxy(host);
const lines = listOf("haproxy", [testbed.host("web-1"), testbed.host("web-2")]);
const program = `sudo -n ${proxyProgram}`;
const lists = "/etc/signalbox/proxies.d";

beforeAll(async () => {
  await cleanHost(host);
  await proxy.mustInstall(lines);
  await proxy.mustInstall(
    lines.map((line) => line.replace("orders", "pay").replace("8080", "8090").replace("haproxy", "nginx")),
    "pay.production",
  );
  await host.mustRun(["sh", "-c", `echo topsecret >/root/secret; sha256sum ${watched} >/root/before`]);
});
afterAll(() => cleanHost(host));

const watched = [
  "/root/secret /etc/shadow /etc/sudoers /etc/sudoers.d/signalbox-proxy /etc/default/haproxy /etc/haproxy/haproxy.cfg",
  "/etc/haproxy/signalbox/* /etc/nginx/signalbox/* /etc/nginx/conf.d/* /etc/signalbox/proxies.d/* /usr/lib/signalbox/*",
  "/var/lib/signalbox/proxies/*/state",
].join(" ");

/** Empty when nothing was touched that is not the deploy user's. */
const inspection = `
  ls -d /canary* /tmp/canary* 2>/dev/null
  sha256sum --check --quiet /root/before 2>&1
  [ "$(sha256sum ${watched} | sha256sum)" = "$(sha256sum </root/before)" ] || echo "other files than before"
  for path in /etc/signalbox ${lists} ${lists}/* /etc/haproxy /etc/haproxy/signalbox /etc/haproxy/signalbox/* /etc/nginx/signalbox \
    /etc/nginx/signalbox/* /usr/lib/signalbox /usr/lib/signalbox/signalbox-proxy /var/log/nginx; do
    case $(stat -c %U:%A "$path") in root:?????-??-?) ;; *) echo "$path is $(stat -c %U:%A "$path")" ;; esac
  done
  for path in /var/lib/signalbox /var/lib/signalbox/proxies /var/lib/signalbox/proxies/*/; do
    [ "$(stat -c %U:%a "$path")" = root:700 ] || echo "mode of $path"
  done
  # The timer may be at work; it holds the lock while it has files of its own there.
  flock /var/lib/signalbox/proxies/lock ls -A /var/lib/signalbox/proxies | grep -vxE 'lock|${place}|pay.production'
  [ "$(stat -c %U:%a /run/haproxy/signalbox.sock)" = deploy:600 ] || echo "mode of the socket"
  true`;

async function touched(): Promise<string> {
  return (await host.mustRun(["sh", "-c", inspection])).trim();
}

const write = (change: string): string => `${program} write ${place} ${change}`;

describe("the sudo rule", () => {
  it.each([
    ["another command", "sudo -n /usr/bin/touch /canary"],
    ["the program as another user", `sudo -n -u nobody ${proxyProgram} hello`],
    ["a link to the program", `ln -sf /usr/bin/touch /tmp/program-link && sudo -n /tmp/program-link /canary`],
    ["a changed working directory", `sudo -n -D /root ${proxyProgram} hello`],
    ["a variable set", `sudo -n LD_PRELOAD=/tmp/evil.so ${proxyProgram} hello`],
    ["the caller forgotten", `sudo -n SUDO_UID= ${proxyProgram} install ${place}`],
    ["the install script", `sudo -n /bin/sh -c 'touch /canary'`],
  ])("does not allow %s", async (_name, line) => {
    expect((await host.ssh(line)).code).not.toBe(0);
    expect(await touched()).toBe("");
  });
});

describe("a call", () => {
  it.each([
    ["no command", program],
    ["an unknown command", `${program} reload ${place}`],
    ["the install of root", `${program} install ${place}`],
    ["the install of root, the caller hidden", `env -u SUDO_UID SUDO_UID= ${program} install ${place}`],
    ["a place with a slash", `${program} show ../proxies.d/${place}`],
    ["a place that is a path", `${program} show /etc/passwd.conf`],
    ["a place that is a directory up", `${program} show ..`],
    ["a place with a pattern", `${program} show '*.production'`],
    ["a place without an environment", `${program} show orders`],
    ["a place with two dots", `${program} show orders.production.x`],
    ["a place with a line break", `${program} show "$(printf 'orders.production\\nx')"`],
    ["a place that begins with a dash", `${program} show -o.production`],
    ["a place that root has not listed", `${program} write other.production share=1`],
    ["a member that root has not listed", write("member.blue/web-3=in")],
    ["a member of a third side", write("member.red/web-1=in")],
    ["a member with a pattern", write("'member.*=out'")],
    ["a member with a path", write("member.blue/../web-1=out")],
    ["a member in a state of its own", write("member.blue/web-1=maint")],
    ["a member with a word behind it", write("'member.blue/web-1=out active=green'")],
    ["a member with spaces in its name", write("'member.blue/web-1 =in'")],
    ["a key that is a part of another", write("blue/web-1=in")],
    ["the key of a deadline", write("back.blue/web-1=1")],
    ["the same member twice", write("member.blue/web-1=out member.blue/web-1=in")],
    ["a third side", write("active=red")],
    ["a line break in a value", write(`"$(printf 'share=1\\nactive=green')"`)],
    ["a carriage return in a value", write(`"$(printf 'share=1\\r')"`)],
    ["a share that is code", write(`'share=$(touch /canary)'`)],
    ["a share that is an expression", write("share=1+1")],
    ["a share that is a subscript", write(`'share=a[$(touch /canary)]'`)],
    ["a share that is octal", write("share=010")],
    ["a share that is too large", write("share=10001")],
    ["a share below nothing", write("share=-1")],
    ["a share of nothing", write("share=")],
    ["a deadline that overflows", write("share=1 back-after=99999999999999999999")],
    ["a deadline that is code", write(`share=1 'back-after=$(touch /canary)'`)],
    ["nothing to write", `${program} write ${place}`],
    ["a key of the list", write("check=/evil")],
    ["connections to an address", `${program} connections ${place} 10.0.0.1:22`],
    ["connections by a filter", `${program} connections ${place} 'blue/web-1 or sport = :22'`],
    ["requests of HAProxy", `${program} requests ${place} 1`],
    ["requests for ever", `${program} requests pay.production 999999999`],
    ["requests of another file", `${program} requests ../../../root/secret 1`],
    ["a readmission elsewhere", `${program} readmit ../orders.production`],
  ])("is refused: %s", async (_name, line) => {
    const { code, stdout } = await host.ssh(line);
    expect([2, 3]).toContain(code);
    expect(stdout).toMatch(/^error=[a-z-]+\nmessage=.+\n$/);
    expect(await touched()).toBe("");
  });

  it("gets nothing from its standard input", async () => {
    expect((await host.ssh(`echo 'share=1' | ${program} show ${place}`)).code).toBe(0);
    expect(await touched()).toBe("");
  });
});

describe("a list", () => {
  const kept = `${lists}/evil.production`;
  it.each([
    ["a link to a file of the deploy user", `ln -s /home/deploy/evil ${kept}`],
    ["of the deploy user", `cp /home/deploy/evil ${kept}; chown deploy ${kept}`],
    ["a directory", `mkdir ${kept}`],
  ])("is not believed when it is %s", async (_name, made) => {
    await host.mustRun(["sh", "-c", `grep -v pay ${lists}/${place} >/home/deploy/evil; ${made}`]);
    expect((await proxy.call("show", "evil.production")).said).toMatchObject({ error: "unknown-place" });
    expect((await proxy.call("write", "evil.production", "share=1")).said).toMatchObject({ error: "unknown-place" });
    await host.mustRun(["rm", "-r", kept]);
    expect(await touched()).toBe("");
  });

  // Root is trusted, but what he mistypes must not become a configuration that means something else.
  it.each([
    ["a name with a space", "name=orders other"],
    ["a name with a dot", "name=orders.x"],
    ["a port that is none", "bind=80a"],
    ["a port that is too large", "bind=65536"],
    ["a check with a space", "check=/healthz HTTP/1.0"],
    ["a check with a quote", `check=/"x`],
    ["a check with a comment", "check=/#x"],
    ["a check with a variable", "check=/$x"],
    ["a check that is no path", "check=healthz"],
    ["a header with a brace", "testers=x }"],
    ["a limit that is none", "max-conn=many"],
    ["a member without a port", "member=blue/web-7=10.0.0.1"],
    ["a member with options", "member=blue/web-7=10.0.0.1:80 backup"],
    ["a member with a port of letters", "member=blue/web-7=10.0.0.1:http"],
    ["a member of a third side", "member=red/web-7=10.0.0.1:80"],
    ["a member with a path", "member=blue/../x=10.0.0.1:80"],
    ["a member twice", "member=blue/web-1=10.0.0.1:80"],
    ["an unknown proxy", "kind=apache"],
  ])("is refused with %s", async (_name, line) => {
    const key = `${line.split("=")[0]}=`;
    const others = key === "member=" ? lines : lines.filter((other) => !other.startsWith(key));
    const { code, stdout } = await proxy.install([...others, line], "bad.production");
    await host.mustRun(["rm", "-f", `${lists}/bad.production`]);
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/error=(bad-list|failed)/);
    expect(await touched()).toBe("");
  });
});
