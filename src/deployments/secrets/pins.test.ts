import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { testEngine } from "../../../test/support/engine.ts";
import type { TestEngine } from "../../../test/support/engine.ts";
import { aRelease, aTarget, factsOf } from "../../../test/support/targets.ts";
import type { Origin } from "../../core/plan.ts";
import { nextMove } from "../../core/next-move.ts";
import { SecretReferenceRefused } from "../../core/secret-reference.ts";
import { settingsFor } from "../../steps/install-unit.ts";
import { failureOf } from "../../ports/secrets.contract.ts";
import { Journal } from "../journal.ts";
import { recordRolloutPlan } from "../plans.ts";
import { request } from "../request.ts";
import { pinsFor } from "./pins.ts";
import { voidOldSecrets } from "./void-old-secrets.ts";

const place = { service: "orders", environment: "production" };
const target = aTarget({
  variables: { DB_URL: "postgres://app:${secret:DB}@db/orders", PLAIN: "plain" },
  hooks: [
    { at: "after-rollout", on: "server", run: ["tell"], variables: { TOKEN: "${secret:CHAT}" }, limitSeconds: 10 },
  ],
});
const origin: Origin = { kind: "release", release: aRelease(7) };
const back: Origin = { kind: "return", goal: "7-aaaaaaaaaaaa", release: aRelease(7) };

describe("the secrets of a deployment", () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await testEngine();
  });
  afterEach(async () => engine.close());

  const set = (name: string, value: string) =>
    engine.world.secrets.put({ name, value, environment: null, service: null, by: "kim" });
  const ask = () => request({ ...place, kind: "deploy", by: "kim" }, target, origin, engine.world);

  /** Asked for, looked at, and planned: the next thing would be its rollout. */
  async function planned(): Promise<Journal> {
    const journal = await Journal.open(engine.world, await ask());
    await journal.decide(seen);
    await recordRolloutPlan(journal, engine.world);
    return journal;
  }
  const facts = factsOf("none");
  const seen = ["web-1", "web-2"].map((host) => ({
    kind: "host-done" as const,
    track: "prepare" as const,
    step: 0,
    host,
    attempt: 1,
    outcome: { kind: "done" as const, changed: false, result: { kind: "facts" as const, facts } },
  }));
  const pinned = ({ deployment }: Journal) =>
    deployment.rollout?.targets[0].secrets?.map(({ name, version }) => `${name} ${version}`);

  it("are refused by name when they are missing, before anything is asked for", async () => {
    await set("DB", "a fine value");
    const error = await failureOf(ask(), ["a fine value"]);
    expect(error.message).toContain("There is no value of the secret CHAT for orders in production");
    expect(error.message).toContain("signalbox secrets set CHAT --service orders --env production");
    expect(await engine.world.store.deployments({})).toEqual([]);
  });

  it("are refused when they can't be a variable, without their values", async () => {
    await set("CHAT", "a fine value");
    await set("DB", "planted-one\nplanted-two");
    const error = await ask().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(SecretReferenceRefused);
    expect(String(error)).toContain("environment.DB_URL: its secret has a line break");
    expect(String(error)).not.toContain("planted");
  });

  it("are in the plan by their versions, and nowhere by their values", async () => {
    await set("DB", "planted-value");
    await set("CHAT", "planted-token");
    const journal = await planned();
    expect(pinned(journal)).toEqual(["CHAT 1", "DB 1"]);
    const written = JSON.stringify(await engine.world.store.journal(journal.deployment.id));
    expect(written).toContain("${secret:DB}");
    expect(written).not.toContain("planted");
  });

  it("make another plan, another release and other settings with another version", async () => {
    await set("DB", "the first value");
    await set("CHAT", "the first token");
    const first = (await planned()).deployment;
    const same = (await planned()).deployment;
    expect([same.digest, same.release?.number]).toEqual([first.digest, first.release?.number]);

    await set("CHAT", "the second token");
    const otherHook = (await planned()).deployment;
    expect(otherHook.digest).not.toBe(first.digest);
    // What only a hook gets is not the release's.
    expect(otherHook.release?.number).toBe(first.release?.number);

    await set("DB", "the second value");
    const other = (await planned()).deployment;
    expect(other.release?.number).toBe(first.release!.number + 1);
    const digest = (deployment: typeof first) => settingsFor({ deployment, target, host: "web-1" }).digest;
    expect(digest(otherHook)).toBe(digest(first));
    expect(digest({ ...other, release: first.release! })).not.toBe(digest(first));
  });

  it("void the plan when they change before its rollout, and it is planned with the new ones", async () => {
    await set("DB", "the first value");
    await set("CHAT", "the first token");
    const journal = await planned();
    const { digest } = journal.deployment;
    expect(await voidOldSecrets(journal, engine.world)).toBe(false);

    await set("DB", "the second value");
    expect(await voidOldSecrets(journal, engine.world)).toBe(true);
    expect(journal.deployment.digest).toBeUndefined();
    expect(nextMove(journal.deployment, 0)).toMatchObject({ kind: "perform", step: { kind: "inspect-host" } });
    await journal.decide(seen);
    await recordRolloutPlan(journal, engine.world);
    expect(pinned(journal)).toEqual(["CHAT 1", "DB 2"]);
    expect(journal.deployment.digest).not.toBe(digest);
    expect(await voidOldSecrets(journal, engine.world)).toBe(false);
  });

  it("end the deployment with the reason when one was removed before its rollout", async () => {
    await set("DB", "the first value");
    await set("CHAT", "the first token");
    const journal = await planned();
    await engine.world.secrets.remove({ name: "DB", environment: null, service: null }, "kim");
    expect(await voidOldSecrets(journal, engine.world)).toBe(true);
    await journal.decide(seen);
    await recordRolloutPlan(journal, engine.world);
    expect(journal.deployment.state).toBe("failed");
    expect(journal.deployment.finished?.message).toContain("There is no value of the secret DB");
  });

  it("change nothing any more when its rollout has begun", async () => {
    await set("DB", "the first value");
    await set("CHAT", "the first token");
    const journal = await planned();
    await journal.decide([{ kind: "admitted", epoch: 1 }]);
    await set("DB", "the second value");
    expect(await voidOldSecrets(journal, engine.world)).toBe(false);
  });

  it("keep nobody from the way back: hosts have those of the old release", async () => {
    expect(await pinsFor(aTarget({ ...target, hooks: [] }), back, engine.world)).toEqual([]);
    expect(await pinsFor(target, back, engine.world)).toEqual([]);
    await set("CHAT", "a fine token");
    expect((await pinsFor(target, back, engine.world)).map(({ name }) => name)).toEqual(["CHAT"]);
  });
});
