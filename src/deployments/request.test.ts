import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { testEngine } from "../../test/support/engine.ts";
import type { TestEngine } from "../../test/support/engine.ts";
import { anArtifact, aTarget } from "../../test/support/targets.ts";
import { request } from "./request.ts";

describe("a request", () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await testEngine();
  });
  afterEach(async () => engine.close());

  /** For these hosts of the two, or for both. */
  function deploy(...hosts: readonly string[]): Promise<string> {
    const target = aTarget(hosts.length === 0 ? {} : { hosts });
    return request(
      {
        kind: "deploy",
        service: target.service,
        environment: target.environment,
        by: "kim",
        ...(hosts.length === 0 ? {} : { hosts }),
      },
      target,
      { kind: "artifact", artifact: anArtifact() },
      engine.world,
    );
  }

  it("takes the place of an older one that still waits", async () => {
    const older = await deploy();
    await deploy();
    expect((await engine.look(older)).state).toBe("superseded");
  });

  it("does not take the place of one that goes to other hosts too", async () => {
    const older = await deploy();
    await deploy("web-2");
    expect((await engine.look(older)).state).toBe("preparing");
  });

  it("does not take the place of one for another host", async () => {
    const older = await deploy("web-1");
    await deploy("web-2");
    expect((await engine.look(older)).state).toBe("preparing");
    await deploy();
    expect((await engine.look(older)).state).toBe("superseded");
  });
});
