/** What signing in needs of the world. */
import type { Clock } from "../../ports/clock.ts";
import type { People } from "../../ports/people.ts";
import type { SignIns } from "../../ports/sign-in.ts";
import type { PasswordCost } from "./password-hash.ts";

export interface SignInWorld {
  readonly store: { readonly signIns: SignIns; readonly people: Pick<People, "find"> };
  readonly clock: Pick<Clock, "now">;
  /** Low ones are for tests alone. */
  readonly passwordCost?: PasswordCost;
}
