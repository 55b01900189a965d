import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { aCaller } from "./support/callers.ts";
import { testApi } from "./support/api.ts";
import type { TestApi } from "./support/api.ts";

let api: TestApi;
beforeEach(async () => {
  api = await testApi();
});
afterEach(async () => api.close());

const get = async (url: string) => api.call({ method: "GET", url: `/api/v1${url}`, token: api.tokens.everything });
const make = async (name: string) =>
  api.call({
    method: "POST",
    url: "/api/v1/tokens",
    token: api.tokens.everything,
    payload: { name, grants: [{ right: "view", environment: null }], days: 1 },
    remoteAddress: "127.0.0.7",
  });

describe("the audit log through the API", () => {
  it("says by which way and from which address somebody acted, whatever verb it was", async () => {
    expect((await make("one")).statusCode).toBe(201);
    const [newest] = (await get("/audit?limit=1")).json();
    expect(newest).toMatchObject({
      actor: "token:everything",
      action: "create-token",
      from: { via: "token", address: "127.0.0.7" },
    });
  });

  it("says nothing of whoever asked, in what the server does by itself afterwards", async () => {
    const { store } = api.context.world;
    await store.within({ via: "token" }, async () => {
      const entry = { actor: "kim", action: "a", object: "o", detail: {} };
      await store.commit({ at: 1, audit: [entry] });
      await store.within(undefined, () => store.commit({ at: 2, audit: [entry] }));
      await store.commit({ at: 3, audit: [entry] });
    });
    const froms = (await store.audit({ object: "o" })).map(({ from }) => from);
    expect(froms).toEqual([{ via: "token" }, undefined, { via: "token" }]);
  });

  it("keeps those apart who ask at the same time", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
    await Promise.all(
      names.map(async (name, index) =>
        api.call({
          method: "POST",
          url: "/api/v1/tokens",
          token: api.tokens.everything,
          payload: { name, grants: [{ right: "view", environment: null }], days: 1 },
          remoteAddress: `127.0.1.${index}`,
        }),
      ),
    );
    for (const [index, name] of names.entries()) {
      const [row] = await api.context.world.store.audit({ object: `token ${name}` });
      expect(row?.from?.address).toBe(`127.0.1.${index}`);
    }
  });

  it("is listed by who, what, on what and when", async () => {
    await make("one");
    await make("two");
    const objects = async (query: string) =>
      (await get(`/audit?${query}`)).json().map(({ object }: { readonly object: string }) => object);
    expect(await objects("object=token+one")).toEqual(["token one"]);
    expect(await objects("actor=token:everything")).toEqual(["token two", "token one"]);
    expect(await objects("action=nothing")).toEqual([]);
    expect(await objects("until=1")).toEqual([]);
    expect(await objects(`since=${Date.now() + 60_000}`)).toEqual([]);
    expect(await objects("limit=1&actor=token:everything")).toEqual(["token two"]);
  });

  it("is checked against a head that was kept", async () => {
    const { head } = (await get("/audit/head")).json();
    await make("later");
    expect((await get(`/audit/check?sequence=${head.sequence}&hash=${head.hash}`)).json().broken).toBeNull();
    const other = (await get(`/audit/check?sequence=${head.sequence}&hash=${"0".repeat(64)}`)).json();
    expect(other.broken.sequence).toBe(head.sequence);
    const ahead = (await get(`/audit/check?sequence=1000&hash=${head.hash}`)).json();
    expect(ahead.broken.problem).toContain("cut off");
  });

  it("is exported as lines of JSON and as CSV, also in parts", async () => {
    const { head } = (await get("/audit/head")).json();
    await make("later");
    const lines = (await get("/audit/export")).body.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).sequence)).toEqual(lines.map((_, index) => index + 1));
    const part = await get(`/audit/export?format=csv&after=${head.sequence}`);
    expect(part.headers["content-type"]).toContain("text/csv");
    expect(part.body.trim().split("\r\n")).toHaveLength(2);
    expect(part.body).toContain('"create-token"');
  });

  it("is for those alone who have the right to it everywhere", async () => {
    for (const url of ["/audit", "/audit/check", "/audit/head", "/audit/export"]) {
      const { statusCode } = await api.call({ method: "GET", url: `/api/v1${url}`, token: api.tokens.view });
      expect([url, statusCode]).toEqual([url, 403]);
    }
    expect(aCaller("audit").grants).toEqual([{ right: "audit", environment: null }]);
  });
});
