import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { memoryStore } from "../../adapters/store/memory.ts";
import { systemClock } from "../../adapters/clock/system.ts";
import type { ForeignIdentity } from "../../ports/identity-provider.ts";
import type { Store } from "../../ports/store.ts";
import { signInFromElsewhere } from "./elsewhere.ts";
import { beginSession, signedInWith } from "./sessions.ts";

let store: Store;
beforeEach(async () => {
  store = await memoryStore({ clock: systemClock });
  await store.people.write([{ login: "kim", set: {} }], [], 1);
});
afterEach(async () => store.close());

const kim: ForeignIdentity = { issuer: "https://id.example.com", subject: "42", login: "kim" };
const enter = async (
  identity: ForeignIdentity,
  settings: { only?: readonly string[]; create?: boolean } = {},
  session?: string,
) => {
  const world = { store, clock: systemClock };
  const answer = await signInFromElsewhere(identity, { create: false, ...settings }, "10.0.0.1", world, session);
  return answer.kind === "signed-in" ? (await signedInWith(answer.token, world))?.person.login : answer.kind;
};

describe("somebody whom another server knows", () => {
  it("is the person with that login, and stays that person whatever the login becomes there", async () => {
    expect(await enter(kim)).toBe("kim");
    await store.people.write([{ login: "lee", set: {} }], [], 1);
    expect(await enter({ ...kim, login: "lee" })).toBe("kim");
    const actions = (await store.audit({ object: "person kim" })).map(({ action }) => action);
    expect(actions.toReversed()).toEqual(["link-identity", "sign-in", "sign-in"]);
  });

  it("is nobody who decides by a name alone, but is once the browser shows that they have signed in here", async () => {
    const world = { store, clock: systemClock };
    await store.people.write([{ login: "kim", set: { grants: [{ right: "approve", environment: null }] } }], [], 1);
    await store.people.write([{ login: "lee", set: {} }], [], 1);
    const begin = async (login: string) => beginSession(login, { how: "password", from: "10.0.0.1" }, world);
    expect(await enter(kim)).toBe("unknown");
    expect(await enter(kim, {}, await begin("lee"))).toBe("unknown");
    expect(await store.signIns.identity(kim.issuer, kim.subject)).toBeUndefined();
    expect(await enter(kim, {}, await begin("kim"))).toBe("kim");
    expect(await enter(kim)).toBe("kim");
  });

  it("is not somebody who is linked already, although the name was given to them there", async () => {
    expect(await enter(kim)).toBe("kim");
    expect(await enter({ ...kim, subject: "43" })).toBe("unknown");
  });

  it("is nobody without a login, with one that is none here, or when the person may not be here", async () => {
    const { login: _, ...nameless } = kim;
    expect(await enter(nameless)).toBe("unknown");
    for (const login of ["nobody", "../kim", "", "__proto__", "\u212Aim"])
      expect(await enter({ ...kim, login })).toBe("unknown");
    await store.people.write([{ login: "kim", set: { disabled: true } }], [], 1);
    expect(await enter(kim)).toBe("unknown");
    expect(await store.signIns.identity(kim.issuer, kim.subject)).toBeUndefined();
  });

  it("is let in by the domain of a verified mail, where there is a list", async () => {
    const only = ["example.com"];
    expect(await enter(kim, { only })).toBe("unknown");
    for (const verifiedMail of ["kim@evil.com", "kim@example.com.evil.com", "kim@sub.example.com", "example.com@x.y"])
      expect(await enter({ ...kim, verifiedMail }, { only })).toBe("unknown");
    expect(await enter({ ...kim, verifiedMail: "kim@EXAMPLE.com" }, { only })).toBe("kim");
  });

  it("becomes a person without any right, only where that is wanted", async () => {
    const park = { ...kim, subject: "7", login: "Park", name: "Park Seoyeon" };
    expect(await enter(park)).toBe("unknown");
    expect(await enter(park, { create: true })).toBe("park");
    expect(await store.people.find("park")).toMatchObject({ name: "Park Seoyeon", grants: [], groups: [] });
  });
});
