import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { longestTokenDays, callerOfToken, createToken, revokeToken } from "../src/deployments/tokens.ts";
import { testApi } from "./support/api.ts";
import type { TestApi } from "./support/api.ts";
import { aCaller, aPerson } from "./support/callers.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(async () => api.close());

const view = [{ right: "view", environment: null }] as const;
const approve = [{ right: "approve", environment: null }] as const;
const kim = aPerson("kim", "admin");
const make = async (name: string, days = 1) =>
  createToken({ name, for: "machine", grants: view, days }, kim, api.context.world);
const ask = async (token: string | undefined, url = "/api/v1/status"): Promise<number> =>
  (await api.call({ method: "GET", url, token })).statusCode;

describe("a token", () => {
  it("is shown once and kept as a hash", async () => {
    const { token } = await make("once");
    expect(token).toMatch(/^sbx_[\w-]{43}$/);
    const listed = await api.call({ method: "GET", url: "/api/v1/tokens", token: api.tokens.everything });
    expect(listed.json()).toContainEqual(expect.objectContaining({ name: "once", createdBy: "kim", expired: false }));
    const kept = JSON.stringify([await api.context.world.store.tokens(), await api.context.world.store.audit({})]);
    for (const text of [listed.body, kept]) expect(text).not.toContain(token);
    expect(listed.body).not.toMatch(/[0-9a-f]{64}/);
  });

  it("stops working when it is revoked", async () => {
    const { token } = await make("gone");
    expect(await ask(token)).toBe(200);
    expect(await revokeToken("gone", "lee", api.context.world)).toBe(true);
    expect(await ask(token)).toBe(401);
  });

  it("stops working when its time is over, and lasts 90 days at most", async () => {
    const { token, expiresAt } = await make("old");
    const at = (now: number) => ({ ...api.context.world, clock: { ...api.context.world.clock, now: () => now } });
    expect(await callerOfToken(token, at(expiresAt - 1))).toMatchObject({ name: "token:old", grants: view });
    expect(await callerOfToken(token, at(expiresAt))).toBeUndefined();
    await expect(make("x", longestTokenDays + 1)).rejects.toThrow("90 days");
  });

  it.each(["", "sbx_", "nothing", "x".repeat(300), "a b"])("is not %j", async (token) => {
    expect(await ask(token)).toBe(401);
  });

  it("counts in its header alone", async () => {
    const { tokens } = api;
    expect(await ask(undefined, `/api/v1/status?token=${tokens.view}&access_token=${tokens.view}`)).toBe(401);
    const headers = { authorization: `Basic ${tokens.view}` };
    expect((await api.call({ method: "GET", url: "/api/v1/status", headers })).statusCode).toBe(401);
  });

  it("is made for a machine by who administrates, but no name twice", async () => {
    const payload = { name: "ci", grants: view, days: 30 };
    const post = async () => api.call({ method: "POST", url: "/api/v1/tokens", token: api.tokens.everything, payload });
    expect((await post()).statusCode).toBe(201);
    expect((await post()).json()).toMatchObject({ status: 409, code: "SB-API-NAME-TAKEN" });
  });

  it("made with a token may no more than that one, and lasts no longer", async () => {
    const { world } = api.context;
    const parent = { ...aCaller("admin", "view"), until: world.clock.now() + 60_000 };
    const child = await createToken({ name: "child", for: "machine", grants: view, days: 30 }, parent, world);
    expect(child.expiresAt).toBe(parent.until);
    const more = createToken(
      { name: "more", for: "machine", grants: [{ right: "deploy", environment: "dev" }], days: 1 },
      parent,
      world,
    );
    await expect(more).rejects.toThrow("token:ci may not deploy in dev");
  });

  it("of a machine never decides", async () => {
    const made = createToken({ name: "no", for: "machine", grants: approve, days: 1 }, kim, api.context.world);
    await expect(made).rejects.toThrow("no machine may approve everywhere");
  });
});

describe("a token of one's own", () => {
  const own = async (name: string, login: string) => {
    const { world } = api.context;
    const grants = [...view, { right: "deploy", environment: "dev" } as const];
    await world.store.people.write([{ login, set: { grants } }], [], 1);
    return createToken({ name, for: "person", grants, days: 1 }, { ...aPerson(login), grants }, world);
  };
  const change = async (login: string, set: object) => api.context.world.store.people.write([{ login, set }], [], 2);

  it("is the person, with the rights that both have at this moment", async () => {
    const { token } = await own("lee-laptop", "lee");
    const { world } = api.context;
    expect(await callerOfToken(token, world)).toMatchObject({ name: "lee", login: "lee", via: "token" });
    await change("lee", { grants: [{ right: "deploy", environment: null }, ...approve] });
    expect((await callerOfToken(token, world))?.grants).toEqual([{ right: "deploy", environment: "dev" }]);
    expect(await ask(token)).toBe(403);
  });

  it("is dead at once when the person is disabled", async () => {
    const { token } = await own("park-laptop", "park");
    expect(await ask(token)).toBe(200);
    await change("park", { disabled: true });
    expect(await ask(token)).toBe(401);
  });

  it("is made by a person alone, and may no more than the person", async () => {
    const { world } = api.context;
    const wanted = { name: "x", for: "person", grants: approve, days: 1 } as const;
    await expect(createToken(wanted, aCaller("view"), world)).rejects.toThrow("token:ci is no person");
    await expect(createToken(wanted, aPerson("lee", "view", "admin"), world)).rejects.toThrow("lee may not approve");
  });

  it("is seen and revoked by its person, not by others", async () => {
    const { token } = await own("moon-laptop", "moon");
    await own("choi-laptop", "choi");
    const mine = await api.call({ method: "GET", url: "/api/v1/my/tokens", token });
    expect(mine.json().map(({ name }: { name: string }) => name)).toEqual(["moon-laptop"]);
    const revoke = async (name: string) => api.call({ method: "DELETE", url: `/api/v1/my/tokens/${name}`, token });
    expect((await revoke("choi-laptop")).statusCode).toBe(404);
    expect((await revoke("view")).statusCode).toBe(404);
    expect((await revoke("moon-laptop")).statusCode).toBe(200);
    expect(await ask(token)).toBe(401);
  });
});
