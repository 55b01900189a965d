/** What every store has to do with people. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Proposal } from "./people.ts";
import type { Store } from "./store.ts";
import { JournalConflict } from "./store.ts";

export function describePeople(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const entry = { actor: "kim", action: "add-person", object: "person lee", detail: {} };
    const proposal: Proposal = {
      id: "p1",
      by: "kim",
      at: 5,
      until: 50,
      amendment: { kind: "join", login: "lee", group: "leads" },
    };

    describe("people", () => {
      it("are made with what is not said of them yet, and keep what is not changed", async () => {
        await store.people.write([{ login: "lee", set: { name: "Lee", groups: ["leads"] } }], [entry], 5);
        await store.people.write([{ login: "lee", set: { language: "ko", disabled: true } }], [], 6);
        const lee = {
          login: "lee",
          name: "Lee",
          language: "ko",
          groups: ["leads"],
          grants: [],
          contacts: [],
          commitMails: [],
          absences: [],
          most: {},
          createdAt: 5,
          disabled: true,
        };
        expect(await store.people.find("lee")).toEqual(lee);
        expect(await store.people.list()).toEqual([lee]);
        expect(await store.people.find("kim")).toBeUndefined();
        expect(await store.audit({ object: "person lee" })).toMatchObject([{ ...entry, at: 5 }]);
      });

      it("come back with all that was written of them", async () => {
        const set = {
          grants: [{ right: "approve", environment: "production" }] as const,
          contacts: [{ via: "mail", address: "lee@example.com" }],
          commitMails: ["lee@example.com"],
          absences: [{ from: 1, until: 2, standIn: "kim" }],
          most: { open: 3 },
        };
        await store.people.write([{ login: "lee", set }], [], 5);
        expect(await store.people.find("lee")).toMatchObject(set);
      });

      it("are not changed by a decision on what was there before", async () => {
        const { version } = await store.people.book();
        await store.people.write([{ login: "lee", set: {} }], [], 5, { seen: version });
        const late = store.people.write([{ login: "park", set: {} }], [entry], 6, { seen: version });
        await expect(late).rejects.toThrow(JournalConflict);
        expect((await store.people.list()).map(({ login }) => login)).toEqual(["lee"]);
        expect(await store.audit({})).toEqual([]);
        expect((await store.people.book()).version).toBe(version + 1);
      });

      it("remember for ever that there were two administrators", async () => {
        expect((await store.people.book()).founded).toBe(false);
        await store.people.write([], [], 5, { founded: true });
        await store.people.write([], [], 6);
        expect((await store.people.book()).founded).toBe(true);
      });
    });

    it("keeps what waits for a second person, and settles it once", async () => {
      await store.people.write([], [], 5, { propose: proposal });
      expect((await store.people.book()).proposals).toEqual([proposal]);
      await store.people.write([{ login: "lee", set: { groups: ["leads"] } }], [], 6, { settle: "p1" });
      expect((await store.people.book()).proposals).toEqual([]);
      const twice = store.people.write([{ login: "lee", set: { groups: ["dba"] } }], [], 7, { settle: "p1" });
      await expect(twice).rejects.toThrow(JournalConflict);
      expect((await store.people.find("lee"))?.groups).toEqual(["leads"]);
    });
  });
}
