/** What every store has to do beside journals and locks. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { aRelease, id } from "./store.samples.ts";
import type { Store } from "./store.ts";
import { JournalConflict, NameTaken } from "./store.ts";

export function describeRecords(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    describe("releases", () => {
      const place = { service: "orders", environment: "production", deployment: id(1) };

      it("are listed, the newest first, and keep who made them", async () => {
        await store.commit({ at: 1, releases: [{ ...place, release: aRelease(1), verdict: "unproven" }] });
        await store.commit({ at: 2, releases: [{ ...place, release: aRelease(2, "d"), verdict: "unproven" }] });
        await store.commit({
          at: 3,
          releases: [{ ...place, release: aRelease(1), deployment: id(2), verdict: "good" }],
        });

        expect(await store.releases("orders", "production")).toEqual([
          { ...place, release: aRelease(2, "d"), verdict: "unproven" },
          { ...place, release: aRelease(1), verdict: "good" },
        ]);
        expect(await store.releases("orders", "dev")).toEqual([]);
      });

      it("never become another one, and never lose their verdict", async () => {
        await store.commit({ at: 1, releases: [{ ...place, release: aRelease(1), verdict: "bad" }] });
        const other = store.commit({ at: 2, releases: [{ ...place, release: aRelease(1, "d"), verdict: "good" }] });
        await expect(other).rejects.toThrow(JournalConflict);
        await store.commit({ at: 3, releases: [{ ...place, release: aRelease(1), verdict: "unproven" }] });
        expect(await store.releases("orders", "production")).toEqual([
          { ...place, release: aRelease(1), verdict: "bad" },
        ]);
      });

      it("make their artifact known", async () => {
        const release = aRelease(1);
        await store.commit({ at: 1, releases: [{ ...place, release, verdict: "unproven" }] });
        expect(await store.artifact(release.artifact.sha256)).toEqual(release.artifact);
        expect(await store.artifact("0".repeat(64))).toBeUndefined();
      });
    });

    describe("tokens", () => {
      const grants = [{ right: "deploy", environment: "dev" } as const];
      const token = { hash: "e".repeat(64), grants, login: "kim", createdBy: "kim", expiresAt: 9_000 } as const;

      it("are kept with a row of the audit log, once per name", async () => {
        await store.addToken({ ...token, name: "ci", createdAt: 1 });
        await expect(store.addToken({ ...token, name: "ci", hash: "f".repeat(64), createdAt: 2 })).rejects.toThrow(
          NameTaken,
        );
        expect(await store.tokens()).toEqual([{ ...token, name: "ci", createdAt: 1 }]);
        expect(await store.audit({ object: "token ci" })).toMatchObject([
          { actor: "kim", action: "create-token", at: 1 },
        ]);
      });

      it("are gone when they are revoked, and their name is free again", async () => {
        await store.addToken({ ...token, name: "ci", createdAt: 1 });
        expect(await store.revokeToken("ci", "lee", 2)).toBe(true);
        expect(await store.revokeToken("ci", "lee", 3)).toBe(false);
        expect(await store.tokens()).toEqual([]);
        await store.addToken({ ...token, name: "ci", createdAt: 4 });
        const actions = (await store.audit({ object: "token ci" })).map(({ action, actor }) => `${actor}: ${action}`);
        expect(actions).toEqual(["kim: create-token", "lee: revoke-token", "kim: create-token"]);
      });
    });

    it("counts epochs up without giving one twice", async () => {
      const epochs = await Promise.all(Array.from({ length: 50 }, () => store.nextEpoch()));
      expect(epochs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    });

    it("is an installation of its own that may work", async () => {
      const { id, frozen } = await store.installation();
      expect(id).toMatch(/^[a-z0-9-]{20,40}$/);
      expect(frozen).toBe(false);
      await store.thaw("kim");
      expect(await store.installation()).toEqual({ id, frozen: false });
      expect(await store.health()).toEqual({ freeBytes: expect.any(Number), admitting: true });
    });

    it("numbers configurations, and knows the one it has already", async () => {
      const first = { digest: "1", text: "hosts: {}", file: "signalbox.yml", appliedAt: 10, appliedBy: "kim" };
      const second = { ...first, digest: "2", text: "services: {}" };
      expect(await store.configuration()).toBeUndefined();
      expect((await store.applyConfiguration(first)).version).toBe(1);
      expect((await store.applyConfiguration(second)).version).toBe(2);
      expect((await store.applyConfiguration({ ...second, appliedAt: 99 })).version).toBe(2);
      expect((await store.applyConfiguration({ ...first, appliedAt: 20 })).version).toBe(3);

      expect(await store.configuration()).toEqual({ ...first, version: 3, appliedAt: 20 });
      expect(await store.configuration(2)).toEqual({ ...second, version: 2 });
      expect(await store.configuration(4)).toBeUndefined();
      expect((await store.audit({})).map(({ object }) => object)).toEqual([
        "configuration 3",
        "configuration 2",
        "configuration 1",
      ]);
    });

    it("keeps a configuration that waits for a second person until it is applied", async () => {
      const proposal = { digest: "1", by: "kim", at: 5, until: 50, environments: ["production"] };
      await store.proposeConfiguration(proposal);
      await store.proposeConfiguration({ ...proposal, by: "lee" });
      expect(await store.configurationProposal("1")).toEqual({ ...proposal, by: "lee" });
      const text = { digest: "1", text: "hosts: {}", file: "signalbox.yml", appliedAt: 10, appliedBy: "kim" };
      await store.applyConfiguration({ ...text, detail: { proposedBy: "lee" } });
      expect(await store.configurationProposal("1")).toBeUndefined();
      expect(await store.audit({})).toMatchObject([
        { action: "apply-configuration", detail: { digest: "1", proposedBy: "lee" } },
        { action: "propose-configuration", actor: "lee" },
        { action: "propose-configuration", actor: "kim" },
      ]);
    });

    describe("the audit log", () => {
      const entry = (object: string) => ({
        actor: "kim",
        action: "approve",
        object,
        detail: { plan: "d1", hosts: ["web-1"] },
      });

      it("is numbered, dated and chained", async () => {
        expect(await store.checkAudit()).toEqual({ head: null, broken: null });
        await store.commit({ at: 10, audit: [entry("d-1"), entry("d-2")] });
        await store.commit({ at: 20, audit: [entry("d-1")] });

        expect(await store.audit({})).toEqual([
          { ...entry("d-1"), at: 20, sequence: 3 },
          { ...entry("d-2"), at: 10, sequence: 2 },
          { ...entry("d-1"), at: 10, sequence: 1 },
        ]);
        expect((await store.audit({ object: "d-1", limit: 1 })).map(({ sequence }) => sequence)).toEqual([3]);
        const { head, broken } = await store.checkAudit();
        expect(broken).toBeNull();
        expect(head).toEqual({ sequence: 3, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
      });

      it("shows against a head kept elsewhere that rows were cut off or swapped for others", async () => {
        await store.commit({ at: 10, audit: [entry("d-1")] });
        const { head } = await store.checkAudit();
        expect((await store.checkAudit(head!)).broken).toBeNull();
        expect((await store.checkAudit({ ...head!, sequence: 2 })).broken?.sequence).toBe(2);
        expect((await store.checkAudit({ ...head!, hash: "0".repeat(64) })).broken?.sequence).toBe(1);
      });
    });
  });
}
