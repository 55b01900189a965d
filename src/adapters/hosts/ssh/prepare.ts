/** What root runs once on a host, as one self-contained script: it can be read, printed, or sent over SSH. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { shellQuote } from "./quote.ts";

const helperDirectory = join(import.meta.dirname, "..", "..", "..", "..", "helper");
const files = ["signalbox-helper", "signalbox-recover.service", "signalbox-recover.timer", "install-host.sh"] as const;

/** A script for `sh -s` as root. Running it again changes nothing, and says so by printing no `changed=` line. */
export async function prepareScript(
  owner: string,
  allowances: ReadonlyMap<string, readonly string[]>,
): Promise<string> {
  const texts = await Promise.all(
    files.map(async (file) => ({ file, bytes: await readFile(join(helperDirectory, file)) })),
  );
  const helper = texts.find(({ file }) => file === "signalbox-helper")!.bytes;
  const sha256 = createHash("sha256").update(helper).digest("hex");
  const lines = [...allowances].flatMap(([service, all]) =>
    all.filter((line) => !line.startsWith("owner=")).map((line) => `${service}.${line}`),
  );
  return [
    "# Prepares this host for Signalbox. What it does is in install-host.sh, which it unpacks first.",
    "set -eu",
    "umask 077",
    "files=$(mktemp -d)",
    `trap 'rm -rf -- "$files"' EXIT`,
    ...texts.map(({ file, bytes }) => `base64 -d >"$files/${file}" <<'END'\n${inLines(bytes.toString("base64"))}\nEND`),
    `sh "$files/install-host.sh" "$files" ${[sha256, owner, ...lines].map(shellQuote).join(" ")}`,
    "",
  ].join("\n");
}

function inLines(text: string): string {
  return text.replaceAll(/.{1,120}/g, "$&\n").trimEnd();
}
