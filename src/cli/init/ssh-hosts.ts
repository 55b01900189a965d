/** The hosts that a person's ssh_config names. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";

import { hostNamePattern, userNamePattern } from "../../core/names.ts";

export interface SshHost {
  readonly name: string;
  readonly address: string;
  readonly user?: string;
  readonly port?: number;
  readonly jump?: string;
}

interface Block {
  readonly names: readonly string[];
  readonly settings: Map<string, string>;
}

/** Hosts by name, without patterns. Only what stands beside the name is read; the rest is left to ssh itself. */
export function detectSshHosts(file: string): readonly SshHost[] {
  const blocks = blocksOf(file, 0);
  const hosts = blocks.flatMap(({ names, settings }) => names.flatMap((name) => hostOf(name, settings)));
  const known = new Set(hosts.map(({ name }) => name));
  const seen = new Set<string>();
  return hosts
    .filter(({ name }) => !seen.has(name) && seen.add(name))
    .map(({ jump, ...host }) => (jump !== undefined && known.has(jump) ? { ...host, jump } : host));
}

function hostOf(name: string, settings: ReadonlyMap<string, string>): SshHost[] {
  if (!hostNamePattern.test(name) || /^(?:github|gitlab|bitbucket)\./.test(name)) return [];
  const user = settings.get("user");
  const port = Number(settings.get("port") ?? 22);
  const jump = settings.get("proxyjump");
  return [
    {
      name,
      address: settings.get("hostname") ?? name,
      ...(user !== undefined && userNamePattern.test(user) ? { user } : {}),
      ...(Number.isInteger(port) && port > 0 && port < 65_536 && port !== 22 ? { port } : {}),
      ...(jump === undefined ? {} : { jump }),
    },
  ];
}

function blocksOf(file: string, depth: number): Block[] {
  if (depth > 8 || !existsSync(file)) return [];
  const blocks: Block[] = [];
  for (const line of readFileSync(file, "utf8")
    .slice(0, 1024 * 1024)
    .split("\n")) {
    const [, keyword = "", value = ""] = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)"?([^"\n]*?)"?\s*$/.exec(line) ?? [];
    const key = keyword.toLowerCase();
    if (key === "host") blocks.push({ names: value.split(/\s+/), settings: new Map() });
    else if (key === "match") blocks.push({ names: [], settings: new Map() });
    else if (key === "include") blocks.push(...included(file, value, depth));
    else if (key !== "" && blocks.at(-1)?.settings.has(key) === false) blocks.at(-1)!.settings.set(key, value);
  }
  return blocks;
}

function included(file: string, value: string, depth: number): Block[] {
  const patterns = value.split(/\s+/).map((pattern) => {
    const path = pattern.replace(/^~\/\.ssh\//, "");
    return isAbsolute(path) ? path : join(dirname(file), path);
  });
  return patterns.flatMap((pattern) =>
    globSync(pattern)
      .toSorted()
      .flatMap((path) => blocksOf(path, depth + 1)),
  );
}
