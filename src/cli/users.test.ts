import { describe, expect, it } from "vitest";

import { fakeClient } from "../../test/support/fake-client.ts";
import { signalbox } from "../../test/support/fake-shell.ts";
import type { PersonView, ProposalView } from "../api/people-views.ts";

const lee: PersonView = {
  login: "lee",
  name: "Lee\u001B[2J",
  language: "ko",
  groups: ["leads"],
  grants: [
    { right: "view", environment: null },
    { right: "approve", environment: "production" },
  ],
  contacts: [{ via: "mail", address: "lee@example.com" }],
  commitMails: [],
  absences: [{ from: 0, until: 9e15 - 1, standIn: "kim" }],
  most: { open: 3 },
  createdAt: 1,
  disabled: false,
};
const proposal: ProposalView = {
  id: "3fa9c01b7d",
  by: "kim",
  at: 1,
  until: 2,
  amendment: { kind: "grant", login: "lee", grant: { right: "approve", environment: "production" } },
};
const done = { kind: "done", person: lee } as const;

describe("users", () => {
  it("lists what people may do and who is away, without obeying their names", async () => {
    const { out } = await signalbox("users list", { client: fakeClient({ people: [lee] }) });
    expect(out).toContain("view, approve in production");
    expect(out).toContain("kim stands in");
    expect(out).not.toContain("\u001B[2J");
    const shown = await signalbox("users show lee", { client: fakeClient({ people: [lee] }) });
    expect(shown.out).toContain("mail lee@example.com");
    expect(shown.out).not.toContain("\u001B[2J");
  });

  it("grants each right in each environment, and says what another person has to confirm", async () => {
    const client = fakeClient({ amended: { kind: "proposed", proposal } });
    const { out } = await signalbox("users grant lee view approve --in dev production", { client });
    const grants = client.calls.map((call) => call.replace(/^people.amend "lee" /, ""));
    expect(grants).toEqual(
      ["view dev", "view production", "approve dev", "approve production"].map((grant) => {
        const [right, environment] = grant.split(" ");
        return JSON.stringify({ kind: "grant", grant: { right, environment } });
      }),
    );
    expect(out).toContain("Proposed as 3fa9c01b7d: let lee approve in production.");
    expect(out).toContain("signalbox users confirm 3fa9c01b7d");
  });

  it("answers a script with one object, also when much was asked for", async () => {
    const client = fakeClient({ amended: done });
    const { out } = await signalbox("users groups lee --join leads dba --json", { client });
    expect(JSON.parse(out)).toMatchObject({ changes: [{ kind: "done" }, { kind: "done" }] });
  });

  it("adds the first one with a code that is shown", async () => {
    const page = "https://deploy.example.com/welcome?login=kim";
    const code = { code: "7K3M-9QXT-AAAA-BBBB", expiresAt: 5, page };
    const client = fakeClient({ amended: { ...done, code, alone: "there was nobody who administrates" } });
    const words = "users add kim --first-admin --contact mail:kim@example.com slack:U1 --commit-mail kim@example.com";
    const { out } = await signalbox(words, { client });
    expect(client.calls).toEqual([
      `people.add ${JSON.stringify({
        login: "kim",
        details: {
          contacts: [
            { via: "mail", address: "kim@example.com" },
            { via: "slack", address: "U1" },
          ],
          commitMails: ["kim@example.com"],
        },
        firstAdmin: true,
      })}`,
    ]);
    expect(out).toContain(code.code);
    expect(out).toContain(page);
    expect(out).toContain("One person was enough: there was nobody who administrates.");
  });

  it("notes absences by the clock here or from now on", async () => {
    const client = fakeClient({ amended: done });
    await signalbox(
      ["users", "away", "lee", "--from", "2026-12-24", "--until", "2026-12-26 12:00", "--stand-in", "kim"],
      {
        client,
      },
    );
    const [, sent] = /^people.amend "lee" (.*)$/.exec(client.calls[0]!)!;
    const { absence } = JSON.parse(sent!) as { absence: { from: number; until: number; standIn: string } };
    expect([absence.until - absence.from, absence.standIn]).toEqual([60 * 60_000 * 60, "kim"]);
    expect((await signalbox("users away lee --until soon", { client })).exitCode).toBe(2);
    expect((await signalbox("users away lee", { client })).exitCode).toBe(2);
  });

  it("lists what waits, and confirms or withdraws it", async () => {
    const client = fakeClient({ proposals: [proposal], amended: done });
    expect((await signalbox("users proposals", { client })).out).toContain("let lee approve in production");
    await signalbox("users confirm 3fa9c01b7d", { client });
    await signalbox("users withdraw 3fa9c01b7d", { client });
    expect(client.calls.slice(1)).toEqual(['people.confirm "3fa9c01b7d"', 'people.withdraw "3fa9c01b7d"']);
  });

  it.each([
    "users grant lee fly",
    "users groups lee",
    "users set lee --contact nowhere",
    "users grant lee view --in ../x",
  ])("does not understand: %s", async (words) => {
    const client = fakeClient({ amended: done });
    expect((await signalbox(words, { client })).exitCode).toBe(2);
    expect(client.calls).toEqual([]);
  });
});
