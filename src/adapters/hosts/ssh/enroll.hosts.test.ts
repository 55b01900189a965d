import { describe, expect, it } from "vitest";

import { sharedHosts } from "../../../../test/support/shared-hosts.ts";
import { scanHostKeys } from "./enroll.ts";
import { SshHosts } from "./ssh-hosts.ts";

describe("the host keys that a machine shows", () => {
  const web3 = () => sharedHosts().host("web-3");
  const web4 = () => sharedHosts().host("web-4");

  it("have the fingerprints that its console prints", async () => {
    const shown = await scanHostKeys(web4().address, 22);
    const files = "for f in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $f; done";
    const onConsole = (await web4().mustRun(["sh", "-c", files])).split("\n").map((line) => line.split(" ")[1]);

    expect(shown.map(({ key }) => key)).toContain(web4().facts.hostKey.split(" ").slice(0, 2).join(" "));
    for (const { fingerprint } of shown) expect(onConsole).toContain(fingerprint);
  });

  it("are seen through a jump host as well", async () => {
    const facts = web3().facts;
    const hosts = new SshHosts({ find: () => ({ ...facts, hostKeys: [facts.hostKey] }) });
    const shown = await scanHostKeys(web4().address, 22, await hosts.sharedConnection("web-3"));
    expect(shown).toEqual(await scanHostKeys(web4().address, 22));
    await expect(scanHostKeys(web4().address, 1, await hosts.sharedConnection("web-3"))).rejects.toThrow(
      "web-3 could not connect to it",
    );
    await hosts.close();
  });

  it("lead to no login attempt", async () => {
    const since = (await web4().mustRun(["date", "+%s"])).trim();
    await scanHostKeys(web4().address, 22);
    const journal = await web4().mustRun(["journalctl", "--since", `@${since}`, "-t", "sshd", "-t", "sshd-session"]);
    expect(journal).not.toMatch(/Accepted|Failed password|Failed publickey/);
  });

  it("are missing with a reason", async () => {
    await expect(scanHostKeys(web4().address, 1)).rejects.toMatchObject({ because: "connection-refused", sent: false });
    await expect(scanHostKeys("-oProxyCommand=x", 22)).rejects.toThrow("not usable");
  });
});
