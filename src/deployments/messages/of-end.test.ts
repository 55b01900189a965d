import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { testEngine } from "../../../test/support/engine.ts";
import type { TestEngine } from "../../../test/support/engine.ts";
import { aTarget } from "../../../test/support/targets.ts";
import { foldApproval } from "../../core/approval-fold.ts";
import type { ApprovalEvent } from "../../core/approval.ts";
import type { FinalState, Request } from "../../core/deployment.ts";
import { addresseeKey } from "../../core/message.ts";
import { finish } from "../finish.ts";
import { Journal } from "../journal.ts";
import { request } from "../request.ts";

const place = { service: "orders", environment: "production" };

describe("the end of a deployment", () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await testEngine();
    const people = ["kim", "lee", "park"].map((login) => ({ login, set: { name: login } }));
    await engine.world.store.people.write([...people, { login: "gone", set: { name: "gone", disabled: true } }], [], 0);
  });
  afterEach(async () => engine.close());

  async function endOf(
    state: FinalState,
    more: Partial<Request> = {},
    asked: readonly string[] = [],
  ): Promise<{ readonly told: readonly string[]; readonly threads: readonly string[]; readonly id: string }> {
    const { world } = engine;
    const release = {
      number: 7,
      artifact: { sha256: "a".repeat(64), bytes: 1, form: "file", name: "a" },
      settings: "b",
      revision: "c",
    } as const;
    const id = await request(
      { ...place, kind: "deploy", by: "kim", ...more },
      aTarget(),
      { kind: "release", release },
      world,
    );
    if (asked.length > 0) await world.store.commit(approvalOf(id, asked));
    const journal = await Journal.open(world, id);
    await finish({ kind: "finish", state, message: "it crashed", behind: [] }, journal, world);
    const messages = await world.store.outbox.list({});
    return {
      id,
      told: messages.map(({ to }) => addresseeKey(to)).toSorted(),
      threads: [...new Set(messages.map(({ message }) => ("approval" in message ? message.approval! : "none")))],
    };
  }

  it("is told to the requester, to whoever pushed, and to the environment's channel, each once", async () => {
    const { told } = await endOf("failed", { pushedBy: "lee" });
    expect(told).toEqual(["channel:production", "person:kim", "person:lee"]);
  });

  it("is written in the transaction that ends it", async () => {
    const { id } = await endOf("succeeded");
    const [message] = await engine.world.store.outbox.list({ thread: id });
    const journal = await engine.world.store.journal(id);
    expect(message!.at).toBe(journal.find(({ event }) => event.kind === "finished")!.at);
    expect(message!.message).toMatchObject({
      state: "succeeded",
      message: "it crashed",
      about: { number: 1, requestedBy: "kim" },
    });
  });

  it("is told to the approvers who were asked, in the thread of the request for approval", async () => {
    const { told, threads } = await endOf("rolled-back", {}, ["lee", "park", "gone"]);
    expect(told).toEqual(["channel:production", "person:kim", "person:lee", "person:park"]);
    expect(threads).toEqual(["a-1"]);
  });

  it.each(["rejected", "expired", "withdrawn"] as const)("is not told twice when the request was %s", async (state) => {
    expect((await endOf(state, {}, ["lee"])).told).toEqual([]);
  });

  it("is told to those only whose change it was when a newer one takes its place", async () => {
    expect((await endOf("superseded", { pushedBy: "lee" }, ["park"])).told).toEqual(["person:kim", "person:lee"]);
  });

  it("is told to a stranger who pushed, by mail, when it went wrong", async () => {
    const pushed = { by: "hook:shop", pusherMail: "dev@example.com" };
    expect((await endOf("rolled-back", pushed)).told).toEqual(["channel:production", "mail:dev@example.com"]);
  });

  it("is not told to strangers when all is well", async () => {
    expect((await endOf("succeeded", { pusherMail: "dev@example.com" })).told).toEqual([
      "channel:production",
      "person:kim",
    ]);
  });

  it("is told to nobody who is a program, or is not there any more", async () => {
    expect((await endOf("failed", { by: "token:ci", pushedBy: "gone" })).told).toEqual(["channel:production"]);
  });
});

/** A request for approval with people who were asked. */
function approvalOf(deployment: string, asked: readonly string[]) {
  const events: ApprovalEvent[] = [
    {
      kind: "requested",
      subject: { deployment, digest: "a".repeat(64), requestedBy: "kim", writtenBy: [] },
      terms: {
        rule: { kind: "group", count: 1, group: "leads" },
        mayNotApprove: { requester: true, pusher: true, authors: true },
        deadline: 1000,
        reminders: [],
        escalations: [],
        reviewEveryMilliseconds: 100,
      },
      approvers: asked.map((login) => ({ login, groups: ["leads"] })),
    },
    { kind: "asked", people: asked.map((login) => ({ login })) },
  ];
  const after = foldApproval(
    "a-1",
    events.map((event) => ({ at: 1, event })),
  );
  return { at: 1, approvals: [{ approval: "a-1", ...place, expected: 0, events, after, dueAt: null }] };
}
