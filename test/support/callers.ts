/** Callers of the API for tests. */
import type { Caller, Right } from "../../src/core/permissions.ts";

/** A machine with these rights everywhere. */
export function aCaller(...rights: readonly Right[]): Caller {
  return { name: "token:ci", via: "token", grants: rights.map((right) => ({ right, environment: null })) };
}

/** A person, signed in on the page. */
export function aPerson(login: string, ...rights: readonly Right[]): Caller {
  return { ...aCaller(...rights), name: login, login, via: "session" };
}
