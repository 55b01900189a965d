import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";

import type { HostAddress } from "../../../ports/hosts.ts";
import { checkAddress, RefusedAddress } from "./address.ts";
import { knownHosts } from "./known-hosts.ts";
import { sshOptions } from "./options.ts";
import { sshConfig } from "./ssh-config.ts";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPKfm9zIZR0VJWAFkiPhGMEiMJiTbzNk1cZ1mTKrPXCT";
const web: HostAddress = {
  name: "web-1",
  address: "10.0.0.11",
  port: 2200,
  user: "deploy",
  hostKeys: [key],
  jump: "bastion",
};
const bastion: HostAddress = { name: "bastion", address: "gate.example.com", port: 22, user: "hop", hostKeys: [key] };

describe("the configuration that OpenSSH gets", () => {
  const directory = mkdtempSync(join(tmpdir(), "sb-config-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  /** What OpenSSH itself makes of it. */
  function resolved(name: string, users: string): Map<string, string> {
    const files = [web, bastion].map((host) => ({
      host,
      knownHostsFile: `/d/${host.name}.keys`,
      controlPath: "/d/1.sock",
    }));
    writeFileSync(join(directory, "user"), users);
    writeFileSync(join(directory, "config"), sshConfig(files, sshOptions.parse({}), join(directory, "user")));
    const { stdout, stderr } = spawnSync("ssh", ["-G", "-F", join(directory, "config"), name], { encoding: "utf8" });
    expect(stderr).toBe("");
    return new Map(stdout.split("\n").map((line) => [line.split(" ")[0] ?? "", line.slice(line.indexOf(" ") + 1)]));
  }

  const hostile = `Host *
    StrictHostKeyChecking no
    UserKnownHostsFile /dev/null
    GlobalKnownHostsFile /tmp/other
    HostKeyAlias other
    HostName evil.example.com
    User root
    Port 1
    ProxyCommand touch /tmp/canary
    ForwardAgent yes
    ForwardX11 yes
    PermitLocalCommand yes
    LocalCommand touch /tmp/canary
    RemoteCommand touch /tmp/canary
    VerifyHostKeyDNS yes
    UpdateHostKeys yes
    NoHostAuthenticationForLocalhost yes
    ControlPath /tmp/elsewhere
    ControlPersist yes
    BatchMode no
    RequestTTY force
    LocalForward 8080 localhost:80
    ServerAliveInterval 0
    CertificateFile /etc/some-cert.pub
    IdentityFile /etc/some-key`;

  it("keeps pins and safety whatever the user's own says", () => {
    const options = resolved("web-1", hostile);
    const kept = Object.fromEntries(
      "stricthostkeychecking userknownhostsfile globalknownhostsfile hostkeyalias hostname user port proxyjump forwardagent forwardx11 permitlocalcommand verifyhostkeydns updatehostkeys nohostauthenticationforlocalhost controlpath batchmode requesttty serveraliveinterval"
        .split(" ")
        .map((name) => [name, options.get(name)]),
    );
    expect(kept).toEqual({
      stricthostkeychecking: "true",
      userknownhostsfile: "/d/web-1.keys",
      globalknownhostsfile: "/dev/null",
      hostkeyalias: "web-1",
      hostname: "10.0.0.11",
      user: "deploy",
      port: "2200",
      proxyjump: "bastion",
      forwardagent: "no",
      forwardx11: "no",
      permitlocalcommand: "no",
      verifyhostkeydns: "false",
      updatehostkeys: "false",
      nohostauthenticationforlocalhost: "no",
      controlpath: "/d/1.sock",
      batchmode: "yes",
      requesttty: "false",
      serveraliveinterval: "5",
    });
    expect(options.get("remotecommand")).toBeUndefined();
    expect(options.get("controlpersist")).toBe("no");
  });

  it("leaves keys, certificates and jump hosts of his own to the user", () => {
    expect(resolved("web-1", hostile).get("certificatefile")).toBe("/etc/some-cert.pub");
    expect(resolved("bastion", "Host bastion\n  ProxyJump outer\n").get("proxyjump")).toBe("outer");
    expect(resolved("outer", "Host outer\n  HostName o.example.com\n").get("hostname")).toBe("o.example.com");
  });

  it("uses the key file of a host and no other", () => {
    const files = [{ host: { ...bastion, identityFile: "/keys/100%" }, knownHostsFile: "/d/k", controlPath: "none" }];
    const text = sshConfig(files, sshOptions.parse({}));
    expect(text).toContain('IdentityFile "/keys/100%%"\n  IdentitiesOnly yes');
  });
});

describe("an address", () => {
  const bad: readonly Partial<HostAddress>[] = [
    ...["", "-web", "web 1", "web*", "!web", "web\n", "web\nProxyCommand x", "web?", "a,b", "w".repeat(64), "é"].map(
      (name) => ({ name }),
    ),
    ...["", "-oProxyCommand=x", "a b", "a;b", "$(id)", "%h", "a\nb", "fe80::1%eth0", "a'b", 'a"b', "[::1]"].map(
      (address) => ({ address }),
    ),
    ...["", "-l", "a b", "a;b", "$USER", "a\nb", "`id`"].map((user) => ({ user })),
    ...[0, -1, 65536, 22.5, Number.NaN].map((port) => ({ port })),
    ...["-x", "a b", "a\nb", "a,b"].map((jump) => ({ jump })),
    ...["key", "-i", "/a\nb", '/a"b', "/a${HOME}", "/a\\b"].map((identityFile) => ({ identityFile })),
    ...[
      "",
      "ssh-ed25519",
      "ssh-dss AAAA",
      `${key}\nother`,
      `other ${key}`,
      `* ${key}`,
      key.replace("ssh-ed25519", "ssh-rsa"),
      "ssh-ed25519 !!!!",
    ].map((hostKey) => ({ hostKeys: [hostKey] })),
  ];

  it.each(bad)("is refused: %j", (change) => {
    expect(() => checkAddress({ ...web, ...change })).toThrow(RefusedAddress);
  });

  it.each<Partial<HostAddress>>([
    { address: "::1" },
    { address: "2001:db8::1" },
    { address: "web-1.example.com" },
    { user: "svc_deploy@corp.example.com" },
    { identityFile: "~/.ssh/id 1" },
    { hostKeys: [`${key} root@web-1`, `@cert-authority ${key}`] },
  ])("is usable: %j", (change) => {
    expect(() => checkAddress({ ...web, ...change })).not.toThrow();
  });

  it("becomes lines of which each begins with its own name", () => {
    const keys = [`${key} root@web-1`, `@cert-authority ${key}`];
    expect(knownHosts({ ...web, hostKeys: keys })).toBe(`web-1 ${key}\n@cert-authority web-1 ${key}\n`);
  });

  it("never adds a line to the configuration, whatever it is", () => {
    const lines = (host: HostAddress): number =>
      sshConfig([{ host, knownHostsFile: "/k", controlPath: "none" }], sshOptions.parse({})).split("\n").length;
    const any = fc.string({ unit: fc.constantFrom(...'aZ1.-_@/~ \n\r"%\\'), minLength: 1, maxLength: 6 });
    let usable = 0;
    fc.assert(
      fc.property(fc.constantFrom("name", "address", "user", "identityFile"), any, (field, value) => {
        const host = { ...bastion, identityFile: "/k", [field]: field === "identityFile" ? `/${value}` : value };
        try {
          checkAddress(host);
        } catch {
          return true;
        }
        usable++;
        return lines(host) === lines({ ...bastion, identityFile: "/k" });
      }),
      { numRuns: 2000 },
    );
    expect(usable).toBeGreaterThan(20);
  });
});
