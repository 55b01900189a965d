/** People, what they may do where, and when they are away. */
import type { Language } from "../core/language.ts";
import type { Right } from "../core/permissions.ts";
import type { AuditEntry } from "./audit.ts";

/** `environment: null` is every environment. */
export interface Grant {
  readonly right: Right;
  readonly environment: string | null;
}

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

/** What `People.write` leaves out stays as it is. */
export interface PersonChange {
  readonly login: string;
  readonly set: Partial<Omit<Person, "login" | "createdAt">>;
}

export interface People {
  list(): Promise<readonly Person[]>;
  find(login: string): Promise<Person | undefined>;
  /** One transaction: all of these changes with their audit rows, or none. A login that is not there yet is made. */
  write(changes: readonly PersonChange[], audit: readonly AuditEntry[], at: number): Promise<void>;
}
