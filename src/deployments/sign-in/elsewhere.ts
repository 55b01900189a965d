/** Signing in as somebody whom another server knows. */
import { loginProblem } from "../../core/amend-person.ts";
import { hasPower } from "../../core/people-change.ts";
import type { OidcSettings } from "../../core/sign-in-settings.ts";
import type { ForeignIdentity } from "../../ports/identity-provider.ts";
import type { People, Person } from "../../ports/people.ts";
import { NameTaken } from "../../ports/store.ts";
import { beginSession, signedInWith } from "./sessions.ts";
import type { SignInWorld } from "./sign-in-world.ts";

type ElsewhereWorld = SignInWorld & { readonly store: { readonly people: Pick<People, "find" | "write"> } };

export type ElsewhereAnswer =
  | { readonly kind: "signed-in"; readonly token: string }
  /** They are who they say, but nobody here. */
  | { readonly kind: "unknown" };

/** By issuer and subject, which nobody can change. The login counts once, to find whom they are here. */
export async function signInFromElsewhere(
  identity: ForeignIdentity,
  settings: Pick<OidcSettings, "only" | "create">,
  from: string,
  world: ElsewhereWorld,
  instead?: string,
): Promise<ElsewhereAnswer> {
  if (!isWanted(identity, settings)) return { kind: "unknown" };
  const person = await personOf(identity, settings, world, instead);
  if (person === undefined || person.disabled) return { kind: "unknown" };
  const token = await beginSession(person.login, { how: "oidc", from }, world, instead);
  return { kind: "signed-in", token };
}

function isWanted({ verifiedMail }: ForeignIdentity, { only }: Pick<OidcSettings, "only">): boolean {
  if (only === undefined) return true;
  const domain = verifiedMail?.split("@").at(-1)?.toLowerCase();
  return domain !== undefined && only.includes(domain);
}

async function personOf(
  identity: ForeignIdentity,
  { create }: Pick<OidcSettings, "create">,
  world: ElsewhereWorld,
  session: string | undefined,
): Promise<Person | undefined> {
  const { store, clock } = world;
  const { issuer, subject } = identity;
  const linked = await store.signIns.identity(issuer, subject);
  if (linked !== undefined) return store.people.find(linked.login);

  const login = loginIn(identity);
  if (login === undefined) return undefined;
  const known = await store.people.find(login);
  if (known?.disabled === true || (known === undefined && !create)) return undefined;
  if (known !== undefined && hasPower(known) && !(await isSignedIn(login, session, world))) return undefined;
  if (known === undefined) await makePerson(login, identity, world);
  const audit = { actor: login, action: "link-identity", object: `person ${login}`, detail: { issuer, subject } };
  try {
    await store.signIns.linkIdentity({ issuer, subject, login, linkedAt: clock.now() }, audit);
  } catch (error) {
    // The login belongs to somebody else there: a name that was given to another person is not that person.
    if (error instanceof NameTaken) return undefined;
    throw error;
  }
  return store.people.find(login);
}

/** Small letters of other alphabets can be ours: the sign for Kelvin becomes a `k`, and its owner must not become kim. */
function loginIn({ login = "" }: ForeignIdentity): string | undefined {
  const small = login.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  return loginProblem(small) === undefined ? small : undefined;
}

/** A name is not enough to become somebody who decides: the browser shows that they have signed in here, too. */
async function isSignedIn(login: string, session: string | undefined, world: ElsewhereWorld): Promise<boolean> {
  const signedIn = session === undefined ? undefined : await signedInWith(session, world);
  return signedIn?.person.login === login;
}

async function makePerson(
  login: string,
  { name, issuer }: ForeignIdentity,
  { store, clock }: ElsewhereWorld,
): Promise<void> {
  const audit = { actor: login, action: "add-person", object: `person ${login}`, detail: { issuer, grants: [] } };
  await store.people.write([{ login, set: { name: name ?? login } }], [audit], clock.now());
}
