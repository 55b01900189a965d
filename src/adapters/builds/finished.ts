/** Which artifact a build left, by its id: a build that is asked for again is not run again. */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Artifact } from "../../core/release.ts";
import type { Artifacts } from "../../ports/artifacts.ts";

export class Finished {
  readonly #directory: string;
  readonly #artifacts: Pick<Artifacts, "has">;

  constructor(directory: string, artifacts: Pick<Artifacts, "has">) {
    this.#directory = directory;
    this.#artifacts = artifacts;
  }

  /** The artifact, as long as it is still kept. */
  async find(id: string): Promise<Artifact | undefined> {
    const text = await readFile(this.#path(id), "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    const artifact = JSON.parse(text) as Artifact;
    return (await this.#artifacts.has(artifact.sha256)) ? artifact : undefined;
  }

  async remember(id: string, artifact: Artifact): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const temporary = join(this.#directory, `${randomUUID()}.part`);
    // Not synced: when it is lost with the power, the build is run again and nothing else happens.
    await writeFile(temporary, JSON.stringify(artifact), { mode: 0o600 });
    await rename(temporary, this.#path(id));
  }

  #path(id: string): string {
    return join(this.#directory, `${id}.json`);
  }
}
