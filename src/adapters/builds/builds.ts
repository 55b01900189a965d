/** Builds on the server or on a host: the same way in both places, in a directory and an environment of its own. */
import { rmSync } from "node:fs";
import { join } from "node:path";

import type { Artifact } from "../../core/release.ts";
import type { Artifacts } from "../../ports/artifacts.ts";
import type { BuildRequest, Builds } from "../../ports/builds.ts";
import type { Hosts } from "../../ports/hosts.ts";
import { BuildAtPlace } from "./build.ts";
import { Finished } from "./finished.ts";
import { hostPlace, type Place } from "./place.ts";
import { checkRequest } from "./request.ts";
import { serverPlace } from "./server-place.ts";

export interface BuildsOptions {
  /** The data directory; builds have `builds/` below it. */
  readonly directory: string;
  readonly artifacts: Pick<Artifacts, "takeIn" | "takeInPacked" | "has">;
  readonly hosts: Pick<Hosts, "run">;
}

export function builds({ directory, artifacts, hosts }: BuildsOptions): Builds {
  const own = join(directory, "builds");
  const finished = new Finished(join(own, "finished"), artifacts);
  const incoming = join(own, "incoming");
  const running = new Map<string, Promise<unknown>>();
  let server: Promise<Place> | undefined;
  // What an earlier server was receiving when it ended.
  rmSync(incoming, { recursive: true, force: true });

  async function buildNow(where: "server" | { readonly host: string }, request: BuildRequest): Promise<Artifact> {
    const known = await finished.find(request.id);
    if (known !== undefined) {
      request.log(`this was built before: ${known.name}, sha256 ${known.sha256}`);
      return known;
    }
    const place = where === "server" ? await (server ??= serverPlace(own)) : hostPlace(hosts, where.host);
    const artifact = await new BuildAtPlace(place, request, artifacts, incoming).run();
    await finished.remember(request.id, artifact);
    return artifact;
  }

  return {
    async build(where, request) {
      checkRequest(request);
      // Two that ask for the same build share a workspace: the second finds what the first one made.
      const before = running.get(request.id) ?? Promise.resolve();
      const mine = before.then(
        () => buildNow(where, request),
        () => buildNow(where, request),
      );
      running.set(request.id, mine);
      try {
        return await mine;
      } finally {
        if (running.get(request.id) === mine) running.delete(request.id);
      }
    },
  };
}
