import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { aCaller } from "../../test/support/callers.ts";
import { CanaryJournal, canarySteps, canaryTarget } from "../../test/support/canary-journal.ts";
import { aTarget } from "../../test/support/targets.ts";
import { inProcessBell } from "../adapters/bell/in-process.ts";
import { systemClock } from "../adapters/clock/system.ts";
import { masksOf } from "../adapters/logs/masks.ts";
import { memoryStore } from "../adapters/store/memory.ts";
import type { Target } from "../core/service.ts";
import { noMessages } from "../../test/support/messages.ts";
import type { Settings } from "../core/settings.ts";
import type { TrafficState } from "../core/traffic.ts";
import { Journal } from "../deployments/journal.ts";
import { request } from "../deployments/request.ts";
import type { World } from "../deployments/world.ts";
import { ProxyFailed } from "../ports/traffic.ts";
import type { TrafficControl } from "../ports/traffic.ts";
import { buildApi } from "./server.ts";

const state: TrafficState = {
  proxy: "lb-1",
  active: "blue",
  share: 500,
  startedAt: 0,
  members: { "green/web-1": { rotation: "in", up: "unknown", inFlight: 3, queued: 0 } },
};

const places = [
  { service: "orders", environment: "production", hosts: ["web-1", "web-2"] },
  { service: "orders", environment: "dev", hosts: ["web-1"] },
];
let target: Target;
const settings = {
  fleet: () => new Map([["lb-1", { hostKeys: [] }]]),
  targets: () => places,
  target: (_: string, environment: string) => (environment === "dev" ? aTarget({ environment }) : target),
  messages: () => noMessages,
  hooks: () => [],
  oidc: () => undefined,
  secretReferences: () => [],
} as unknown as Settings;

describe("the API of traffic", () => {
  let world: World;
  let app: FastifyInstance;
  let control: Partial<TrafficControl>;
  beforeEach(async () => {
    target = canaryTarget;
    control = { states: async () => [state] };
    const traffic: Partial<TrafficControl> = {
      states: (...asked) => control.states!(...asked),
      inspect: (...asked) => control.inspect!(...asked),
    };
    const store = await memoryStore({ clock: systemClock });
    world = {
      store,
      clock: systemClock,
      bell: inProcessBell(),
      queue: { wake: () => {} },
      traffic,
      masks: masksOf(() => []),
    } as unknown as World;
    app = await buildApi(
      {
        world,
        pushes: { receive: async () => "new" },
        settings,
        version: "",
        callerOf: async () => undefined,
        applyConfiguration: async () => ({ version: 1, warnings: "" }),
      },
      { trusted: async () => aCaller("view", "deploy") },
    );
  });
  afterEach(async () => {
    await app.close();
    await world.store.close();
  });

  const get = async (url: string) => app.inject({ url: `/api/v1${url}` });
  const post = async (url: string, payload: object = {}) =>
    app.inject({ method: "POST", url: `/api/v1${url}`, payload });

  async function put(canary: CanaryJournal): Promise<string> {
    const asked = { kind: "deploy", service: "orders", environment: "production", by: "kim" } as const;
    const { artifact } = canary.release;
    const id = await request(asked, canaryTarget, { kind: "artifact", artifact }, world);
    await (await Journal.open(world, id)).decide(canary.journal.slice(1).map(({ event }) => event));
    return id;
  }

  it("tells what each proxy says, and leaves out services without traffic of ours", async () => {
    const { statusCode, json } = await get("/traffic");
    expect(statusCode).toBe(200);
    const [member] = [{ side: "green", host: "web-1", rotation: "in", up: "unknown", inFlight: 3, queued: 0 }];
    expect(json()).toEqual([
      {
        service: "orders",
        environment: "production",
        kind: "haproxy",
        problem: null,
        proxies: [{ proxy: "lb-1", active: "blue", share: 500, members: [member] }],
      },
    ]);
    expect((await get("/traffic?environment=dev")).json()).toEqual([]);
  });

  it("says why a proxy could not be asked", async () => {
    control.states = async () => Promise.reject(new ProxyFailed("lb-1", false, "lb-1: no answer"));
    expect((await get("/traffic")).json()).toMatchObject([{ proxies: [], problem: "lb-1: no answer" }]);
  });

  it("has the faults of proxies in doctor, with the service they are faults for", async () => {
    const fault = { proxy: "lb-1", check: "map", level: "problem", message: "is missing", cure: "install it" } as const;
    control.inspect = async () => [fault];
    const found = { host: "lb-1", check: "orders@production map", level: "problem", message: "is missing" };
    const lines = (await get("/doctor")).body.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toContainEqual({ ...found, cure: "install it" });
  });

  it("goes on with doctor when a proxy can't be asked", async () => {
    control.inspect = async () => Promise.reject(new ProxyFailed("lb-1", false, "lb-1: no answer"));
    expect((await get("/doctor")).body).toContain('"message":"lb-1: no answer"');
  });

  it("tells in the status until when a release is watched and the old one is warm", async () => {
    await put(new CanaryJournal().upTo(canarySteps.watch));
    const [production, dev] = (await get("/status")).json();
    expect(production.watch).toEqual({ watchedUntil: expect.any(Number), warmUntil: expect.any(Number) });
    expect([production.traffic, dev.watch]).toEqual([null, null]);
  });

  it("tells in the live status what users get from a host with two copies", async () => {
    target = { ...canaryTarget, slots: { ports: { blue: 8081, green: 8082 }, variable: "PORT" } };
    const stdout = ["blue", "green"]
      .map((slot, index) => `slot.${slot}.release=${41 + index}-aaaaaaaaaaaa\nslot.${slot}.active=active\n`)
      .join("");
    const run = async () => ({ code: 0, stdout, stderr: "", truncated: false });
    Object.assign(world, { hosts: { run } });
    const release = async () =>
      (await get("/status?live=true&environment=production")).json()[0].hosts[0].release as string;
    expect(await release()).toBe("release 41");
    control.states = async () => [{ ...state, active: "green" }];
    expect(await release()).toBe("release 42");
  });

  it("promotes, sets the guard aside with a reason, and ends a watch", async () => {
    const comparing = await put(new CanaryJournal().upTo(canarySteps.compare));
    expect((await post(`/deployments/${comparing}/override`, { reason: " " })).statusCode).toBe(400);
    expect((await post(`/deployments/${comparing}/override`)).statusCode).toBe(400);
    expect((await post(`/deployments/${comparing}/override`, { reason: "quiet" })).statusCode).toBe(200);
    expect((await post(`/deployments/${comparing}/promote`)).statusCode).toBe(200);
    const refused = await post(`/deployments/${comparing}/end-watch`);
    expect(refused.json()).toMatchObject({ status: 409, code: "SB-API-NOT-NOW" });
    const journal = await world.store.journal(comparing);
    expect(journal.slice(-2).map(({ event }) => event.kind)).toEqual(["overridden", "promoted"]);
  });
});
