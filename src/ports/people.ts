/** People, what they may do where, and when they are away. */
import type { Grant } from "../core/permissions.ts";
import type { Language } from "../core/language.ts";
import type { Book, Proposal } from "../core/people-change.ts";
import type { Absence, Contact, Person } from "../core/person.ts";
import type { AuditEntry } from "./audit.ts";

export type { Absence, Contact, Grant, Language, Person, Proposal };

/** What `People.write` leaves out stays as it is. */
export interface PersonChange {
  readonly login: string;
  readonly set: Partial<Omit<Person, "login" | "createdAt">>;
}

/** All people at one moment, with what waits for a second person. */
export interface PeopleBook extends Book {
  /** Counts up with each change. */
  readonly version: number;
  readonly proposals: readonly Proposal[];
}

/** What goes with a change of people, in the same transaction. */
export interface BesidePeople {
  /** The version that the change was decided on. */
  readonly seen?: number;
  readonly propose?: Proposal;
  /** The id of a proposal that was confirmed or withdrawn. */
  readonly settle?: string;
  readonly founded?: true;
  /** What lets somebody in, and does not any more. */
  readonly ends?: Ended;
}

export interface Ended {
  readonly login: string;
  /** `everything`: sessions, codes, and tokens of their own. The password stays. */
  readonly what: "codes" | "everything";
  /** Who ends it, for the audit log. */
  readonly by: string;
}

export interface People {
  list(): Promise<readonly Person[]>;
  find(login: string): Promise<Person | undefined>;
  book(): Promise<PeopleBook>;
  /**
   * One transaction: all of these changes with their audit rows, or none. A login that is not there yet is made.
   *
   * @throws {JournalConflict} when somebody else changed people since `seen`
   */
  write(
    changes: readonly PersonChange[],
    audit: readonly AuditEntry[],
    at: number,
    beside?: BesidePeople,
  ): Promise<void>;
}
