/** Signing in with a password, and setting one. */
import { costOf, hashPassword, isPassword, isSameCost, nobodysHash, usualCost } from "./password-hash.ts";
import { hashOfCode } from "./codes.ts";
import { beginSession } from "./sessions.ts";
import type { SignInWorld } from "./sign-in-world.ts";
import type { Throttle } from "./throttle.ts";

export interface Attempt {
  readonly login: string;
  readonly password: string;
  /** The address that it comes from. */
  readonly from: string;
  /** The session that the browser still has. */
  readonly instead?: string;
}

export type SignInAnswer =
  | { readonly kind: "signed-in"; readonly token: string }
  /** The same for an unknown login, a wrong password, and somebody who may not be here any more. */
  | { readonly kind: "refused" }
  | { readonly kind: "wait"; readonly milliseconds: number };

export const shortestPassword = 12;
/** Hashing takes time by the length, too. */
export const longestPassword = 256;

export type PasswordProblem = "too-short" | "too-long" | "has-login" | "too-simple";

export async function signIn(attempt: Attempt, throttle: Throttle, world: SignInWorld): Promise<SignInAnswer> {
  const answer = await checkPassword(attempt, throttle, world);
  if (answer.kind !== "right") return answer;
  const { login, from, instead } = attempt;
  const token = await beginSession(login, { how: "password", from }, world, instead);
  return { kind: "signed-in", token };
}

/** Whether it is this person. Begins nothing; whoever calls it says what somebody gets who is. */
export async function checkPassword(
  attempt: Attempt,
  throttle: Throttle,
  world: SignInWorld,
): Promise<{ readonly kind: "right" } | Exclude<SignInAnswer, { readonly kind: "signed-in" }>> {
  const { login, password, from } = attempt;
  const milliseconds = throttle.begin(from, login, world.clock.now());
  if (milliseconds > 0) return { kind: "wait", milliseconds };
  if (!(await isRight(attempt, world))) return { kind: "refused" };
  throttle.succeeded(from, login);
  await raiseCost(login, password, world);
  return { kind: "right" };
}

export type SetPasswordAnswer = SignInAnswer | { readonly kind: "problem"; readonly problem: PasswordProblem };

/** With a one-time code. Whoever sets the password is signed in by it, and signed out everywhere else. */
export async function setPassword(
  { code, ...attempt }: Attempt & { readonly code: string },
  throttle: Throttle,
  world: SignInWorld,
): Promise<SetPasswordAnswer> {
  const { login, password, from } = attempt;
  const problem = passwordProblem(login, password);
  if (problem !== undefined) return { kind: "problem", problem };
  const now = world.clock.now();
  const milliseconds = throttle.begin(from, login, now);
  if (milliseconds > 0) return { kind: "wait", milliseconds };

  const hash = await hashPassword(password, world.passwordCost);
  const known = await world.store.signIns.code(hashOfCode(code));
  const person = await world.store.people.find(login);
  if (
    known === undefined ||
    known.login !== login ||
    now >= known.expiresAt ||
    person === undefined ||
    person.disabled
  ) {
    return { kind: "refused" };
  }
  const set = await world.store.signIns.setPassword(
    { credential: { login, hash, changedAt: now }, code: known.hash },
    { actor: login, action: "set-password", object: `person ${login}`, detail: { from } },
  );
  // Somebody else was quicker with the same code.
  if (!set) return { kind: "refused" };
  throttle.succeeded(from, login);
  return { kind: "signed-in", token: await beginSession(login, { how: "code", from }, world) };
}

/** What is wrong with a new password; length is what counts. */
export function passwordProblem(login: string, password: string): PasswordProblem | undefined {
  const letters = lettersOf(password);
  if (letters.length < shortestPassword) return "too-short";
  if (letters.length > longestPassword) return "too-long";
  if (new Set(letters).size < 5) return "too-simple";
  const rest = password.toLowerCase().replaceAll(login.toLowerCase(), "");
  return rest.length < shortestPassword / 2 ? "has-login" : undefined;
}

function lettersOf(password: string): readonly string[] {
  return [...password.normalize("NFKC")];
}

/** Hashes whether there is such a person or not, so that the time tells nobody. */
async function isRight({ login, password }: Attempt, world: SignInWorld): Promise<boolean> {
  const [credential, person] = await Promise.all([
    world.store.signIns.credential(login),
    world.store.people.find(login),
  ]);
  // By the letters that are counted when it is set: some take two places, or become several.
  const cut = lettersOf(password)
    .slice(0, longestPassword + 1)
    .join("");
  const isSame = await isPassword(cut, credential?.hash ?? nobodysHash(world.passwordCost));
  return isSame && credential !== undefined && person !== undefined && !person.disabled;
}

/** A password is only in clear when somebody signs in: then its hash can become a better one. */
async function raiseCost(login: string, password: string, { store, passwordCost }: SignInWorld): Promise<void> {
  const credential = await store.signIns.credential(login);
  if (credential === undefined || isSameCost(costOf(credential.hash), passwordCost ?? usualCost)) return;
  const hash = await hashPassword(password, passwordCost);
  await store.signIns.replaceHash({ login, hash }, credential.hash);
}
