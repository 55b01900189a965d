/**
 * The lower bound: nobody who does this work over SSH can be faster.
 *
 * One shell for each host stands already. It gets one message with a script and the artifact, and says one line.
 * The script does what Signalbox does on a host, without the protocol that makes it safe.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

import { ControllerGroup } from "../support/controller-group.ts";
import type { Fleet } from "../support/fleet.ts";
import type { BenchRelease } from "../support/release.ts";
import type { Answer, Order } from "./lower-bound.child.ts";
import type { Peer } from "./peer.ts";

const port = 8082;

export async function lowerBound(fleet: Fleet): Promise<Peer> {
  await fleet.addService("floor", port);
  const group = new ControllerGroup("floor");
  const [program, ...words] = group.within([process.execPath, path.join(import.meta.dirname, "lower-bound.child.ts")]);
  const child = spawn(program, words, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const tell = (order: Order): Promise<void> => obeyed(child, order);
  const open = (): Promise<void> => tell({ kind: "open", hosts: fleet.hosts.map((host) => host.sshCommand()) });
  let isOpen = false;
  const warm = async (): Promise<void> => {
    if (!isOpen) await open();
    isOpen = true;
  };
  const deploy = ({ id, sha256, bytes, file }: BenchRelease): Promise<void> =>
    tell({ kind: "send", script: `( ${releaseScript(id, sha256, bytes)} ); echo "ended $?"\n`, payloadFile: file });
  let served = "";

  return {
    group,
    async begin(release) {
      await warm();
      await deploy(release);
    },
    rows: [
      {
        title: "lower bound, warm",
        work: "release",
        about:
          "one shell a host that stands, one message each way: receive and verify the artifact (sha256), unpack, sync, write the unit's environment file, switch, stop and start by sudo systemctl, probe health and version until they answer once, prune to five releases",
        prepare: warm,
        async run(release) {
          await deploy(release);
          served = release.id;
        },
      },
      {
        title: "lower bound, cold",
        work: "release",
        about: "the same, with the SSH connections made first",
        async prepare() {
          await tell({ kind: "close" });
        },
        async run(release) {
          await open();
          await deploy(release);
          [served, isOpen] = [release.id, true];
        },
      },
      {
        title: "lower bound, no-op",
        work: "no-op",
        about:
          "one message each way: is the link, the environment file, the unit's state, its version and its health what is wanted",
        prepare: warm,
        run: () => tell({ kind: "send", script: `( ${noOpScript(served)} ); echo "ended $?"\n` }),
      },
    ],
    async close() {
      child.kill();
      await group.remove();
    },
  };
}

async function obeyed(child: ChildProcess, order: Order): Promise<void> {
  child.send(order);
  const [{ problem }] = (await once(child, "message")) as [Answer];
  if (problem !== undefined) throw new Error(`the lower bound failed: ${problem}`);
}

const healthy = `
healthy() {
  [ "$(curl -qsf -m 2 http://127.0.0.1:${port}/healthz)" = ok ] || return 1
  said=$(curl -qsf -m 2 http://127.0.0.1:${port}/version) && [ "\${said%% *}" = "$id" ]
}`;

function releaseScript(id: string, sha256: string, bytes: number): string {
  return `
set -eu; umask 022
root=/srv/floor id=${id} part=$root/releases/$id.part
mkdir "$part" "$part/tree"
head -c ${bytes} >"$part/artifact"
echo "${sha256}  $part/artifact" | sha256sum -c --status
tar -xf "$part/artifact" -C "$part/tree"
mv "$part/artifact" "$part/tree/.artifact"
chmod -R a+rX,a-w "$part/tree"
sync -f "$part/tree"
chmod u+w "$part/tree"; mv -T "$part/tree" "$root/releases/$id"; rmdir "$part"
printf 'SIGNALBOX_RELEASE=%s\\n' "$id" >"$root/environment.new"
sync "$root/environment.new"; mv "$root/environment.new" "$root/environment"
ln -sfn "releases/$id" "$root/current.new"; mv -T "$root/current.new" "$root/current"
sync "$root"
sudo -n sh -c 'systemctl stop floor; systemctl start floor'
${healthy}
tries=0
until healthy; do tries=$((tries + 1)); [ "$tries" -lt 600 ] || exit 1; sleep 0.05; done
cd "$root/releases"
ls -t | tail -n +6 | while read -r old; do chmod -R u+w "$old"; rm -rf "$old"; done
`;
}

function noOpScript(id: string): string {
  return `
set -eu
root=/srv/floor id=${id}
[ "$(readlink "$root/current")" = "releases/$id" ]
[ "$(cat "$root/environment")" = "SIGNALBOX_RELEASE=$id" ]
systemctl --quiet is-active floor
${healthy}
healthy
`;
}
