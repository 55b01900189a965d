import { setTimeout } from "node:timers/promises";

import { afterEach, describe, expect, it } from "vitest";

import { isActivation, obedientHosts, testEngine } from "../../test/support/engine.ts";
import type { TestEngine } from "../../test/support/engine.ts";
import { eventually } from "../../test/support/eventually.ts";
import { aRelease, aTarget } from "../../test/support/targets.ts";
import { releaseId } from "../core/release.ts";
import { request } from "./request.ts";
import { setSecret } from "./secrets/keep-secrets.ts";
import { pause, resume } from "./steer.ts";

describe("deployments that wait for their turn", () => {
  let engine: TestEngine;
  let letGo = (): void => {};
  afterEach(async () => {
    letGo();
    await engine.close();
  });

  /** One has the lock until it is let go. */
  async function oneRuns(): Promise<void> {
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const asked: string[] = [];
    engine = await testEngine(({ secrets }) => ({
      hosts: obedientHosts(aRelease(1), async (host, command) => {
        if (isActivation(command)) await held;
        const isLooking = command.argv.some((word) => word.includes("directories-ready"));
        return isLooking
          ? { stdout: `machine-id=${host}\n${releases}directories-ready=yes\nexec=/usr/bin/java\n` }
          : undefined;
      }),
      secrets: {
        ...secrets,
        current: async (names, user) => {
          asked.push(...names);
          return secrets.current(names, user);
        },
      },
    }));
    askedForSecrets = asked;
    engine.begin();
    const first = await engine.restart();
    await eventually(async () => ((await engine.look(first)).epoch === undefined ? undefined : true));
  }

  /** Hosts have the artifact already, whatever number its release gets. */
  const releases = [1, 2].map((number) => `directory.${releaseId(aRelease(number))}=yes\n`).join("");
  let askedForSecrets: readonly string[] = [];
  const queued = async (id: string): Promise<unknown> =>
    eventually(async () => ((await engine.look(id)).state === "queued" ? true : undefined));

  it("say so, and get it in the order in which they were asked for", async () => {
    await oneRuns();
    const waiting = [await engine.restart(), await engine.restart(), await engine.restart()];
    for (const id of waiting) await queued(id);

    // The last one knocks first.
    for (const id of waiting.toReversed()) engine.world.queue.wake(id);
    letGo();
    const ends = await Promise.all(waiting.map(async (id) => engine.ended(id)));

    const epochs = ends.map(({ epoch }) => epoch!);
    expect(epochs).toEqual(epochs.toSorted((a, b) => a - b));
    expect(ends.map(({ state }) => state)).toEqual(["succeeded", "succeeded", "succeeded"]);
  });

  it("give it away while a person holds them up", async () => {
    await oneRuns();
    const [paused, next] = [await engine.restart(), await engine.restart()];
    for (const id of [paused, next]) await queued(id);
    await pause(paused, "kim", engine.world);
    letGo();
    expect((await engine.ended(next)).state).toBe("succeeded");
    expect((await engine.look(paused)).state).toBe("queued");
    await resume(paused, "kim", engine.world);
    expect((await engine.ended(paused)).state).toBe("succeeded");
  });

  it("leave the keeper of secrets alone until it is theirs", async () => {
    await oneRuns();
    await setSecret({ name: "DB", environment: null, service: null, by: "kim", value: "the value" }, engine.world);
    const target = aTarget({ variables: { DB: "${secret:DB}" } });
    const { service, environment } = target;
    const asked = { kind: "deploy", service, environment, by: "kim" } as const;
    const id = await request(asked, target, { kind: "release", release: aRelease(1) }, engine.world);
    await queued(id);
    const before = askedForSecrets.length;
    for (let look = 0; look < 5; look += 1) {
      engine.world.queue.wake(id);
      await setTimeout(20);
    }
    expect(askedForSecrets).toHaveLength(before);
    letGo();
    await eventually(async () => ((await engine.look(id)).epoch === undefined ? undefined : true));
    expect(askedForSecrets.length).toBeGreaterThan(before);
  });
});
