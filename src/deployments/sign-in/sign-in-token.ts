/** Signing in at a terminal: a password for a token of one's own. */
import { callerOfPerson } from "../callers.ts";
import { createToken } from "../tokens.ts";
import type { NewToken } from "../tokens.ts";
import type { World } from "../world.ts";
import { checkPassword } from "./passwords.ts";
import type { Attempt } from "./passwords.ts";
import type { Throttle } from "./throttle.ts";

export interface TokenAttempt extends Attempt {
  /** What the token is called. */
  readonly name: string;
  readonly days: number;
}

export type TokenAnswer =
  | { readonly kind: "made"; readonly made: NewToken }
  | { readonly kind: "refused" }
  | { readonly kind: "wait"; readonly milliseconds: number };

/**
 * The token may what its person may now; what is taken from the person later is gone from it, too.
 *
 * @throws {NameTaken} when one of this name is there
 * @throws {TokenRefused} when the person may do nothing yet
 */
export async function signInForToken(attempt: TokenAttempt, throttle: Throttle, world: World): Promise<TokenAnswer> {
  const answer = await checkPassword(attempt, throttle, world);
  if (answer.kind !== "right") return answer;
  const { login, name, days } = attempt;
  const person = await callerOfPerson(login, "session", world);
  if (person === undefined) return { kind: "refused" };
  const made = await createToken({ name, for: "person", grants: person.grants, days }, person, world);
  return { kind: "made", made };
}
