import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Caller, Grant } from "../src/core/permissions.ts";
import { callerOfPerson } from "../src/deployments/callers.ts";
import { Journal } from "../src/deployments/journal.ts";
import { request } from "../src/deployments/request.ts";
import { testApi } from "./support/api.ts";
import type { TestApi } from "./support/api.ts";
import { aRelease, aTarget } from "./support/targets.ts";

let api: TestApi;
beforeEach(async () => {
  api = await testApi({
    callerOf: async (token): Promise<Caller | undefined> => callerOfPerson(token, "session", api.context.world),
  });
  const everywhere = (...rights: readonly Grant["right"][]): readonly Grant[] =>
    rights.map((right) => ({ right, environment: null }));
  const people: Readonly<Record<string, readonly Grant[]>> = {
    kim: everywhere("view", "approve"),
    lee: everywhere("view", "approve"),
    owner: everywhere("view", "configure"),
    ops: everywhere("view", "deploy"),
    boss: everywhere("view", "deploy", "break-glass"),
    dev: [...everywhere("view"), { right: "configure", environment: "dev" }, { right: "approve", environment: "dev" }],
  };
  const changes = Object.entries(people).map(([login, grants]) => ({ login, set: { grants } }));
  await api.context.world.store.people.write(changes, [], 1);
});
afterEach(async () => api.close());

const call = async (method: "GET" | "POST" | "DELETE", url: string, by: string, payload?: object) => {
  const asked = { method, url: `/api/v1${url}`, token: by, ...(payload === undefined ? {} : { payload }) };
  const { statusCode, body } = await api.call(asked);
  return { status: statusCode, body: JSON.parse(body) };
};

const week = { kind: "weekly", zone: "UTC", from: { day: "friday", minute: 0 }, until: { day: "friday", minute: 0 } };
const aWindow = (environments?: readonly string[]) => ({
  name: "always",
  reason: "the stock take",
  when: week,
  ...(environments === undefined ? {} : { environments }),
});

describe("freeze windows through the API", () => {
  it("are made by whoever may configure every environment that they cover", async () => {
    for (const [by, environments, status] of [
      ["kim", ["production"], 403],
      ["dev", ["production"], 403],
      ["dev", ["dev", "production"], 403],
      ["dev", undefined, 403],
      ["dev", ["dev"], 201],
    ] as const)
      expect([by, (await call("POST", "/freezes", by, aWindow(environments))).status]).toEqual([by, status]);
    expect((await call("POST", "/freezes", "owner", aWindow())).body.code).toBe("SB-API-NAME-TAKEN");
    expect((await call("DELETE", "/freezes/always", "kim")).status).toBe(403);
    expect((await call("DELETE", "/freezes/always", "dev")).status).toBe(200);
    expect((await call("DELETE", "/freezes/always", "owner")).status).toBe(404);
  });

  it("are removed by those alone who may configure all that they cover", async () => {
    await call("POST", "/freezes", "owner", aWindow());
    expect((await call("DELETE", "/freezes/always", "dev")).status).toBe(403);
    expect((await call("GET", "/freezes", "dev")).body.windows).toMatchObject([{ madeBy: "owner", holds: true }]);
  });

  it("are told in the status of what they cover", async () => {
    await call("POST", "/freezes", "owner", aWindow(["production"]));
    const places = (await call("GET", "/status", "kim")).body as readonly { readonly environment: string }[];
    expect(places.find(({ environment }) => environment === "production")).toMatchObject({
      freeze: "orders in production is frozen without an end in sight: always (the stock take)",
    });
    expect(places.find(({ environment }) => environment === "dev")).toMatchObject({ freeze: null });
  });
});

describe("a freeze that holds a deployment", () => {
  it("is set aside by those alone who could remove it, or may break the glass", async () => {
    const { world } = api.context;
    const asked = { kind: "deploy", service: "orders", environment: "production", by: "ops" } as const;
    const id = await request(asked, aTarget(), { kind: "restart", release: aRelease(1) }, world);
    const override = async (by: string) =>
      (await call("POST", "/deployments/d-1/override", by, { reason: "users can't pay" })).status;
    const journal = await Journal.open(world, id);
    await journal.decide([{ kind: "frozen", sentence: "orders in production is frozen" }]);
    expect([await override("ops"), await override("owner"), await override("boss")]).toEqual([403, 403, 200]);
    expect((await world.store.journal(id)).at(-1)?.event).toMatchObject({ kind: "freeze-passed", by: "boss" });
    // Nothing is frozen for it any more: the next one is about the capacity guard.
    expect(await override("ops")).toBe(200);
    expect((await world.store.journal(id)).at(-1)?.event).toMatchObject({ kind: "overridden", by: "ops" });
  });
});

describe("exceptions from a freeze through the API", () => {
  const until = Date.now() + 3_600_000;
  beforeEach(async () => {
    await call("POST", "/freezes", "owner", aWindow());
  });

  it("take two people with the right to approve", async () => {
    const ask = async (by: string, more: object = {}) =>
      call("POST", "/freezes/always/exceptions", by, { until, reason: "users can't pay", ...more });
    expect((await ask("owner")).status).toBe(403);
    expect((await ask("dev")).status).toBe(403);
    expect((await ask("dev", { environments: ["dev"] })).status).toBe(201);
    const { body } = await ask("kim", { environments: ["production"] });
    const confirm = async (by: string) => call("POST", `/freeze-exceptions/${body.id}/confirm`, by, {});
    expect(await confirm("kim")).toMatchObject({ status: 409, body: { code: "SB-API-FREEZE" } });
    expect((await confirm("dev")).status).toBe(403);
    expect((await confirm("lee")).body).toMatchObject({
      askedBy: "kim",
      confirmedBy: "lee",
      environments: ["production"],
    });
    expect((await confirm("lee")).status).toBe(409);
    const places = (await call("GET", "/status?environment=production", "kim")).body;
    expect(places[0].freeze).toBeNull();
  });

  it("are not for a time that is over, or for what is not there", async () => {
    const ask = async (name: string, payload: object) =>
      (await call("POST", `/freezes/${name}/exceptions`, "kim", { reason: "r", ...payload })).status;
    expect(await ask("always", { until: 1 })).toBe(422);
    expect(await ask("always", { from: until, until })).toBe(422);
    expect(await ask("other", { until })).toBe(404);
    expect(await ask("always", { until, services: ["nothing"] })).toBe(404);
  });
});
