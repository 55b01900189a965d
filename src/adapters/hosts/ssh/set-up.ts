/** What comes before a host can be deployed to: root's part over SSH, and the keys that it shows. */
import type { Fleet, Host } from "../../../core/topology.ts";
import { scanHostKeys } from "./enroll.ts";
import { SshHosts } from "./ssh-hosts.ts";

export interface ShownKey {
  /** As it is written in the configuration: `ssh-ed25519 AAAA...`. */
  readonly key: string;
  /** `SHA256:...`, to be compared with what the host's console says. */
  readonly fingerprint: string;
  readonly pinned: boolean;
}

const prepareLimitSeconds = 300;

/** Runs the script with the login's rights, which have to be root's or become them by `sudo`; gives what it said. */
export async function* prepareOverSsh(login: Host, fleet: Fleet, script: string): AsyncIterable<string> {
  const bytes = Buffer.from(script, "utf8");
  const hosts = new SshHosts({ find: (name) => (name === login.name ? login : fleet.get(name)) });
  try {
    const { code, stdout, stderr } = await hosts.run(login.name, {
      argv: login.user === "root" ? ["sh", "-s"] : ["sudo", "-n", "sh", "-s"],
      stdin: {
        bytes: bytes.length,
        stream: async function* stream() {
          yield bytes;
        },
      },
      limitSeconds: prepareLimitSeconds,
    });
    yield* stdout.split("\n").filter(Boolean);
    if (code !== 0) {
      const said = stderr.trim() || stdout.trim();
      throw new Error(`preparing ${login.name} as ${login.user} ended with exit status ${code}: ${said}`);
    }
  } finally {
    await hosts.close();
  }
}

export async function shownKeys({ address, port, jump, hostKeys }: Host, fleet: Fleet): Promise<readonly ShownKey[]> {
  const hosts = new SshHosts({ find: (name) => fleet.get(name) });
  try {
    const way = jump === undefined ? undefined : await hosts.sharedConnection(jump);
    const shown = await scanHostKeys(address, port, way);
    return shown.map(({ key, fingerprint }) => ({ key, fingerprint, pinned: hostKeys.includes(key) }));
  } finally {
    await hosts.close();
  }
}
