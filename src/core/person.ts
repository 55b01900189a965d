/** Somebody who signs in, decides, or is told. */
import type { Language } from "./language.ts";
import type { Grant } from "./permissions.ts";

/** How somebody can be reached, the first one first. `address` is a mail address, or what a chat calls the person. */
export interface Contact {
  /** The name of a channel in the configuration, such as `mail` or `slack`. */
  readonly via: string;
  readonly address: string;
}

export interface Absence {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
  readonly standIn: string | null;
}

/** A login is for ever: nobody is renamed or removed, so what a journal says stays true. */
export interface Person {
  readonly login: string;
  readonly name: string;
  readonly language: Language;
  readonly groups: readonly string[];
  readonly grants: readonly Grant[];
  readonly contacts: readonly Contact[];
  /** Mail addresses that stand in commits of this person. */
  readonly commitMails: readonly string[];
  readonly absences: readonly Absence[];
  /** Beyond this they are asked for approvals only when nobody else is there. */
  readonly most: { readonly open?: number; readonly inADay?: number };
  readonly createdAt: number;
  /** Signed out everywhere and without any right. */
  readonly disabled: boolean;
}
