import { afterEach, describe, expect, it } from "vitest";

import { isActivation, obedientHosts, testEngine } from "../../test/support/engine.ts";
import type { TestEngine } from "../../test/support/engine.ts";
import { eventually } from "../../test/support/eventually.ts";
import { aRelease } from "../../test/support/targets.ts";

describe("deployments that wait for their turn", () => {
  let engine: TestEngine;
  afterEach(async () => engine.close());

  it("say so, and get it in the order in which they were asked for", async () => {
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    engine = await testEngine(() => ({
      hosts: obedientHosts(aRelease(1), async (_host, command) => {
        if (isActivation(command)) await held;
        return undefined;
      }),
    }));
    engine.begin();
    const first = await engine.restart();
    await eventually(async () => ((await engine.look(first)).epoch === undefined ? undefined : true));
    const waiting = [await engine.restart(), await engine.restart(), await engine.restart()];
    for (const id of waiting) {
      await eventually(async () => ((await engine.look(id)).state === "queued" ? true : undefined));
    }

    // The last one knocks first.
    for (const id of waiting.toReversed()) engine.world.queue.wake(id);
    letGo();
    const ends = await Promise.all(waiting.map(async (id) => engine.ended(id)));

    const epochs = ends.map(({ epoch }) => epoch!);
    expect(epochs).toEqual(epochs.toSorted((a, b) => a - b));
    expect(ends.map(({ state }) => state)).toEqual(["succeeded", "succeeded", "succeeded"]);
  });
});
