import { afterEach, describe, expect, it } from "vitest";

import { testEngine } from "../../test/support/engine.ts";
import type { TestEngine } from "../../test/support/engine.ts";
import { aRelease, aTarget } from "../../test/support/targets.ts";
import { StoreFull } from "../ports/store.ts";
import { request } from "./request.ts";

describe("a server whose disk is nearly full", () => {
  let engine: TestEngine;
  afterEach(async () => engine.close());

  it("takes on no new deployment, and still starts anew what serves", async () => {
    const freeBytes = 2 ** 30 - 1;
    engine = await testEngine(({ store }) => ({
      store: { ...store, health: async () => ({ freeBytes, admitting: true }) },
    }));
    const target = aTarget();
    const asked = { service: target.service, environment: target.environment, by: "kim" };
    const origin = { kind: "release", release: aRelease(1) } as const;

    await expect(request({ kind: "deploy", ...asked }, target, origin, engine.world)).rejects.toThrow(StoreFull);
    expect(await engine.world.store.deployments({})).toEqual([]);
    expect(await engine.restart()).not.toBe("");
  });
});
