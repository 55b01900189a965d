import { afterEach, describe, expect, it } from "vitest";

import { testEngine } from "../../test/support/engine.ts";
import type { TestEngine } from "../../test/support/engine.ts";
import { Frozen, thaw } from "./frozen.ts";
import { Journal } from "./journal.ts";
import { runDeployment } from "./run.ts";
import { takeOver } from "./take-over.ts";

describe("an installation that was restored from a backup", () => {
  let engine: TestEngine;
  let isFrozen = true;
  afterEach(async () => engine.close());

  /** What a backup holds that was made while deployments were under way. */
  const restored = async (): Promise<readonly [waiting: string, begun: string]> => {
    isFrozen = false;
    engine = await testEngine(({ store }) => ({
      store: {
        ...store,
        installation: async () => ({ ...(await store.installation()), frozen: isFrozen }),
        thaw: async (by) => {
          isFrozen = false;
          await store.thaw(by);
        },
      },
    }));
    const ids = [await engine.restart(), await engine.restart()] as const;
    const journal = await Journal.open(engine.world, ids[1]);
    const takeLocks = { owner: ids[1], reason: "restart", resources: ["orders@production"] };
    await journal.decide([{ kind: "admitted", epoch: 1 }], { takeLocks });
    isFrozen = true;
    return ids;
  };

  it("carries nothing, takes nothing on and takes nothing over", async () => {
    const [, begun] = await restored();
    const { sequence } = await engine.look(begun);
    await runDeployment(begun, engine.world, new AbortController().signal);

    expect((await engine.look(begun)).sequence).toBe(sequence);
    await expect(engine.restart()).rejects.toThrow(Frozen);
    await expect(takeOver("web-1", "why not", "kim", {} as never, engine.world)).rejects.toThrow(Frozen);
  });

  it("ends what was under way when it is confirmed, since somebody else went on with it", async () => {
    const [waiting, begun] = await restored();
    await thaw("kim", engine.world);

    expect(await engine.look(waiting)).toMatchObject({ state: "withdrawn" });
    expect(await engine.look(begun)).toMatchObject({
      state: "rollback-failed",
      finished: { message: expect.stringContaining("only the hosts know") },
    });
    expect(await engine.world.store.locks()).toEqual([]);
    expect(await engine.restart()).toBeTruthy();
  });
});
