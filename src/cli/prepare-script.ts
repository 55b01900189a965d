/** What root runs once on a host: one self-contained script, to be read first, printed, or run over SSH. */
import { readFile } from "node:fs/promises";
import path from "node:path";

import type { Host } from "../core/topology.ts";

const helperDirectory = path.join(import.meta.dirname, "..", "..", "helper");

export async function prepareScript(host: Host, allowances: ReadonlyMap<string, readonly string[]>): Promise<string> {
  const helper = await readFile(path.join(helperDirectory, "signalbox-helper"));
  const lists = [...allowances].map(
    ([service, lines]) =>
      `umask 022; mkdir -p /etc/signalbox/services.d; cat >/etc/signalbox/services.d/${service} <<'END'\n${lines.join("\n")}\nEND\n`,
  );
  return `set -eu
id greeter >/dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin greeter
mkdir -p /usr/lib/signalbox /var/lib/signalbox/intents /var/lib/signalbox/results /var/lib/signalbox/progress /var/lib/signalbox/services
base64 -d >/usr/lib/signalbox/signalbox-helper <<'END'
${helper.toString("base64")}
END
chmod 755 /usr/lib/signalbox/signalbox-helper
chmod 700 /var/lib/signalbox
echo '${host.user} ALL=(root) NOPASSWD: /usr/lib/signalbox/signalbox-helper' >/etc/sudoers.d/signalbox
chmod 440 /etc/sudoers.d/signalbox
${lists.join("")}`;
}
