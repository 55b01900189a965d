import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { eventually } from "../../../test/support/eventually.ts";
import { testEngine } from "../../../test/support/engine.ts";
import type { TestEngine } from "../../../test/support/engine.ts";
import { aRelease, aTarget } from "../../../test/support/targets.ts";
import type { Deployment } from "../../core/deployment.ts";
import type { FreezeWindow } from "../../core/freeze.ts";
import type { Settings } from "../../core/settings.ts";
import { rolloutLock } from "../admit.ts";
import { request } from "../request.ts";
import { runDeployment } from "../run.ts";
import { override, pause } from "../steer.ts";
import { addFreeze, askFreezeException, confirmFreezeException, removeFreeze } from "./windows.ts";

const place = { service: "orders", environment: "production" };
const settings = { targets: () => [{ ...place, hosts: ["web-1"] }] } as unknown as Settings;

describe("a deployment of a frozen place", () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await testEngine();
    engine.begin();
  });
  afterEach(async () => engine.close());

  const around = () => ({ world: engine.world, settings });
  const freeze = async (milliseconds: number, differences: Partial<FreezeWindow> = {}) => {
    const from = Date.now() - 1;
    const when = { kind: "once", zone: "UTC", from, until: from + milliseconds } as const;
    await addFreeze({ name: "sale", reason: "the sale", when, ...differences }, "kim", around());
  };
  const deploy = async (kind: "deploy" | "restart" = "deploy"): Promise<string> =>
    request({ kind, ...place, by: "lee" }, aTarget(), { kind: "restart", release: aRelease(1) }, engine.world);
  const frozen = async (id: string): Promise<Deployment> =>
    eventually(async () => {
      const seen = await engine.look(id);
      return seen.frozen === undefined ? undefined : seen;
    });
  const kinds = async (id: string): Promise<readonly string[]> =>
    (await engine.world.store.journal(id)).map(({ event }) => event.kind);
  const hour = 3_600_000;

  it("is prepared, waits with a sentence before its rollout, and goes on by itself at the end", async () => {
    await freeze(1_500);
    const id = await deploy();
    const waiting = await frozen(id);
    expect(waiting.state).toBe("queued");
    expect(waiting.rollout).toBeDefined();
    expect(waiting.frozen?.sentence).toMatch(/orders in production is frozen until .*: sale \(the sale\)/);
    expect((await engine.world.store.locks()).map(({ resource }) => resource)).not.toContain(rolloutLock(place));

    expect((await engine.ended(id)).state).toBe("succeeded");
    const journal = await kinds(id);
    expect(journal.indexOf("thawed")).toBeLessThan(journal.indexOf("admitted"));
    const at = async (kind: string) =>
      (await engine.world.store.journal(id)).find(({ event }) => event.kind === kind)!.at;
    expect(await at("admitted")).toBeGreaterThanOrEqual(waiting.frozen!.until!);
  });

  it.each(["freeze", "pause"] as const)(
    "gives back the lock that it kept to be planned anew, at a %s",
    async (held) => {
      await engine.world.queue.close();
      const id = await deploy();
      const takeLocks = { owner: id, reason: "deploy by lee", resources: [rolloutLock(place)] };
      await engine.world.store.commit({ at: Date.now(), takeLocks });
      if (held === "freeze") await freeze(hour);
      else await pause(id, "kim", engine.world);
      await runDeployment(id, engine.world, AbortSignal.timeout(4_000));
      expect((await engine.look(id)).epoch).toBeUndefined();
      expect(await engine.world.store.locks()).toEqual([]);
    },
  );

  it("goes on when two people make an exception, and not when one does", async () => {
    await freeze(hour);
    const id = await deploy();
    await frozen(id);
    const asked = { window: "sale", reason: "users can't pay", from: Date.now() - 1, until: Date.now() + hour };
    const exception = await askFreezeException(asked, "kim", around());
    await expect(confirmFreezeException(exception, "kim", around())).rejects.toThrow("another person");
    expect((await engine.look(id)).frozen).toBeDefined();
    await confirmFreezeException(exception, "lee", around());
    expect((await engine.ended(id)).state).toBe("succeeded");
    await expect(confirmFreezeException(exception, "park", around())).rejects.toThrow("lee has confirmed");

    const rows = await engine.world.store.audit({ object: "freeze sale" });
    expect(rows.map(({ actor, action }) => `${actor}: ${action}`)).toEqual([
      "lee: confirm-freeze-exception",
      "kim: ask-freeze-exception",
      "kim: add-freeze",
    ]);
  });

  it("has the end of its freeze in its journal in the same moment, whoever dies then", async () => {
    await freeze(hour);
    const id = await deploy();
    await frozen(id);
    const deaf = { ...engine.world, queue: { ...engine.world.queue, wake: () => {} } };
    await removeFreeze("sale", "kim", { world: deaf, settings });
    expect((await kinds(id)).at(-1)).toBe("thawed");
    expect(await engine.world.store.due(Date.now())).toContain(id);
  });

  it("does not wait when somebody broke the glass, which its journal keeps", async () => {
    await freeze(hour);
    const asked = { kind: "deploy", ...place, by: "lee", breakGlass: "users can't pay" } as const;
    const origin = { kind: "restart", release: aRelease(1) } as const;
    const id = await request(asked, aTarget(), origin, engine.world);
    expect((await engine.ended(id)).state).toBe("succeeded");
    const events = (await engine.world.store.journal(id)).map(({ event }) => event);
    expect(events).toContainEqual({ kind: "freeze-passed", by: "lee", reason: "users can't pay" });
  });

  it("goes on when the window is removed", async () => {
    await freeze(hour);
    const id = await deploy();
    await frozen(id);
    expect(await removeFreeze("sale", "kim", around())).toBe(true);
    expect((await engine.ended(id)).state).toBe("succeeded");
    expect(await removeFreeze("sale", "kim", around())).toBe(false);
  });

  it("goes on also when the calendar was changed by somebody who told nobody", async () => {
    await freeze(hour);
    const id = await deploy();
    await frozen(id);
    await engine.world.store.commit({ at: Date.now(), freezes: [{ kind: "remove-window", name: "sale" }] });
    engine.world.queue.wake(id);
    expect((await engine.ended(id)).state).toBe("succeeded");
  });

  it("goes past it when a person says why", async () => {
    await freeze(hour);
    const id = await deploy();
    await frozen(id);
    await override(id, "kim", "users can't pay", engine.world);
    expect((await engine.ended(id)).state).toBe("succeeded");
    expect(await kinds(id)).toContain("freeze-passed");
    const [row] = await engine.world.store.audit({ object: "orders@production", limit: 10, action: "freeze-passed" });
    expect(row).toMatchObject({ actor: "kim", detail: { reason: "users can't pay", before: "queued" } });
  });

  it("is not held when it brings no other release, and nothing elsewhere is", async () => {
    await freeze(hour);
    expect((await engine.ended(await deploy("restart"))).state).toBe("succeeded");
  });

  it("is not held by a window for another service", async () => {
    const elsewhere = { ...settings, targets: () => [{ service: "web", environment: "production", hosts: [] }] };
    const when = { kind: "once", zone: "UTC", from: 0, until: Date.now() + hour } as const;
    const window = { name: "web", reason: "r", services: ["web"], when };
    await addFreeze(window, "kim", { world: engine.world, settings: elsewhere });
    expect((await engine.ended(await deploy())).state).toBe("succeeded");
  });

  it("waits for a window that comes while it waits for another one", async () => {
    await freeze(400);
    const id = await deploy();
    const first = await frozen(id);
    await freeze(1_200, { name: "longer", reason: "the stock take" });
    await eventually(async () => ((await engine.look(id)).frozen?.sentence.includes("stock take") ? true : undefined));
    const ended = await engine.ended(id);
    expect(ended.state).toBe("succeeded");
    expect(ended.admittedAt).toBeGreaterThan(first.frozen!.until!);
  });
});

describe("a freeze window", () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await testEngine();
  });
  afterEach(async () => engine.close());
  const when = { kind: "once", zone: "UTC", from: 1, until: 2 } as const;

  it.each([
    [{ services: ["order"] }, "there is no service order"],
    [{ environments: ["prod"] }, "there is no environment prod"],
    [{ when: { ...when, zone: "Asia/Seul" } }, "Asia/Seul"],
    [{ when: { ...when, until: 1 } }, "ends before it begins"],
  ])("is refused with %j", async (wrong, message) => {
    const window = { name: "w", reason: "r", when, ...wrong };
    await expect(addFreeze(window, "kim", { world: engine.world, settings })).rejects.toThrow(message);
    expect(await engine.world.store.freezes.windows()).toEqual([]);
  });

  it("has one name, and takes its exceptions along when it goes", async () => {
    const around = { world: engine.world, settings };
    await addFreeze({ name: "w", reason: "r", when }, "kim", around);
    await expect(addFreeze({ name: "w", reason: "r", when }, "kim", around)).rejects.toThrow("already");
    const until = Date.now() + 1e6;
    await askFreezeException({ window: "w", reason: "r", from: 0, until }, "kim", around);
    await removeFreeze("w", "kim", around);
    expect(await engine.world.store.freezes.exceptions()).toEqual([]);
    await expect(askFreezeException({ window: "w", reason: "r", from: 0, until }, "kim", around)).rejects.toThrow(
      "there is no freeze window w",
    );
  });
});
