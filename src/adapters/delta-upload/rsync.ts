/** The system's rsync, over the warm connection that the host has already. */
import { spawn } from "node:child_process";
import { once } from "node:events";

import type { DeltaUpload } from "../../ports/delta-upload.ts";
import type { Hosts } from "../../ports/hosts.ts";

/** Without a byte for this long the transfer is given up. */
const silenceSeconds = 60;
const searchPath = "/usr/local/bin:/usr/bin:/bin";

export function rsyncUpload(hosts: Pick<Hosts, "sharedConnection">): DeltaUpload {
  return {
    async send(host, file, to, { signal, log }) {
      const { program, argv, destination } = await hosts.sharedConnection(host);
      const options = ["--inplace", "--no-whole-file", "--compress", "--stats", `--timeout=${silenceSeconds}`];
      const child = spawn(
        "rsync",
        [...options, "-e", remoteShell([program, ...argv]), "--", file, `${destination}:${to}`],
        {
          env: { PATH: searchPath, LC_ALL: "C" },
          stdio: ["ignore", "pipe", "pipe"],
          signal,
        },
      );
      let said = "";
      const hear = (text: string): void => {
        said = (said + text).slice(-4000);
      };
      child.stdout.setEncoding("utf8").on("data", hear);
      child.stderr.setEncoding("utf8").on("data", hear);
      const [code] = (await once(child, "close")) as [number | null];
      if (code !== 0) throw new Error(`rsync ended with ${code}: ${said.trim().split("\n").at(-1) ?? ""}`);
      log(`rsync: ${/Literal data: ([\d,]+)/.exec(said)?.[1] ?? "?"} bytes were new\n`);
    },
  };
}

/** rsync splits this at spaces, and knows no escape that every version understands: words that need one are refused. */
function remoteShell(words: readonly string[]): string {
  const odd = words.find((word) => !/^[A-Za-z0-9_@%+=:,./-]+$/.test(word));
  if (odd !== undefined) throw new Error(`rsync can't be given ${JSON.stringify(odd)} as a part of its connection`);
  return words.join(" ");
}
