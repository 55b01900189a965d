/** What every store has to do for those who sign in. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Store } from "./store.ts";
import { JournalConflict, NameTaken } from "./store.ts";

export function describeSignIns(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const did = (action: string) => ({ actor: "kim", action, object: "person kim", detail: { from: "10.0.0.1" } });
    const credential = { login: "kim", hash: "$argon2id$one", changedAt: 5 };
    const aCode = (hash: string) => ({ hash, login: "kim", createdAt: 1, expiresAt: 100 });
    const aSession = (hash: string, login = "kim") => ({ hash, login, createdAt: 10, usedAt: 10 });
    const aToken = (login: string | null) => ({
      name: `of-${login ?? "machine"}`,
      hash: `hash of ${login}`,
      login,
      grants: [],
      createdAt: 1,
      createdBy: "kim",
      expiresAt: 100,
    });
    const begin = async (hash: string, login?: string) =>
      store.signIns.beginSession(aSession(hash, login), did("sign-in"));
    const actions = async () => (await store.audit({})).map(({ action }) => action).toReversed();

    describe("a password", () => {
      it("is set by a code, once, and the code is gone", async () => {
        await store.signIns.addCode(aCode("c1"), did("make-sign-in-code"));
        expect(await store.signIns.code("c1")).toEqual(aCode("c1"));
        expect(await store.signIns.setPassword({ credential, code: "c1" }, did("set-password"))).toBe(true);
        expect(await store.signIns.credential("kim")).toEqual(credential);
        const again = { credential: { ...credential, hash: "$argon2id$two" }, code: "c1" };
        expect(await store.signIns.setPassword(again, did("set-password"))).toBe(false);
        expect(await store.signIns.credential("kim")).toEqual(credential);
        expect(await actions()).toEqual(["make-sign-in-code", "set-password"]);
      });

      it("is not set by the code of somebody else", async () => {
        await store.signIns.addCode({ ...aCode("c1"), login: "lee" }, did("make-sign-in-code"));
        expect(await store.signIns.setPassword({ credential, code: "c1" }, did("set-password"))).toBe(false);
        expect(await store.signIns.code("c1")).toBeDefined();
        expect(await store.signIns.credential("kim")).toBeUndefined();
      });

      it("that is new ends the sessions, codes and tokens of its person, and of nobody else", async () => {
        await begin("s1");
        for (const login of ["kim", "lee", null]) await store.addToken(aToken(login));
        await begin("s2", "lee");
        await store.signIns.addCode(aCode("c1"), did("make-sign-in-code"));
        expect(await store.signIns.setPassword({ credential }, did("set-password"))).toBe(true);
        expect(await store.signIns.session("s1")).toBeUndefined();
        expect(await store.signIns.session("s2")).toEqual(aSession("s2", "lee"));
        expect(await store.signIns.code("c1")).toBeUndefined();
        expect((await store.tokens()).map(({ login }) => login)).toEqual(["lee", null]);
        const [revoked] = await store.audit({ action: "revoke-token" });
        expect(revoked).toMatchObject({ actor: "kim", object: "token of-kim" });
      });
    });

    describe("what lets somebody in", () => {
      beforeEach(async () => {
        for (const login of ["kim", "lee"]) {
          await begin(`s-${login}`, login);
          await store.signIns.addCode({ ...aCode(`c-${login}`), login }, did("make-sign-in-code"));
          await store.addToken(aToken(login));
        }
      });
      const ended = async (what: "codes" | "everything") => {
        const before = (await actions()).length;
        await store.people.write([], [did("change")], 40, { ends: { login: "kim", what, by: "root" } });
        return (await actions()).slice(before);
      };
      const left = async () => ({
        sessions: [await store.signIns.session("s-kim"), await store.signIns.session("s-lee")].map((one) => one?.login),
        codes: [await store.signIns.code("c-kim"), await store.signIns.code("c-lee")].map((one) => one?.login),
        tokens: (await store.tokens()).map(({ login }) => login),
      });

      it("ends with a change of the person, each with its audit row, and what others have stays", async () => {
        expect(await ended("everything")).toEqual([
          "change",
          "end-sign-in-code",
          "sign-out-everywhere",
          "revoke-token",
        ]);
        expect(await left()).toEqual({ sessions: [undefined, "lee"], codes: [undefined, "lee"], tokens: ["lee"] });
        expect(await ended("everything")).toEqual(["change"]);
      });

      it("can be codes alone", async () => {
        expect(await ended("codes")).toEqual(["change", "end-sign-in-code"]);
        expect(await left()).toEqual({ sessions: ["kim", "lee"], codes: [undefined, "lee"], tokens: ["kim", "lee"] });
      });

      it("stays when the change was decided on what was there before", async () => {
        const late = { seen: 99, ends: { login: "kim", what: "everything", by: "root" } } as const;
        await expect(store.people.write([], [], 40, late)).rejects.toThrow(JournalConflict);
        expect((await left()).codes).toEqual(["kim", "lee"]);
      });
    });

    it("gives a password a better hash, but not when it was changed meanwhile", async () => {
      await begin("s1");
      await store.signIns.setPassword({ credential }, did("set-password"));
      await begin("s2");
      await store.signIns.replaceHash({ ...credential, hash: "better" }, "another");
      expect((await store.signIns.credential("kim"))?.hash).toBe(credential.hash);
      await store.signIns.replaceHash({ ...credential, hash: "better" }, credential.hash);
      expect(await store.signIns.credential("kim")).toEqual({ ...credential, hash: "better" });
      expect(await store.signIns.session("s2")).toBeDefined();
    });

    it("has one code for a person: a new one takes the place of the old one", async () => {
      await store.signIns.addCode(aCode("c1"), did("make-sign-in-code"));
      await store.signIns.addCode(aCode("c2"), did("make-sign-in-code"));
      expect(await store.signIns.code("c1")).toBeUndefined();
      expect(await store.signIns.code("c2")).toEqual(aCode("c2"));
    });

    describe("a session", () => {
      it("is found by its hash, and knows when it was used", async () => {
        await begin("s1");
        await store.signIns.touchSession("s1", 20);
        expect(await store.signIns.session("s1")).toEqual({ ...aSession("s1"), usedAt: 20 });
        expect(await store.signIns.session("s2")).toBeUndefined();
      });

      it("takes the place of another one", async () => {
        await begin("s1");
        await store.signIns.beginSession(aSession("s2"), did("sign-in"), "s1");
        expect(await store.signIns.session("s1")).toBeUndefined();
        expect(await store.signIns.session("s2")).toEqual(aSession("s2"));
      });

      it("ends once", async () => {
        for (const hash of ["s1", "s2"]) await begin(hash);
        expect(await store.signIns.endSession("s1", did("sign-out"), 30)).toBe(true);
        expect(await store.signIns.endSession("s1", did("sign-out"), 30)).toBe(false);
        expect(await store.signIns.session("s2")).toBeDefined();
        expect((await actions()).slice(2)).toEqual(["sign-out"]);
      });

      it("is forgotten when it is old, or was not used for long", async () => {
        await begin("s1");
        await store.signIns.beginSession({ ...aSession("s2"), createdAt: 50, usedAt: 50 }, did("sign-in"));
        await store.signIns.beginSession({ ...aSession("s3"), createdAt: 50, usedAt: 90 }, did("sign-in"));
        await store.signIns.touchSession("s1", 90);
        await store.signIns.addCode(aCode("c1"), did("make-sign-in-code"));
        await store.signIns.forget({ createdBefore: 20, usedBefore: 60, now: 101 });
        const left = await Promise.all(["s1", "s2", "s3"].map(async (hash) => store.signIns.session(hash)));
        expect(left.map((one) => one?.hash)).toEqual([undefined, undefined, "s3"]);
        expect(await store.signIns.code("c1")).toBeUndefined();
      });
    });

    it("links an identity to one person, and a person to one identity of an issuer", async () => {
      const identity = { issuer: "https://id.example.com", subject: "42", login: "kim", linkedAt: 9 };
      await store.signIns.linkIdentity(identity, did("link-identity"));
      expect(await store.signIns.identity(identity.issuer, "42")).toEqual(identity);
      expect(await store.signIns.identity("https://other.example.com", "42")).toBeUndefined();
      for (const other of [
        { ...identity, login: "lee" },
        { ...identity, subject: "43" },
      ]) {
        await expect(store.signIns.linkIdentity(other, did("link-identity"))).rejects.toThrow(NameTaken);
      }
      await store.signIns.linkIdentity({ ...identity, issuer: "https://other.example.com" }, did("link-identity"));
      expect(await actions()).toEqual(["link-identity", "link-identity"]);
    });
  });
}
