/** Who stands behind a session, a token or the socket, with the rights of this moment. */
import type { Caller } from "../core/permissions.ts";
import { inBoth, operatorName, rightsOfMachines } from "../core/permissions.ts";
import type { TokenRow } from "../ports/store.ts";
import type { World } from "./world.ts";

type People = Pick<World, "store">;

/** Nobody when there is no such person, or the person is disabled. */
export async function callerOfPerson(
  login: string,
  via: Caller["via"],
  { store }: People,
): Promise<Caller | undefined> {
  const person = await store.people.find(login);
  if (person === undefined || person.disabled) return undefined;
  return { name: login, login, via, grants: person.grants };
}

/**
 * Whoever may open the socket administrates, as the permissions of its file say; they are no person by that, and
 * decide nothing. Where there is a person with the login of the socket's user, it is that person.
 */
export async function callerOfSocket(user: string, { store }: People): Promise<Caller> {
  const operates = rightsOfMachines.map((right) => ({ right, environment: null }));
  const person = await store.people.find(user);
  if (person === undefined || person.disabled) return { name: operatorName(user), via: "socket", grants: operates };
  return { name: user, login: user, via: "socket", grants: [...operates, ...person.grants] };
}

/** A person's own token is that person, as far as the token goes; a machine's token is the machine. */
export async function callerOfRow(
  { name, login, grants, expiresAt }: TokenRow,
  world: People,
): Promise<Caller | undefined> {
  if (login === null) return { name: `token:${name}`, via: "token", grants, until: expiresAt };
  const person = await callerOfPerson(login, "token", world);
  return person === undefined ? undefined : { ...person, grants: inBoth(grants, person.grants), until: expiresAt };
}
