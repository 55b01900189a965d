import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { hashPassword } from "../src/deployments/sign-in/password-hash.ts";
import { testApi } from "./support/api.ts";
import type { TestApi } from "./support/api.ts";
import { cheapCost, goodPassword } from "./support/sign-in.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  const { store, clock } = api.context.world;
  const grants = [{ right: "view", environment: "dev" }] as const;
  await store.people.write([{ login: "moon", set: { name: "Moon", grants } }], [], clock.now());
  const credential = { login: "moon", hash: await hashPassword(goodPassword, cheapCost), changedAt: clock.now() };
  await store.signIns.setPassword(
    { credential },
    { actor: "moon", action: "set-password", object: "person moon", detail: {} },
  );
});
afterAll(async () => api.close());

const ask = async (change: object = {}) => {
  const payload = { login: "moon", password: goodPassword, name: "laptop", days: 1, ...change };
  return api.call({ method: "POST", url: "/api/v1/sign-in", payload });
};

describe("signing in at a terminal", () => {
  it("gives a token that is its person, with the rights of the person", async () => {
    const answer = await ask();
    expect(answer.statusCode).toBe(201);
    const { token, login, grants } = answer.json<{ token: string; login: string; grants: unknown }>();
    expect({ login, grants }).toEqual({ login: "moon", grants: [{ right: "view", environment: "dev" }] });
    const me = await api.call({ method: "GET", url: "/api/v1/me", token });
    expect(me.json()).toMatchObject({ login: "moon" });
    expect((await api.call({ method: "GET", url: "/api/v1/tokens", token })).statusCode).toBe(403);
  });

  it("says the same to who does not know the password and to who is nobody", async () => {
    const [wrong, nobody] = await Promise.all([ask({ password: "a loud morning" }), ask({ login: "nobody-known" })]);
    expect(wrong.statusCode).toBe(401);
    expect({ ...nobody.json<object>() }).toEqual({ ...wrong.json<object>() });
  });

  it("makes who guesses wait, also with the right password", async () => {
    for (let tries = 0; tries < 8; tries += 1) await ask({ password: `guess number ${tries}` });
    const answer = await ask({ name: "another" });
    expect(answer.statusCode).toBe(429);
    expect(answer.body).not.toContain("sbx_");
  });
});
