import { setTimeout } from "node:timers/promises";

import { afterEach, describe, expect, it } from "vitest";

import { isActivation, obedientHosts, testEngine } from "../../test/support/engine.ts";
import type { TestEngine } from "../../test/support/engine.ts";
import { eventually } from "../../test/support/eventually.ts";
import { aRelease } from "../../test/support/targets.ts";
import { CommandEnded } from "../ports/hosts.ts";
import { StoreFull } from "../ports/store.ts";
import { Journal } from "./journal.ts";
import { pause, resume } from "./steer.ts";
import type { World } from "./world.ts";

describe("a deployment that is carried", () => {
  let engine: TestEngine;
  afterEach(async () => engine.close());

  it("rests while it is paused: nobody looks at it again and again", async () => {
    let reads = 0;
    engine = await testEngine(({ store }) => ({
      store: { ...store, journal: async (...asked) => ((reads += 1), store.journal(...asked)) },
    }));
    const id = await engine.restart();
    await pause(id, "kim", engine.world);
    engine.begin();
    await eventually(async () => ((await engine.look(id)).rollout === undefined ? undefined : true));

    await setTimeout(100);
    reads = 0;
    await setTimeout(300);
    expect(reads).toBeLessThan(5);

    await resume(id, "kim", engine.world);
    expect((await engine.ended(id)).state).toBe("succeeded");
  });

  it("leaves no lock behind when it ends in the moment in which it is admitted", async () => {
    let id = "";
    engine = await testEngine(({ store }) => ({
      store: {
        ...store,
        async commit(change) {
          if (change.takeLocks?.owner === id && id !== "") {
            const other = id;
            id = "";
            await endAsSuperseded(other, engine.world);
          }
          await store.commit(change);
        },
      },
    }));
    id = await engine.restart();
    const asked = id;
    engine.begin();
    expect((await engine.ended(asked)).state).toBe("superseded");
    await setTimeout(50);
    expect(await engine.world.store.locks()).toEqual([]);
  });

  it("ends what it does on all hosts before it begins again, when the store fails in the middle", async () => {
    const atWork = new Map<string, number>();
    let most = 0;
    let isFull = false;
    engine = await testEngine(({ store }) => ({
      store: {
        ...store,
        async commit(change) {
          const failing = change.journals?.some(({ events }) => events.some(({ kind }) => kind === "host-done"));
          if (isFull && failing === true) {
            isFull = false;
            throw new StoreFull("the disk is full");
          }
          await store.commit(change);
        },
      },
      hosts: obedientHosts(aRelease(1), async (host, command) => {
        if (!isActivation(command)) return undefined;
        atWork.set(host, (atWork.get(host) ?? 0) + 1);
        most = Math.max(most, atWork.get(host)!);
        // The first answers at once, and its answer can't be written down.
        if (host === "web-1") isFull ||= atWork.size === 1;
        else await setTimeout(200);
        atWork.set(host, atWork.get(host)! - 1);
        return undefined;
      }),
    }));
    const id = await engine.restart({ strategy: { kind: "recreate", options: {} }, limits: noLimits });
    engine.begin();
    await setTimeout(50);
    engine.world.queue.wake(id);
    expect((await engine.ended(id)).state).toBe("succeeded");
    expect(most).toBe(1);
  });

  it("takes a host that did not tell in time for neither failed nor untouched, and asks it again", async () => {
    let asked = 0;
    const hosts = obedientHosts(aRelease(1), async (host, command) => {
      if (!isActivation(command)) return undefined;
      asked += 1;
      if (asked > 1) return undefined;
      const nothing = { stdout: "", stderr: "", truncated: false };
      throw new CommandEnded(host, "limit", nothing, `${host}: it did not end in time`);
    });
    engine = await testEngine(() => ({ hosts }));
    const id = await engine.restart({ hosts: ["web-1"], limits: noLimits });
    engine.begin();
    expect((await engine.ended(id)).state).toBe("succeeded");
    expect(asked).toBe(2);
  });

  it("runs hooks where they can't speak for the helper", async () => {
    const channels: (string | undefined)[] = [];
    const hosts = obedientHosts(aRelease(1), async (_host, { argv, channel }) => {
      if (argv.includes("warm-up")) channels.push(channel);
      return undefined;
    });
    engine = await testEngine(() => ({ hosts }));
    const hooks = [{ at: "after-activate", on: "every-host", run: ["warm-up"], limitSeconds: 5 }] as const;
    const id = await engine.restart({ hosts: ["web-1"], limits: noLimits, hooks });
    engine.begin();
    expect((await engine.ended(id)).state).toBe("succeeded");
    expect(channels).toEqual(["bulk"]);
  });
});

const noLimits = { floor: 0, tolerate: 0, progressSeconds: 300, load: 0.75 };

async function endAsSuperseded(id: string, world: World): Promise<void> {
  const journal = await Journal.open(world, id);
  await journal.decide([{ kind: "finished", state: "superseded", message: "a newer one came", behind: [] }]);
}
