import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { testEngine } from "../../../test/support/engine.ts";
import type { TestEngine } from "../../../test/support/engine.ts";
import { anAsk, anEnd, noMessages } from "../../../test/support/messages.ts";
import type { MessageSettings } from "../../core/channel.ts";
import type { Settled } from "../../ports/outbox.ts";
import { examineMessages } from "./doctor.ts";
import { tryOut } from "./try-out.ts";

const slack = { kind: "slack", token: "SLACK_TOKEN", api: "https://slack.com/api" } as const;
const channelOf: MessageSettings["channelOf"] = (environment) =>
  environment === "production" ? { ways: [{ via: "slack", address: "#deploys" }], language: "en" } : undefined;
const configured: MessageSettings = { ...noMessages, channels: new Map([["slack", slack]]), channelOf };

let engine: TestEngine;
beforeEach(async () => {
  engine = await testEngine();
});
afterEach(async () => engine.close());

describe("what doctor says about messages", () => {
  const look = async (settings = configured) =>
    (await examineMessages({ messages: () => settings }, engine.world)).map(
      ({ level, message }) => `${level}: ${message}`,
    );
  const told = async (key: string, settled: Settled, at: number): Promise<void> => {
    const { outbox } = engine.world.store;
    await engine.world.store.commit({ at, messages: [{ key, to: { kind: "person", login: key }, message: anAsk() }] });
    const { id } = (await outbox.list({})).find((one) => one.key === key)!;
    await outbox.settle(id, settled, at);
  };

  it("is nothing where nobody is to be told", async () => {
    expect(await look(noMessages)).toEqual([]);
  });

  it("is good where everybody was told", async () => {
    expect(await look()).toEqual(["ok: slack: everybody was told"]);
  });

  it("names who was not told, and who is not told yet, with the reason", async () => {
    const now = engine.world.clock.now();
    await told("kim", { kind: "given-up", error: "slack: user_not_found" }, now);
    await told("lee", { kind: "again", at: now, error: "slack: it answered 503" }, now);
    await told("park", { kind: "sent", via: "slack", address: "U1" }, now);
    await told("choi", { kind: "given-up", error: "long ago" }, now - 25 * 3_600_000);
    expect(await look()).toEqual([
      "problem: person:kim was not told and is not tried again (1 try): slack: user_not_found",
      "warning: person:lee is not told yet (1 try): slack: it answered 503",
    ]);
  });
});

describe("trying whether somebody can be reached", () => {
  const settings = { messages: () => configured };

  it("writes a message to exactly that reader, with a row of the audit log", async () => {
    const { store } = engine.world;
    await store.people.write([{ login: "kim", set: { name: "Kim" } }], [], 0);
    const first = await tryOut({ kind: "person", login: "kim" }, "root", settings, engine.world);
    const second = await tryOut({ kind: "channel", environment: "production" }, "root", settings, engine.world);
    expect((await store.outbox.list({})).map(({ key, to }) => [key, to])).toEqual([
      [second.key, { kind: "channel", environment: "production" }],
      [first.key, { kind: "person", login: "kim" }],
    ]);
    expect((await store.audit({ action: "test-message" })).map(({ object }) => object)).toEqual([
      "channel:production",
      "person:kim",
    ]);
  });

  it("says when there is no such reader", async () => {
    const { world } = engine;
    await expect(tryOut({ kind: "person", login: "nobody" }, "root", settings, world)).rejects.toThrow(
      "no person nobody",
    );
    await expect(tryOut({ kind: "channel", environment: "dev" }, "root", settings, world)).rejects.toThrow(
      "dev has no channel",
    );
    expect(await world.store.outbox.list({})).toEqual([]);
  });

  it("is never in the place of another message", async () => {
    const { world } = engine;
    const one = { kind: "channel", environment: "production" } as const;
    await tryOut(one, "root", settings, world);
    await world.store.commit({ at: 1, messages: [{ key: "end", to: one, message: anEnd("failed") }] });
    const [end, test] = await world.store.outbox.list({});
    expect(await world.store.outbox.newer(test!)).toEqual([]);
    expect(end!.message.kind).toBe("deployment-ended");
  });
});
