import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { testEngine } from "../../test/support/engine.ts";
import type { TestEngine } from "../../test/support/engine.ts";
import { aRelease, aTarget } from "../../test/support/targets.ts";
import type { ReleaseRow } from "../ports/store.ts";
import { finish } from "./finish.ts";
import { Journal } from "./journal.ts";
import { request } from "./request.ts";

const place = { service: "orders", environment: "production" };
const release = aRelease(7);

describe("the verdict about a release", () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await testEngine();
  });
  afterEach(async () => engine.close());

  /** A host went back by itself, and the deployment with it. */
  async function failsAfter(verdict: ReleaseRow["verdict"]): Promise<string | undefined> {
    const target = aTarget();
    const id = await request(
      { ...place, kind: "deploy", by: "kim" },
      target,
      { kind: "release", release },
      engine.world,
    );
    const journal = await Journal.open(engine.world, id);
    const steps = [{ kind: "activate-release", hosts: ["web-1"] }] as const;
    const plan = { format: 1, kind: "deploy", targets: [{ target, release, before: {}, goal: {} }], steps } as const;
    const where = { track: "rollout", step: 0, attempt: 1 } as const;
    await journal.decide(
      [
        { kind: "rollout-planned", release, plan, digest: "" },
        { kind: "admitted", epoch: 1 },
        { kind: "step-started", ...where, hosts: ["web-1"] },
        { kind: "host-done", ...where, host: "web-1", outcome: { kind: "reverted", message: "it crashed" } },
      ],
      { releases: [{ ...place, release, deployment: id, verdict }] },
    );
    await finish({ kind: "finish", state: "rolled-back", message: "it crashed", behind: [] }, journal, engine.world);
    const [row] = await engine.world.store.releases(place.service, place.environment);
    return row?.verdict;
  }

  it("is bad when a host could not run it", async () => {
    expect(await failsAfter("unproven")).toBe("bad");
  });

  it("stays good when it served well before", async () => {
    expect(await failsAfter("good")).toBe("good");
  });
});
