import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Caller, Right } from "../src/core/permissions.ts";
import { fold } from "../src/core/fold.ts";
import { callerOfPerson } from "../src/deployments/callers.ts";
import { request } from "../src/deployments/request.ts";
import { runDeployment } from "../src/deployments/run.ts";
import { testApi } from "./support/api.ts";
import type { TestApi } from "./support/api.ts";
import { aPolicy } from "./support/approvals.ts";
import { aCaller } from "./support/callers.ts";
import { eventually } from "./support/eventually.ts";
import { aRelease, aTarget } from "./support/targets.ts";

let api: TestApi;
let stop: AbortController;
beforeEach(async () => {
  // Whoever is named as the token calls.
  api = await testApi({ callerOf: async (token) => caller(token) });
  stop = new AbortController();
  const { world } = api.context;
  const people: Readonly<Record<string, readonly Right[]>> = {
    kim: ["view", "approve"],
    lee: ["view", "approve"],
    dev: ["view", "deploy"],
    root: ["view", "break-glass", "deploy"],
    guest: [],
  };
  const changes = Object.entries(people).map(([login, rights]) => ({
    login,
    set: { grants: rights.map((right) => ({ right, environment: null })) },
  }));
  await world.store.people.write(changes, [], 1);
  world.queue.work(async (id) => runDeployment(id, world, stop.signal));
});
afterEach(async () => {
  stop.abort();
  await api.close();
});

async function caller(token: string): Promise<Caller | undefined> {
  // A token of their own that may only look.
  const own = /^(\w+)-looks$/.exec(token)?.[1];
  if (own !== undefined) return { ...(await caller(own))!, grants: [{ right: "view", environment: null }] };
  return token === "ci" ? aCaller("view", "deploy") : callerOfPerson(token, "session", api.context.world);
}

const call = async (method: "GET" | "POST", url: string, by: string, payload?: object) => {
  const answer = await api.call({
    method,
    url: `/api/v1${url}`,
    token: by,
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: answer.statusCode, body: answer.json() };
};

/** A deployment that waits for two of kim and lee. */
async function waiting(quorum = 1): Promise<string> {
  const { world } = api.context;
  const asked = { kind: "deploy", service: "orders", environment: "production", by: "dev" } as const;
  const rule = { kind: "people", count: quorum, people: ["kim", "lee"] } as const;
  const origin = { kind: "restart", release: aRelease(1) } as const;
  const id = await request(asked, aTarget(), origin, world, aPolicy({ rule }));
  await inState(id, "awaiting-approval");
  return id;
}

async function inState(id: string, state: string): Promise<void> {
  await eventually(async () => {
    const deployment = fold(id, await api.context.world.store.journal(id));
    return deployment.state === state ? true : undefined;
  });
}

describe("a request for approval through the API", () => {
  it("is shown with its plan and its people, and says what is the caller's own", async () => {
    const id = await waiting(2);
    const { body } = await call("GET", `/approvals/${id}`, "kim");
    expect(body).toMatchObject({ deployment: id, number: 1, requestedBy: "dev", isMine: true, objection: null });
    expect(body.asked.map(({ login }: { readonly login: string }) => login).toSorted()).toEqual(["kim", "lee"]);
    expect(body.plan.length).toBeGreaterThan(0);
    expect((await call("GET", "/approvals/d-1", "dev")).body).toMatchObject({
      isMine: false,
      objection: expect.stringContaining("not among the approvers"),
    });
    const mine = async (by: string) => (await call("GET", "/approvals?mine=true&open=true", by)).body.length;
    expect([await mine("kim"), await mine("dev"), await mine("ci")]).toEqual([1, 0, 0]);
    expect((await call("GET", "/approvals", "guest")).status).toBe(403);
    expect((await call("GET", `/approvals/${id}`, "guest")).status).toBe(403);
  });

  it("goes on when it is approved by as many as it needs, and one takes it back before", async () => {
    const id = await waiting(2);
    const { digest } = (await call("GET", "/approvals/d-1", "kim")).body;
    const first = await call("POST", "/approvals/d-1/approve", "kim", { digest, comment: "fine" });
    expect(first.body).toMatchObject({ ended: null, approvals: [{ by: "kim", comment: "fine" }] });
    expect((await call("POST", "/approvals/d-1/revoke", "kim", {})).body.approvals).toEqual([]);
    await call("POST", "/approvals/d-1/approve", "kim", { digest });
    expect((await call("POST", "/approvals/d-1/approve", "lee", { digest })).body.ended).toMatchObject({
      kind: "approved",
      by: ["kim", "lee"],
    });
    await inState(id, "succeeded");
    const [row] = await api.context.world.store.audit({ action: "approve deployment", limit: 1 });
    expect(row).toMatchObject({ actor: "lee", from: { via: "session", address: "127.0.0.1" } });
  });

  it("ends when it is rejected; whoever comes later is told so", async () => {
    const id = await waiting();
    const { digest } = (await call("GET", "/approvals/d-1", "kim")).body;
    expect((await call("POST", "/approvals/d-1/reject", "kim", { digest, reason: " " })).status).toBe(400);
    const rejected = await call("POST", "/approvals/d-1/reject", "kim", { digest, reason: "no way back" });
    expect(rejected.body.ended).toMatchObject({ kind: "rejected", by: ["kim"], reason: "no way back" });
    await inState(id, "rejected");
    const late = await call("POST", "/approvals/d-1/approve", "lee", { digest });
    expect(late).toMatchObject({ status: 409, body: { code: "SB-API-ENDED" } });
  });

  it("is decided for the plan that was shown, by people who may", async () => {
    await waiting();
    const { digest } = (await call("GET", "/approvals/d-1", "kim")).body;
    const other = await call("POST", "/approvals/d-1/approve", "kim", { digest: "0".repeat(64) });
    expect(other).toMatchObject({ status: 409, body: { code: "SB-API-OTHER-PLAN" } });
    for (const by of ["dev", "root", "guest", "ci"])
      expect([by, (await call("POST", "/approvals/d-1/approve", by, { digest })).status]).toEqual([by, 403]);
    expect((await call("POST", "/approvals/d-1/withdraw", "ci", { reason: "r" })).body.code).toBe("SB-API-PERSON");
  });

  it("is taken back by whoever asked for it, and handed over by whoever was asked", async () => {
    const id = await waiting();
    const { asked } = (await call("GET", "/approvals/d-1", "kim")).body;
    const [from, to] = asked[0].login === "kim" ? ["kim", "lee"] : ["lee", "kim"];
    const after = await call("POST", "/approvals/d-1/hand-over", from!, { to });
    expect(after.body.asked.map(({ login }: { readonly login: string }) => login)).toEqual([to]);
    expect((await call("POST", "/approvals/d-1/withdraw", "dev", { reason: "a mistake" })).status).toBe(200);
    await inState(id, "withdrawn");
  });

  it("goes on without an approval when somebody breaks the glass, and stays open for a review by another", async () => {
    const id = await waiting();
    const { digest } = (await call("GET", "/approvals/d-1", "root")).body;
    const glass = { digest, reason: "users can't pay" };
    expect((await call("POST", "/approvals/d-1/break-glass", "kim", glass)).status).toBe(403);
    expect((await call("POST", "/approvals/d-1/break-glass", "root", glass)).body.reviewOpen).toBe(true);
    await inState(id, "succeeded");
    expect((await call("GET", "/approvals?review=true", "kim")).body).toHaveLength(1);
    expect((await call("POST", "/approvals/d-1/review", "kim", { note: "was right" })).body.reviewOpen).toBe(false);
    expect((await call("GET", "/approvals?review=true", "kim")).body).toEqual([]);
  });

  it("is decided by nobody with a token that may only look, whatever its owner may do", async () => {
    await waiting();
    const { digest } = (await call("GET", "/approvals/d-1", "root")).body;
    const takenBack = await call("POST", "/approvals/d-1/withdraw", "root-looks", { reason: "r" });
    expect(takenBack).toMatchObject({ status: 403, body: { code: "SB-API-RIGHT" } });
    await call("POST", "/approvals/d-1/break-glass", "root", { digest, reason: "users can't pay" });
    expect((await call("POST", "/approvals/d-1/review", "kim-looks", { note: "was right" })).status).toBe(403);
    expect((await call("GET", "/approvals?review=true", "kim")).body).toHaveLength(1);
  });

  it("is in the inbox of whoever was asked, however many others were asked later", async () => {
    const { world } = api.context;
    const ask = async (service: string, login: string): Promise<void> => {
      const asked = { kind: "deploy", service, environment: "production", by: "dev" } as const;
      const rule = { kind: "people", count: 1, people: [login] } as const;
      const origin = { kind: "restart", release: aRelease(1) } as const;
      await inState(await request(asked, aTarget({ service }), origin, world, aPolicy({ rule })), "awaiting-approval");
    };
    await ask("orders", "kim");
    await ask("web", "lee");
    const { body } = await call("GET", "/approvals?mine=true&open=true&limit=1", "kim");
    expect(body.map(({ service }: { readonly service: string }) => service)).toEqual(["orders"]);
  });

  it("is counted in the report, by person", async () => {
    await waiting(2);
    const { digest } = (await call("GET", "/approvals/d-1", "kim")).body;
    await call("POST", "/approvals/d-1/approve", "kim", { digest });
    const { body } = await call("GET", "/reports/approvals?days=7", "dev");
    const row = body.people.find(({ login }: { readonly login: string }) => login === "kim");
    expect(row).toMatchObject({ load: 1, approved: 1, open: 0, medianAnswerMilliseconds: expect.any(Number) });
    expect(body.people.map(({ login }: { readonly login: string }) => login).toSorted()).toEqual(["kim", "lee"]);
  });
});

describe("breaking the glass as a deployment is asked for", () => {
  const asked = {
    service: "orders",
    environment: "production",
    origin: { kind: "release", number: 1 },
    breakGlass: "now",
  };

  it.each(["dev", "kim", "ci", "guest"])("is refused to %s", async (by) => {
    expect((await call("POST", "/deployments", by, asked)).status).toBe(403);
  });

  it("is let through to a person with the right", async () => {
    const { status, body } = await call("POST", "/deployments", "root", asked);
    // There is no such release here: the rule is passed.
    expect([status, body.code]).toEqual([404, "SB-API-UNKNOWN-NAME"]);
  });
});
