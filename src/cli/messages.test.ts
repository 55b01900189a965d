import { describe, expect, it } from "vitest";

import { fakeClient } from "../../test/support/fake-client.ts";
import { signalbox } from "../../test/support/fake-shell.ts";
import type { MessageView } from "../api/message-views.ts";

const sent: MessageView = {
  key: "test 1",
  kind: "test",
  deployment: null,
  to: "person:kim",
  state: "sent",
  at: 0,
  tries: 1,
  lastError: null,
  via: "slack",
  address: "U1\u001B[2J",
  next: 1,
};
const lost: MessageView = {
  ...sent,
  key: "a",
  kind: "approval-asked",
  deployment: "d-12",
  state: "given-up",
  via: null,
  address: null,
  lastError: "slack: user_not_found",
};

describe("signalbox messages", () => {
  it("lists who was told and who was not, without obeying what a channel said", async () => {
    const client = fakeClient({ messages: [sent, lost] });
    const { out, exitCode } = await signalbox("messages list --state given-up --limit 5", { client });
    expect(exitCode).toBe(0);
    expect(client.calls).toEqual(['messages.list {"state":"given-up","limit":5}']);
    expect(out).toMatch(/d-12 +approval-asked +person:kim +given-up +slack: user_not_found/);
    expect(out).not.toContain("\u001B[2J");
  });

  it("waits for what became of a test, and fails when it was not taken", async () => {
    const good = await signalbox("messages test kim", { client: fakeClient({ messages: [sent] }) });
    expect([good.exitCode, good.out]).toEqual([0, expect.stringContaining("Taken by slack for U1")]);
    const bad = await signalbox("messages test -e production", {
      client: fakeClient({ messages: [{ ...lost, key: "test 1" }] }),
    });
    expect([bad.exitCode, bad.out]).toEqual([4, expect.stringContaining("Not sent: slack: user_not_found")]);
  });

  it("tests one reader at a time", async () => {
    for (const line of ["messages test", "messages test kim -e production"]) {
      const client = fakeClient();
      expect((await signalbox(line, { client })).exitCode).toBe(2);
      expect(client.calls).toEqual([]);
    }
  });
});
