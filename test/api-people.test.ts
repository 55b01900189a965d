import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Caller } from "../src/core/permissions.ts";
import { callerOfPerson, callerOfSocket } from "../src/deployments/callers.ts";
import { createToken } from "../src/deployments/tokens.ts";
import { hashOfCode } from "../src/deployments/sign-in/codes.ts";
import { buildApi } from "../src/api/server.ts";
import { amend as amendPeople } from "../src/deployments/people.ts";
import { testApi } from "./support/api.ts";
import type { TestApi } from "./support/api.ts";
import { aPerson } from "./support/callers.ts";

describe("people over the API", () => {
  let api: TestApi;
  /** Who opens the socket. */
  let user: string;
  beforeEach(async () => {
    user = "root";
    api = await testApi({}, async (context) =>
      buildApi(context, { trusted: async () => callerOfSocket(user, context.world) }),
    );
  });
  afterEach(async () => api.close());

  const post = async (url: string, payload: object = {}, token?: string) =>
    api.call({ method: "POST", url: `/api/v1${url}`, payload, token });
  const get = async (url: string, token?: string) => api.call({ method: "GET", url: `/api/v1${url}`, token });
  const amend = async (login: string, amendment: object, token?: string) =>
    post(`/people/${login}/amendments`, amendment, token);
  const everywhere = (right: string) => ({ right, environment: null });
  const grant = (right: string) => ({ kind: "grant", grant: everywhere(right) });
  /** A token of the person, as they would make it themselves. */
  const tokenOf = async (login: string, name = login): Promise<string> => {
    const { world } = api.context;
    const caller = (await callerOfPerson(login, "session", world)) as Caller;
    return (await createToken({ name, for: "person", grants: caller.grants, days: 1 }, caller, world)).token;
  };
  const firstAdmin = async (): Promise<string> => {
    expect((await post("/people", { login: "kim", firstAdmin: true })).statusCode).toBe(201);
    return tokenOf("kim");
  };
  const secondAdmin = async (kim: string): Promise<string> => {
    await post("/people", { login: "lee" }, kim);
    await amend("lee", grant("view"), kim);
    expect((await amend("lee", grant("admin"), kim)).json()).toMatchObject({ kind: "done" });
    return tokenOf("lee");
  };

  it("are nobody at the socket with a token that is broken: it was meant to be less than the operator", async () => {
    const asked = async (headers: Record<string, string>) =>
      (await api.call({ method: "GET", url: "/api/v1/me", headers })).statusCode;
    expect(await asked({})).toBe(200);
    for (const authorization of ["Bearer two words", `Bearer ${"x".repeat(300)}`, "Basic a2lt", "Bearer", ""]) {
      expect(await asked({ authorization })).toBe(401);
    }
  });

  it("begin with one administrator, made at the socket, with a code that sets a password", async () => {
    const made = await post("/people", { login: "kim", details: { name: "Kim" }, firstAdmin: true });
    expect(made.json()).toMatchObject({ kind: "done", alone: expect.stringContaining("nobody who administrates") });
    const { code, page } = made.json().code;
    expect(page).toBeNull();
    const { signIns, audit } = await api.context.world.store;
    expect(await signIns.code(hashOfCode(code))).toMatchObject({ login: "kim" });
    const kept = JSON.stringify([await audit({}), await api.context.world.store.people.list()]);
    expect(kept).not.toContain(code);
    expect((await post("/people", { login: "eve", firstAdmin: true })).json()).toMatchObject({
      status: 403,
      detail: expect.stringContaining("kim administrates already"),
    });
  });

  it("are changed by the first one alone, which the audit log says, until there are two", async () => {
    const kim = await firstAdmin();
    await secondAdmin(kim);
    const [granted] = await api.context.world.store.audit({ object: "person lee", action: "grant" });
    expect(granted).toMatchObject({
      actor: "kim",
      from: { via: "token" },
      detail: {
        before: { grants: [everywhere("view")] },
        after: { grants: [everywhere("view"), everywhere("admin")] },
        alone: "nobody else has ever administrated here",
      },
    });
    expect((await amend("kim", grant("approve"), kim)).json()).toMatchObject({ kind: "proposed" });
  });

  it("are changed by two when it is about who decides, and not by one with two tokens or the socket", async () => {
    const kim = await firstAdmin();
    const lee = await secondAdmin(kim);
    const { proposal } = (await amend("kim", grant("approve"), kim)).json();
    const confirm = async (token?: string) => post(`/proposals/${proposal.id}/confirm`, {}, token);

    expect((await confirm(await tokenOf("kim", "another"))).statusCode).toBe(403);
    expect((await confirm()).statusCode).toBe(403);
    user = "kim";
    expect((await confirm()).json()).toMatchObject({ detail: "kim proposed this; somebody else has to confirm it" });
    expect((await confirm(api.tokens.everything)).statusCode).toBe(403);
    expect((await get("/people/kim", kim)).json().grants).not.toContainEqual(everywhere("approve"));

    expect((await get("/proposals", lee)).json()).toMatchObject([{ id: proposal.id, by: "kim" }]);
    expect((await confirm(lee)).json()).toMatchObject({ kind: "done" });
    expect((await get("/people/kim", kim)).json().grants).toContainEqual(everywhere("approve"));
    expect((await confirm(lee)).statusCode).toBe(404);
    const [row] = await api.context.world.store.audit({ object: "person kim", action: "grant" });
    expect(row).toMatchObject({ actor: "lee", detail: { proposal: proposal.id, proposedBy: "kim" } });
  });

  it("that are confirmed twice at once are changed once", async () => {
    const kim = await firstAdmin();
    const lee = await secondAdmin(kim);
    const { proposal } = (await amend("kim", { kind: "join", group: "leads" }, kim)).json();
    const answers = await Promise.all([1, 2, 3].map(async () => post(`/proposals/${proposal.id}/confirm`, {}, lee)));
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 404, 404]);
    expect(await api.context.world.store.audit({ action: "join-group" })).toHaveLength(1);
  });

  it("that are changed by several at once are changed by each", async () => {
    const kim = await firstAdmin();
    const wanted = ["deploy", "artifacts", "configure", "secrets"];
    const answers = await Promise.all(wanted.map(async (right) => amend("kim", grant(right), kim)));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
    const held = (await get("/people/kim", kim)).json().grants.map(({ right }: { right: string }) => right);
    expect(held.toSorted()).toEqual(["admin", "artifacts", "audit", "configure", "deploy", "secrets", "view"]);
  });

  it("that are disabled have nothing that works, and get nothing of it back", async () => {
    const kim = await firstAdmin();
    const lee = await secondAdmin(kim);
    const { store } = api.context.world;
    await store.signIns.beginSession(
      { hash: "s", login: "lee", createdAt: 1, usedAt: 1 },
      { actor: "lee", action: "sign-in", object: "person lee", detail: {} },
    );
    expect((await get("/me", lee)).json()).toMatchObject({ login: "lee", via: "token" });
    await amend("lee", { kind: "disable" }, kim);
    expect((await get("/me", lee)).statusCode).toBe(401);
    expect(await store.signIns.session("s")).toBeUndefined();

    // One that began at the moment of the end, or before a server of an older version was killed in between.
    await store.signIns.beginSession(
      { hash: "s", login: "lee", createdAt: 1, usedAt: 1 },
      { actor: "lee", action: "sign-in", object: "person lee", detail: {} },
    );

    const { proposal } = (await amend("lee", { kind: "enable" }, kim)).json();
    user = "root";
    expect((await post(`/proposals/${proposal.id}/confirm`)).json()).toMatchObject({
      kind: "done",
      alone: expect.any(String),
    });
    expect((await get("/me", lee)).statusCode).toBe(401);
    expect(await store.signIns.session("s")).toBeUndefined();
  });

  it("come to power without a code that one person has made for their account", async () => {
    const kim = await firstAdmin();
    const lee = await secondAdmin(kim);
    const { store } = api.context.world;
    const audit = { actor: "moon", action: "set-password", object: "person moon", detail: {} };
    for (const [login, hasPassword] of [
      ["moon", true],
      ["park", false],
    ] as const) {
      const made = (await post("/people", { login }, kim)).json().code.code as string;
      const credential = { login, hash: "$argon2id$", changedAt: 1 };
      if (hasPassword) await store.signIns.setPassword({ credential, code: hashOfCode(made) }, audit);
      const { code } = (await amend(login, { kind: "sign-in-code" }, kim)).json().code as { code: string };
      await amend(login, grant("view"), kim);
      expect(await store.signIns.code(hashOfCode(code))).toBeDefined();
      const { proposal } = (await amend(login, grant("approve"), kim)).json();
      expect((await post(`/proposals/${proposal.id}/confirm`, {}, lee)).statusCode).toBe(200);
      // Who has never signed in has no other way.
      expect((await store.signIns.code(hashOfCode(code))) === undefined).toBe(hasPassword);
    }
  });

  it("see and change their own, and nothing else", async () => {
    const kim = await firstAdmin();
    await post("/people", { login: "park" }, kim);
    await amend("park", { kind: "grant", grant: { right: "view", environment: "dev" } }, kim);
    const park = await tokenOf("park");
    const absence = { from: 1, until: 9e12, standIn: "kim" };
    expect((await amend("park", { kind: "away", absence }, park)).json()).toMatchObject({
      person: { absences: [absence] },
    });
    expect((await get("/people/park", park)).statusCode).toBe(200);
    for (const refused of [
      await get("/people/kim", park),
      await get("/people", park),
      await amend("park", grant("deploy"), park),
      await amend("park", { kind: "set", details: { commitMails: ["kim@example.com"] } }, park),
      await amend("kim", { kind: "back" }, park),
    ]) {
      expect(refused.statusCode).toBe(403);
    }
  });

  it("are asked for in words that make sense", async () => {
    const kim = await firstAdmin();
    const nowhere = { kind: "grant", grant: { right: "view", environment: "nowhere" } };
    expect((await amend("kim", nowhere, kim)).statusCode).toBe(404);
    for (const wrong of [
      { kind: "set", details: { name: "a\u001b[2J" } },
      { kind: "set", details: { commitMails: ["<kim>"] } },
      { kind: "set", details: { grants: [] } },
      { kind: "add", details: {}, firstAdmin: true },
      { kind: "join", group: "../leads" },
    ]) {
      expect((await amend("kim", wrong, kim)).statusCode).toBe(400);
    }
    expect((await post("/people", { login: "Kim" }, kim)).statusCode).toBe(400);
  });

  it("are no requester twice: the socket of a user with an account is that person", async () => {
    const { world } = api.context;
    expect(await callerOfSocket("kim", world)).toMatchObject({ name: "local:kim", via: "socket" });
    expect(await callerOfSocket("kim", world)).not.toHaveProperty("login");
    await firstAdmin();
    expect(await callerOfSocket("kim", world)).toMatchObject({ name: "kim", login: "kim" });
    const rights = (await callerOfSocket("root", world)).grants.map(({ right }) => right);
    expect(rights).not.toContain("approve");
    expect(rights).not.toContain("break-glass");
  });
});

describe("lists", () => {
  it("show what their reader may see", async () => {
    const api = await testApi();
    const { world } = api.context;
    const grants = [{ right: "view", environment: "dev" } as const];
    await world.store.people.write([{ login: "park", set: { grants } }], [], 1);
    const caller = (await callerOfPerson("park", "session", world)) as Caller;
    const { token } = await createToken({ name: "park", for: "person", grants, days: 1 }, caller, world);
    const environments = async (url: string, by: string) =>
      (await api.call({ method: "GET", url, token: by }))
        .json<{ environment: string }[]>()
        .map(({ environment }) => environment);
    expect(await environments("/api/v1/status", token)).toEqual(["dev"]);
    expect(await environments("/api/v1/status?environment=production", token)).toEqual([]);
    expect(await environments("/api/v1/status", api.tokens.view)).toEqual(["production", "dev"]);
    await api.close();
  });
});

describe("an open request for approval", () => {
  it("is looked at again when people change", async () => {
    const api = await testApi();
    const { world } = api.context;
    const woken: string[] = [];
    const watching = { ...world, queue: { ...world.queue, wake: (key: string) => void woken.push(key) } };
    const approval = "01j00000000000000000000002";
    const after = { id: approval, requestedAt: 1, subject: { deployment: "d" } } as never;
    const place = { approval, service: "orders", environment: "production" };
    await world.store.commit({ at: 1, approvals: [{ ...place, expected: 0, events: [], after, dueAt: null }] });
    await amendPeople({ kind: "add", login: "lee", details: {}, firstAdmin: false }, aPerson("kim", "admin"), watching);
    expect(woken).toEqual([`approval:${approval}`]);
    await api.close();
  });
});
