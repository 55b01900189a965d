/** Releases to deploy: the Node example with a megabyte that no compression makes smaller, another one each time unless told otherwise. */
import { createHash, randomBytes } from "node:crypto";
import { cp, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";

import { must } from "../../testbed/command.ts";

const example = path.join(import.meta.dirname, "..", "..", "examples", "node-greeter");
const modules = ["server.mjs", "service.mjs", "behaviour.mjs", "websocket.mjs", "witness.mjs"];
const deployed = [...modules, "behaviour.properties"];
const payloadBytes = 2 ** 20;

export interface BenchRelease {
  /** Unique among all releases on this machine. */
  readonly id: string;
  /** A plain tar. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

let made = 0;

export async function makeRelease(
  directory: string,
  payload: Buffer = randomBytes(payloadBytes),
): Promise<BenchRelease> {
  made += 1;
  const id = String(1000 + made);
  const tree = path.join(directory, `tree-${id}`);
  const file = path.join(directory, `release-${id}.tar`);
  await mkdir(tree, { recursive: true });
  for (const name of deployed) await cp(path.join(example, name), path.join(tree, name));
  await writeFile(path.join(tree, "payload.bin"), payload);
  await must(["tar", "--sort=name", "--owner=0", "--group=0", "-cf", file, "-C", tree, "."]);
  await rm(tree, { recursive: true });
  const sha256 = createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
  return { id, file, bytes: (await stat(file)).size, sha256 };
}
