/** What root runs once on a host, as one self-contained script: it can be read, printed, or sent over SSH. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { shellQuote } from "./quote.ts";

const helperDirectory = join(import.meta.dirname, "..", "..", "..", "..", "helper");
interface Installer {
  /** The program that runs as root; its digest is given to the script, which checks it. */
  readonly program: string;
  readonly script: string;
  readonly units: readonly string[];
  /** What stands between the name of a list and its line. */
  readonly separator: string;
}

const hostInstaller: Installer = {
  program: "signalbox-helper",
  script: "install-host.sh",
  units: ["signalbox-recover.service", "signalbox-recover.timer"],
  separator: ".",
};

const proxyInstaller: Installer = {
  program: "signalbox-proxy",
  script: "install-proxy.sh",
  units: ["signalbox-proxy-recover.service", "signalbox-proxy-recover.timer"],
  separator: ":",
};

/** A script for `sh -s` as root. Running it again changes nothing, and says so by printing no `changed=` line. */
export async function prepareScript(
  owner: string,
  allowances: ReadonlyMap<string, readonly string[]>,
): Promise<string> {
  return selfContained(hostInstaller, owner, allowances);
}

/**
 * The like for a host with a proxy.
 *
 * @param places the lines of each place's list in docs/proxy-protocol.md, by its name (`orders.production`)
 */
export async function installProxyScript(
  owner: string,
  places: ReadonlyMap<string, readonly string[]>,
): Promise<string> {
  return selfContained(proxyInstaller, owner, places);
}

async function selfContained(
  { program, script, units, separator }: Installer,
  owner: string,
  lists: ReadonlyMap<string, readonly string[]>,
): Promise<string> {
  const texts = await Promise.all(
    [program, ...units, script].map(async (file) => ({ file, bytes: await readFile(join(helperDirectory, file)) })),
  );
  const sha256 = createHash("sha256").update(texts[0]!.bytes).digest("hex");
  const lines = [...lists].flatMap(([name, all]) =>
    all.filter((line) => !line.startsWith("owner=")).map((line) => `${name}${separator}${line}`),
  );
  return [
    `# Prepares this host for Signalbox. What it does is in ${script}, which it unpacks first.`,
    "set -eu",
    "umask 077",
    "files=$(mktemp -d)",
    `trap 'rm -rf -- "$files"' EXIT`,
    ...texts.map(({ file, bytes }) => `base64 -d >"$files/${file}" <<'END'\n${inLines(bytes.toString("base64"))}\nEND`),
    `sh "$files/${script}" "$files" ${[sha256, owner, ...lines].map(shellQuote).join(" ")}`,
    "",
  ].join("\n");
}

function inLines(text: string): string {
  return text.replaceAll(/.{1,120}/g, "$&\n").trimEnd();
}
