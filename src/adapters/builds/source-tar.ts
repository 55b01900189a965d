/** The source as one stream of bytes, for the place where it is built. */
import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

import type { ByteSource } from "../../ports/hosts.ts";

/** Packs a directory into a file. A file, because a retry reads it again and its length is known beforehand. */
export async function packSource(directory: string, file: string): Promise<ByteSource> {
  const argv = ["-c", "--format=gnu", "--owner=0", "--group=0", "--numeric-owner", "-f", file, "-C", directory, "."];
  await new Promise<void>((resolve, reject) => {
    const tar = spawn("tar", argv, { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    tar.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
    tar.once("error", reject);
    tar.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the source in ${directory} could not be packed: tar ended with ${code}: ${said.trim()}`));
    });
  });
  const { size } = await stat(file);
  return { bytes: size, stream: () => createReadStream(file, { highWaterMark: 256 * 1024 }) };
}
