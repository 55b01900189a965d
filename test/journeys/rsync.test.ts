import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { greeter } from "../../testbed/workshop.ts";
import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";

const bulk = randomBytes(2 * 1024 * 1024);

describe("an artifact of which the server has lost the version before", () => {
  let journey: Journey;

  beforeAll(async () => {
    journey = await aJourney(
      {
        services: [greeter()],
        environments: { dev: { services: { greeter: { hosts: ["web-3"], strategy: "recreate" } } } },
      },
      ["web-3"],
    );
  });
  afterAll(async () => journey?.close());

  /** The greeter with much beside it, as a team's own build would bring it. */
  const artifactOf = async (note: string): Promise<string> => {
    const directory = path.join(journey.workshop.directory, "built");
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory);
    for (const file of [
      "server.mjs",
      "service.mjs",
      "websocket.mjs",
      "witness.mjs",
      "behaviour.mjs",
      "behaviour.properties",
    ])
      cpSync(path.join(journey.workshop.repository("greeter").directory, file), path.join(directory, file));
    writeFileSync(path.join(directory, "bulk"), bulk);
    writeFileSync(path.join(directory, "note"), note);
    const file = path.join(journey.workshop.directory, "greeter.tar");
    execFileSync("tar", ["-cf", file, "-C", directory, "."]);
    return (await journey.client.uploadArtifact(file)).sha256;
  };

  it("is brought up to date on the host by rsync", async () => {
    const place = { service: "greeter", environment: "dev" };
    const first = await artifactOf("one");
    await journey.deploy({ ...place, origin: { kind: "artifact", sha256: first } });
    rmSync(path.join(journey.workshop.dataDirectory, "artifacts", first));

    const deployment = await journey.deploy({
      ...place,
      origin: { kind: "artifact", sha256: await artifactOf("two") },
    });

    expect(deployment.finished?.message).toBe("release 2 serves on 1 host(s)");
    const log = [];
    for await (const { text } of journey.client.stepLog(deployment.id, { host: "web-3" })) log.push(text);
    const literal = /rsync: ([\d,]+) bytes were new/.exec(log.join("\n"))?.[1]?.replaceAll(",", "");
    expect(Number(literal)).toBeLessThan(bulk.length / 10);
  });
});
