/** What every store has to do with messages and requests for approval. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Approval, ApprovalEvent } from "../core/approval.ts";
import { foldApproval } from "../core/approval-fold.ts";
import type { Message } from "../core/message.ts";
import type { ApprovalChange } from "./approvals.ts";
import type { NewMessage } from "./outbox.ts";
import { append, id, requested } from "./store.samples.ts";
import type { Store } from "./store.ts";
import { JournalConflict } from "./store.ts";

const about = {
  deployment: id(1),
  number: 1,
  service: "orders",
  environment: "production",
  requestedBy: "kim",
} as const;

function aMessage(key: string, differences: Partial<NewMessage> = {}): NewMessage {
  const message: Message = { kind: "deployment-ended", about, state: "succeeded", message: "", behind: [] };
  return { key, to: { kind: "person", login: "kim" }, message, ...differences };
}

export function describeOutbox(name: string, open: () => Promise<Store>): void {
  describe(`${name}: the outbox`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const write = (at: number, ...messages: readonly NewMessage[]): Promise<void> => store.commit({ at, messages });
    const due = async (at: number, limit = 10): Promise<readonly string[]> =>
      (await store.outbox.due(at, limit)).map(({ key }) => key);
    const idOf = async (key: string): Promise<number> =>
      (await store.outbox.list({})).find((message) => message.key === key)!.id;

    it("gives messages back as they were written, the oldest first", async () => {
      await write(20, aMessage("b"), aMessage("a", { to: { kind: "channel", environment: "dev" } }));
      await write(10, aMessage("c", { to: { kind: "mail", address: "kim@example.com" } }));
      expect(await store.outbox.due(20, 10)).toEqual([
        { ...aMessage("b"), id: expect.any(Number), at: 20, tries: 0, lastError: null },
        {
          ...aMessage("a"),
          to: { kind: "channel", environment: "dev" },
          id: expect.any(Number),
          at: 20,
          tries: 0,
          lastError: null,
        },
        {
          ...aMessage("c"),
          to: { kind: "mail", address: "kim@example.com" },
          id: expect.any(Number),
          at: 10,
          tries: 0,
          lastError: null,
        },
      ]);
      expect(await due(19)).toEqual(["c"]);
      expect(await due(20, 1)).toEqual(["b"]);
    });

    it("takes a message once, by its key", async () => {
      await write(1, aMessage("a"), aMessage("a"));
      await write(2, aMessage("a", { to: { kind: "person", login: "lee" } }), aMessage("b"));
      expect((await store.outbox.list({})).map(({ key, at, to }) => [key, at, to])).toEqual([
        ["b", 2, { kind: "person", login: "kim" }],
        ["a", 1, { kind: "person", login: "kim" }],
      ]);
      await store.outbox.settle(await idOf("a"), { kind: "sent", via: "mail", address: "kim@example.com" }, 3);
      await write(4, aMessage("a"));
      expect(await due(9)).toEqual(["b"]);
    });

    it("has nothing of a transaction that was not written", async () => {
      const first = append({ id: id(1) }, 1, [requested()]);
      await store.commit({ at: 1, journals: [first] });
      await expect(store.commit({ at: 2, journals: [first], messages: [aMessage("a")] })).rejects.toThrow(
        JournalConflict,
      );
      expect(await store.outbox.list({})).toEqual([]);
    });

    it("shows a message again when it is due again, with what went wrong", async () => {
      await write(1, aMessage("a"));
      const a = await idOf("a");
      await store.outbox.settle(a, { kind: "again", at: 50, error: "connection refused" }, 2);
      expect(await due(49)).toEqual([]);
      expect(await store.outbox.due(50, 1)).toMatchObject([{ tries: 1, lastError: "connection refused", at: 1 }]);
      expect(await store.outbox.list({ state: "waiting" })).toMatchObject([{ state: "waiting", next: 50, via: null }]);
    });

    it("leaves what was settled for good as it is", async () => {
      await write(1, aMessage("a"));
      const a = await idOf("a");
      await store.outbox.settle(a, { kind: "sent", via: "slack", address: "#deploys", ref: "C1:1.2" }, 5);
      await store.outbox.settle(a, { kind: "again", at: 6, error: "late" }, 6);
      await store.outbox.settle(a, { kind: "given-up", error: "late" }, 7);
      expect(await due(99)).toEqual([]);
      expect(await store.outbox.list({})).toMatchObject([
        { state: "sent", via: "slack", address: "#deploys", next: 5, tries: 1, lastError: null, at: 1 },
      ]);
      expect(await store.audit({})).toEqual([]);
    });

    it("says in the audit log that a message was given up, and not that one was replaced", async () => {
      await write(1, aMessage("a"), aMessage("b"));
      await store.outbox.settle(await idOf("a"), { kind: "given-up", error: "no such user" }, 5);
      await store.outbox.settle(await idOf("b"), { kind: "replaced" }, 6);
      expect(await store.outbox.list({})).toMatchObject([
        { key: "b", state: "replaced", tries: 0, next: 6 },
        { key: "a", state: "given-up", tries: 1, next: 5, lastError: "no such user" },
      ]);
      expect(await store.outbox.list({ state: "given-up" })).toHaveLength(1);
      expect(await store.audit({})).toMatchObject([
        { at: 5, action: "message given-up", object: "person:kim", detail: { message: "a", error: "no such user" } },
      ]);
    });

    it("knows the newest message that a channel took for an address in a thread", async () => {
      const { outbox } = store;
      await write(1, aMessage("a"), aMessage("b"), aMessage("c", { message: { kind: "test", id: "t-1", by: "kim" } }));
      await outbox.settle(await idOf("b"), { kind: "sent", via: "slack", address: "U1", ref: "newest" }, 5);
      await outbox.settle(await idOf("a"), { kind: "sent", via: "slack", address: "U1", ref: "older" }, 6);
      await outbox.settle(await idOf("c"), { kind: "sent", via: "slack", address: "U1", ref: "other" }, 7);
      expect(await outbox.lastRef(id(1), "slack", "U1")).toBe("newest");
      expect(await outbox.lastRef(id(1), "slack", "U2")).toBeUndefined();
      expect(await outbox.lastRef(id(1), "mail", "U1")).toBeUndefined();
      expect(await outbox.lastRef("test t-1", "slack", "U1")).toBe("other");
    });

    it("knows what was written later to the same reader in the same thread", async () => {
      const other = { kind: "channel", environment: "dev" } as const;
      await write(1, aMessage("a"), aMessage("b", { to: other }), aMessage("c"), aMessage("d"));
      const [a] = await store.outbox.due(1, 1);
      await store.outbox.settle(await idOf("c"), { kind: "replaced" }, 2);
      expect((await store.outbox.newer(a!)).map(({ key, state }) => [key, state])).toEqual([
        ["c", "replaced"],
        ["d", "waiting"],
      ]);
      expect((await store.outbox.list({ thread: id(1), limit: 2 })).map(({ key }) => key)).toEqual(["d", "c"]);
    });
  });
}

const subject = { deployment: id(1), digest: "a".repeat(64), requestedBy: "kim", writtenBy: [] };
const asking: ApprovalEvent = {
  kind: "requested",
  subject,
  terms: {
    rule: { kind: "group", count: 1, group: "leads" },
    mayNotApprove: { requester: true, pusher: true, authors: true },
    deadline: 1000,
    reminders: [],
    escalations: [],
    reviewEveryMilliseconds: 100,
  },
  approvers: [{ login: "lee", groups: ["leads"] }],
};

/** The change that appends events, and the request after it. */
function decided(
  approval: string,
  before: readonly ApprovalEvent[],
  events: readonly ApprovalEvent[],
  { at = 1, ...differences }: Partial<ApprovalChange> & { readonly at?: number } = {},
): { readonly at: number; readonly approvals: readonly [ApprovalChange] } {
  const after: Approval = foldApproval(
    approval,
    [...before, ...events].map((event) => ({ at, event })),
  );
  const place = { service: "orders", environment: "production" };
  const change = { approval, ...place, expected: before.length, events, after, dueAt: 500, ...differences };
  return { at, approvals: [change] };
}

export function describeApprovals(name: string, open: () => Promise<Store>): void {
  describe(`${name}: requests for approval`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const ended: ApprovalEvent = { kind: "ended", end: { kind: "broken-glass", by: "root", reason: "down" } };
    const reviewed: ApprovalEvent = { kind: "reviewed", by: "lee", note: "right" };

    it("are given back event by event", async () => {
      await store.commit(decided("a-1", [], [asking]));
      await store.commit(decided("a-1", [asking], [ended], { at: 7, dueAt: null }));
      const kept = {
        id: "a-1",
        service: "orders",
        environment: "production",
        events: [
          { at: 1, event: asking },
          { at: 7, event: ended },
        ],
      };
      expect(await store.approvals.find("a-1")).toEqual(kept);
      expect(await store.approvals.about(id(1))).toEqual(kept);
      expect(await store.approvals.find("a-2")).toBeUndefined();
      expect(await store.approvals.count()).toBe(1);
    });

    it("refuse what was decided without the last event, with all that belongs to it", async () => {
      await store.commit(decided("a-1", [], [asking]));
      await store.commit(decided("a-1", [asking], [ended]));
      const late = { ...decided("a-1", [asking], [ended]), messages: [aMessage("late")] };
      await expect(store.commit(late)).rejects.toThrow(JournalConflict);
      await expect(store.commit(decided("a-1", [], [asking]))).rejects.toThrow(JournalConflict);
      await expect(store.commit(decided("a-3", [asking], [ended]))).rejects.toThrow(JournalConflict);
      expect((await store.approvals.find("a-1"))?.events).toHaveLength(2);
      expect(await store.outbox.list({})).toEqual([]);
    });

    it("move to another deployment, and are then found there", async () => {
      await store.commit(decided("a-1", [], [asking]));
      const moved: ApprovalEvent = { kind: "moved", subject: { ...subject, deployment: id(2) } };
      await store.commit(decided("a-1", [asking], [moved]));
      expect(await store.approvals.about(id(1))).toBeUndefined();
      expect((await store.approvals.about(id(2)))?.id).toBe("a-1");
    });

    it("are due until nothing is, the longest due first", async () => {
      await store.commit(decided("a-1", [], [asking], { dueAt: 30 }));
      await store.commit(decided("a-2", [], [asking], { dueAt: 20 }));
      expect([await store.approvals.due(19), await store.approvals.due(30)]).toEqual([[], ["a-2", "a-1"]]);
      await store.commit(decided("a-2", [asking], [ended], { dueAt: null }));
      expect(await store.approvals.due(99)).toEqual(["a-1"]);
    });

    it("are listed by place, state, review and age", async () => {
      await store.commit(decided("a-1", [], [asking], { at: 10 }));
      await store.commit(decided("a-2", [], [asking], { at: 20, service: "billing" }));
      await store.commit(decided("a-3", [], [asking, ended], { at: 5, environment: "stage" }));
      const listed = async (filter: Parameters<typeof store.approvals.list>[0]): Promise<readonly string[]> =>
        (await store.approvals.list(filter)).map((one) => one.id);
      expect(await listed({})).toEqual(["a-2", "a-1", "a-3"]);
      expect(await listed({ limit: 1 })).toEqual(["a-2"]);
      expect(await listed({ service: "billing" })).toEqual(["a-2"]);
      expect(await listed({ environment: "stage" })).toEqual(["a-3"]);
      expect([await listed({ open: true }), await listed({ open: false })]).toEqual([["a-2", "a-1"], ["a-3"]]);
      expect(await listed({ reviewOpen: true })).toEqual(["a-3"]);
      expect(await listed({ since: 20 })).toEqual(["a-2", "a-1"]);
      await store.commit(decided("a-3", [asking, ended], [reviewed], { at: 6 }));
      expect(await listed({ reviewOpen: true })).toEqual([]);
    });
  });
}
