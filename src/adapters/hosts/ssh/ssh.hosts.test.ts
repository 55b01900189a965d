import { describeHosts } from "../../../ports/hosts.contract.ts";
import { sharedHosts } from "../../../../test/support/shared-hosts.ts";
import type { HostAddress } from "../../../ports/hosts.ts";
import { SshHosts } from "./ssh-hosts.ts";

describeHosts("ssh", async () => {
  const hosts = new SshHosts({ find: addressOf });

  return { hosts, host: "web-3", other: "web-4", stop: () => hosts.close() };
});

function addressOf(name: string): HostAddress | undefined {
  const facts = sharedHosts().facts.hosts.find((host) => host.name === name);
  return facts && { ...facts, hostKeys: [facts.hostKey] };
}
