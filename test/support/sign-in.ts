/** People who can sign in: a real store in memory, hashes that cost nothing, a clock that is set by hand. */
import { memoryStore } from "../../src/adapters/store/memory.ts";
import { systemClock } from "../../src/adapters/clock/system.ts";
import { newPerson } from "../../src/core/people-change.ts";
import { makeSignInCode } from "../../src/deployments/sign-in/codes.ts";
import { setPassword } from "../../src/deployments/sign-in/passwords.ts";
import type { SignInWorld } from "../../src/deployments/sign-in/sign-in-world.ts";
import { Throttle } from "../../src/deployments/sign-in/throttle.ts";
import type { Person } from "../../src/ports/people.ts";
import type { Store } from "../../src/ports/store.ts";

export const cheapCost = { memoryKibibytes: 64, passes: 1, lanes: 1 };
export const goodPassword = "a quiet morning";

export function aPerson(login: string, change: Partial<Person> = {}): Person {
  return { ...newPerson(login), ...change };
}

export interface SignInHouse {
  readonly world: SignInWorld;
  readonly store: Store;
  readonly people: Map<string, Person>;
  now: number;
}

export async function aSignInHouse(...logins: readonly string[]): Promise<SignInHouse> {
  const store = await memoryStore({ clock: systemClock });
  const people = new Map(logins.map((login) => [login, aPerson(login)]));
  const house: SignInHouse = {
    store,
    people,
    now: 1_000_000,
    world: {
      store: { signIns: store.signIns, people: { find: async (login) => people.get(login) } },
      clock: { now: () => house.now },
      passwordCost: cheapCost,
    },
  };
  return house;
}

/** Gives somebody the good password, as they would do it themselves; the answer's token is their session. */
export async function welcome(login: string, world: SignInWorld): Promise<string> {
  const { code } = await makeSignInCode(login, world);
  const answer = await setPassword({ login, code, password: goodPassword, from: "10.0.0.1" }, new Throttle(), world);
  if (answer.kind !== "signed-in") throw new Error(`${login} could not set a password: ${answer.kind}`);
  return answer.token;
}
