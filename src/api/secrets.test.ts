import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { testApi } from "../../test/support/api.ts";
import type { TestApi } from "../../test/support/api.ts";
import { loadConfiguration } from "../config/load.ts";
import { settingsOf } from "../config/settings.ts";
import type { Grant } from "../core/permissions.ts";
import { GitFailed } from "../ports/git.ts";

const configuration = `
hosts: { web-1: { address: 10.0.0.11, user: deploy }, dev-1: { address: 10.0.0.12, user: deploy } }
services:
  orders: { unit: { exec: [a] }, port: 8080, environment: { A: "\${secret:A}", B: "\${secret:B}" } }
messages: { channels: { chat: { slack: { token: CHAT_TOKEN } } } }
hooks: { github: { github: { secrets: [HOOK] } } }
environments:
  production: { services: { orders: { hosts: [web-1] } } }
  dev: { services: { orders: { hosts: [dev-1] } } }
`;

let api: TestApi;
const { configuration: loaded } = loadConfiguration(configuration, "signalbox.yml");
const callers: Readonly<Record<string, readonly Grant[]>> = {
  everywhere: [{ right: "secrets", environment: null }],
  dev: [{ right: "secrets", environment: "dev" }],
  admin: [{ right: "admin", environment: null }],
};
beforeAll(async () => {
  api = await testApi({
    settings: settingsOf(() => loaded!),
    callerOf: async (token) => ({ name: token, via: "token", grants: callers[token] ?? [] }),
  });
});
afterAll(async () => api.close());

const everything: string[] = [];
async function call(token: string, method: "GET" | "POST", url: string, payload?: object) {
  const answer = await api.call({ token, method, url: `/api/v1${url}`, ...(payload === undefined ? {} : { payload }) });
  everything.push(answer.body, JSON.stringify(answer.headers));
  return { status: answer.statusCode, body: answer.json<Record<string, unknown> & unknown[]>() };
}

const shared = { environment: null, service: null };
const inDev = { environment: "dev", service: "orders" };

describe("the API of secrets", () => {
  it("takes values, and tells by whom they were set, never what they are", async () => {
    const set = await call("everywhere", "POST", "/secrets", { name: "A", ...shared, value: "planted-a" });
    expect(set).toMatchObject({ status: 201, body: { name: "A", ...shared, version: "1", warning: null } });
    expect((await call("dev", "POST", "/secrets", { name: "A", ...inDev, value: "plant" })).body).toMatchObject({
      warning: expect.stringContaining("fewer than 6 characters"),
    });
    expect((await call("everywhere", "GET", "/secrets")).body).toMatchObject([
      { name: "A", ...shared, versions: [{ version: "1", by: "everywhere" }] },
      { name: "A", ...inDev, versions: [{ version: "1", by: "dev" }] },
    ]);
  });

  it("shows and changes those of an environment to whoever may keep secrets there", async () => {
    expect((await call("dev", "GET", "/secrets")).body).toMatchObject([{ name: "A", ...inDev }]);
    const denied = [
      { name: "C", ...shared },
      { name: "C", environment: null, service: "orders" },
      { name: "C", environment: "production", service: null },
    ];
    for (const id of denied) {
      expect((await call("dev", "POST", "/secrets", { ...id, value: "planted-c" })).status).toBe(403);
      expect((await call("dev", "POST", "/secrets/remove", id)).status).toBe(403);
    }
    expect((await call("admin", "GET", "/secrets")).status).toBe(403);
    expect((await call("everywhere", "POST", "/secrets/rotate-key")).status).toBe(403);
  });

  it("says of each reference what holds there", async () => {
    const all = (await call("everywhere", "GET", "/secrets/check")).body;
    expect(all).toMatchObject([
      { environment: "production", name: "A", holds: { ...shared, version: "1" }, problem: null },
      {
        environment: "production",
        name: "B",
        holds: null,
        problem: expect.stringContaining("no value of the secret B"),
      },
      { neededBy: "orders in dev", name: "A", holds: { ...inDev, version: "1" } },
      { environment: "dev", name: "B", holds: null },
      { environment: null, name: "HOOK", neededBy: "the hook github", holds: null },
      { environment: null, name: "CHAT_TOKEN", neededBy: "the channel chat", holds: null },
    ]);
    expect((await call("dev", "GET", "/secrets/check")).body).toHaveLength(2);
  });

  it("refuses what can't be kept, without repeating it", async () => {
    const refused: readonly (readonly [object, number])[] = [
      [{ name: "A", ...shared, value: "pla" }, 422],
      [{ name: "A", ...shared, value: "" }, 422],
      [{ name: "planted-name with spaces", ...shared, value: "planted-a" }, 400],
      [{ name: "A", ...shared, value: "planted-a", planted: "x" }, 400],
      [{ name: "A", value: "planted-a" }, 400],
      [{ name: "A", ...shared, value: `planted${"x".repeat(70_000)}` }, 422],
    ];
    for (const [body, status] of refused)
      expect((await call("everywhere", "POST", "/secrets", body)).status).toBe(status);
  });

  it("rotates the key and removes, with rows of who did it", async () => {
    expect(await call("admin", "POST", "/secrets/rotate-key")).toMatchObject({ status: 200, body: { versions: 2 } });
    const id = { name: "A", ...shared };
    expect((await call("everywhere", "POST", "/secrets/remove", id)).body).toEqual({ removed: "A (shared)" });
    expect((await call("everywhere", "POST", "/secrets/remove", id)).status).toBe(404);
    const rows = await api.context.world.store.audit({});
    expect(rows.map(({ action, actor, object }) => [action, actor, object])).toEqual(
      expect.arrayContaining([
        ["put-secret", "dev", "secret A of orders in dev"],
        ["rotate-secret-key", "admin", "secrets"],
        ["remove-secret", "everywhere", "secret A (shared)"],
      ]),
    );
    expect(rows.find(({ action }) => action === "put-secret")?.from).toMatchObject({ via: "token" });
  });

  it("masks what others say when something fails, because they may have had a value in their hands", async () => {
    const { world } = api.context;
    await world.secrets.put({ name: "GIT", ...shared, value: "planted-git-token", by: "kim" });
    const fetch = async (): Promise<never> => {
      throw new GitFailed("denied", "fatal: https://x:planted-git-token@git.example.com/a.git is not there");
    };
    const orders = { ...loaded!.services.get("orders")!, source: { git: "ssh://git@git.example.com/a.git" } };
    const failing = await testApi({
      settings: settingsOf(() => ({ ...loaded!, services: new Map([["orders", orders]]) })),
      callerOf: async () => ({ name: "kim", via: "token", grants: [{ right: "deploy", environment: null }] }),
      world: { ...world, git: { ...world.git, fetch } },
    });
    const payload = { service: "orders", environment: "dev", origin: { kind: "revision" } };
    const answer = await failing.call({ token: "kim", method: "POST", url: "/api/v1/deployments", payload });
    expect(answer.json()).toMatchObject({
      code: "SB-API-GIT",
      detail: "fatal: https://x:***@git.example.com/a.git is not there",
    });
    await failing.close();
  });

  it("has said no value in any of its answers", () => {
    expect(everything.length).toBeGreaterThan(30);
    for (const answer of everything) expect(answer).not.toMatch(/planted-a|planted-c|plantedx/);
  });
});
