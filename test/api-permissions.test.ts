import { setTimeout as pause } from "node:timers/promises";

import type { InjectOptions } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { RouteRule } from "../src/api/context.ts";
import { scopes } from "../src/core/permissions.ts";
import type { Scope } from "../src/core/permissions.ts";
import { longestTokenDays, callerOfToken, createToken, revokeToken } from "../src/deployments/tokens.ts";
import { testApi } from "./support/api.ts";
import type { TestApi } from "./support/api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  await api.app.ready();
});
afterAll(async () => api.close());

/** The status that the rule of a route demands: its own answers begin behind that. */
function demanded({ scope }: RouteRule, caller: Scope | undefined): 401 | 403 | "let in" {
  if (scope === "open") return "let in";
  if (caller === undefined) return 401;
  return scope !== undefined && (caller === scope || caller === "admin") ? "let in" : 403;
}

function addressOf({ url }: RouteRule): string {
  return url.replaceAll(/:(\w+)/g, "nothing");
}

const callers: readonly (Scope | undefined)[] = [undefined, ...scopes];

describe("every route for every caller", () => {
  it("lets in exactly those whom its rule names", async () => {
    const wrong: string[] = [];
    for (const rule of api.app.rules) {
      for (const caller of callers) {
        const { statusCode } = await api.call({
          method: rule.method as NonNullable<InjectOptions["method"]>,
          url: addressOf(rule),
          token: caller === undefined ? undefined : api.tokens[caller],
        });
        const was = statusCode === 401 || statusCode === 403 ? statusCode : "let in";
        if (was !== demanded(rule, caller)) wrong.push(`${rule.method} ${rule.url} as ${caller}: ${statusCode}`);
        if (statusCode >= 500) wrong.push(`${rule.method} ${rule.url} as ${caller} failed: ${statusCode}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(api.app.rules.length).toBeGreaterThan(25);
  });

  it("has a rule, and only two routes are open to everybody", () => {
    expect(api.app.rules.filter(({ scope }) => scope === undefined)).toEqual([]);
    const open = api.app.rules.filter(({ scope, method }) => scope === "open" && method === "GET");
    expect(open.map(({ url }) => url)).toEqual(["/api/v1/openapi.json", "/healthz"]);
  });

  it("is the administrator's where it could give rights away or take hosts, and the deployer's where it changes hosts", () => {
    const scopesOf = (urls: readonly string[]) =>
      new Set(
        api.app.rules
          .filter(
            ({ method, url }) => method !== "GET" && method !== "HEAD" && urls.includes(url.replace("/api/v1", "")),
          )
          .map(({ scope }) => scope),
      );
    const admins = ["/tokens", "/tokens/:name", "/backups", "/thaw", "/configuration", "/hosts/:host/take-over"];
    const steering = ["pause", "resume", "abort", "promote", "override", "end-watch"];
    const deployers = [
      "/deployments",
      "/rollbacks",
      "/restarts",
      "/adoptions",
      "/hosts/:host/sync",
      ...steering.map((verb) => `/deployments/:ref/${verb}`),
    ];
    expect(scopesOf(admins)).toEqual(new Set(["admin"]));
    expect(scopesOf(deployers)).toEqual(new Set(["deploy"]));
    const all = new Set(api.app.rules.map(({ url }) => url.replace("/api/v1", "")));
    expect([...admins, ...deployers].filter((url) => !all.has(url))).toEqual([]);
  });

  it("is closed to everybody where it has no rule", async () => {
    const { app, call, tokens, close } = await testApi();
    app.get("/api/v1/forgotten", async () => "secret");
    for (const caller of callers) {
      const token = caller === undefined ? undefined : tokens[caller];
      const { statusCode, body } = await call({ method: "GET", url: "/api/v1/forgotten", token });
      expect([401, 403]).toContain(statusCode);
      expect(body).not.toContain("secret");
    }
    await close();
  });
});

describe("a token", () => {
  const kim = "kim";
  const ask = async (token: string | undefined): Promise<number> =>
    (await api.call({ method: "GET", url: "/api/v1/status", token })).statusCode;

  it("is shown once and kept as a hash", async () => {
    const { token } = await createToken({ name: "once", scopes: ["read"], days: 1 }, kim, api.context.world);
    expect(token).toMatch(/^sbx_[\w-]{43}$/);
    const listed = await api.call({ method: "GET", url: "/api/v1/tokens", token: api.tokens.admin });
    expect(listed.json()).toContainEqual(expect.objectContaining({ name: "once", createdBy: kim, expired: false }));
    const kept = JSON.stringify([await api.context.world.store.tokens(), await api.context.world.store.audit({})]);
    for (const text of [listed.body, kept]) expect(text).not.toContain(token);
    expect(listed.body).not.toMatch(/[0-9a-f]{64}/);
  });

  it("stops working when it is revoked", async () => {
    const { token } = await createToken({ name: "gone", scopes: ["read"], days: 1 }, kim, api.context.world);
    expect(await ask(token)).toBe(200);
    expect(await revokeToken("gone", "lee", api.context.world)).toBe(true);
    expect(await ask(token)).toBe(401);
  });

  it("stops working when its time is over, and lasts 90 days at most", async () => {
    const { token, expiresAt } = await createToken({ name: "old", scopes: ["read"], days: 1 }, kim, api.context.world);
    const at = (now: number) => ({ ...api.context.world, clock: { ...api.context.world.clock, now: () => now } });
    expect(await callerOfToken(token, at(expiresAt - 1))).toEqual({ name: "token:old", scopes: ["read"] });
    expect(await callerOfToken(token, at(expiresAt))).toBeUndefined();
    const days = longestTokenDays + 1;
    await expect(createToken({ name: "x", scopes: ["read"], days }, kim, api.context.world)).rejects.toThrow("90 days");
  });

  it.each(["", "sbx_", "nothing", "x".repeat(300), "a b"])("is not %j", async (token) => {
    expect(await ask(token)).toBe(401);
  });

  it("counts in its header alone", async () => {
    const { tokens } = api;
    await pause(0);
    const inQuery = await api.call({
      method: "GET",
      url: `/api/v1/status?token=${tokens.read}&access_token=${tokens.read}`,
    });
    const asBasic = await api.call({
      method: "GET",
      url: "/api/v1/status",
      headers: { authorization: `Basic ${tokens.read}` },
    });
    expect([inQuery.statusCode, asBasic.statusCode]).toEqual([401, 401]);
  });

  it("of an admin makes others, but no name twice", async () => {
    const body = { name: "ci", scopes: ["deploy"], days: 30 };
    const make = async () =>
      api.call({ method: "POST", url: "/api/v1/tokens", token: api.tokens.admin, payload: body });
    expect((await make()).statusCode).toBe(201);
    expect((await make()).json()).toMatchObject({ status: 409, code: "SB-API-NAME-TAKEN" });
  });
});
