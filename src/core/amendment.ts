/** One change of who there is and what they may do, as it is asked for, proposed and confirmed. */
import type { Grant } from "./permissions.ts";
import type { Absence, Person } from "./person.ts";

export type Amendment = { readonly login: string } & (
  | { readonly kind: "add"; readonly details: Details; readonly firstAdmin: boolean }
  | { readonly kind: "set"; readonly details: Details }
  | { readonly kind: "grant"; readonly grant: Grant }
  | { readonly kind: "revoke"; readonly grant: Grant }
  | { readonly kind: "join"; readonly group: string }
  | { readonly kind: "leave"; readonly group: string }
  | { readonly kind: "disable" }
  | { readonly kind: "enable" }
  | { readonly kind: "away"; readonly absence: Absence }
  /** Forgets every absence that has not ended. */
  | { readonly kind: "back" }
  /** With a new code the person, or whoever has it, sets a new password. */
  | { readonly kind: "sign-in-code" }
);

/** What is left out stays as it is. */
export type Details = Partial<Pick<Person, "name" | "language" | "contacts" | "commitMails" | "most">>;

export type AmendmentKind = Amendment["kind"];
