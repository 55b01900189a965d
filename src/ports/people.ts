/** People, what they may do where, and when they are away. */
import type { Amendment } from "../core/amendment.ts";
import type { Grant } from "../core/permissions.ts";
import type { Language } from "../core/language.ts";
import type { Absence, Contact, Person } from "../core/person.ts";
import type { AuditEntry } from "./audit.ts";

export type { Absence, Contact, Grant, Language, Person };

/** What `People.write` leaves out stays as it is. */
export interface PersonChange {
  readonly login: string;
  readonly set: Partial<Omit<Person, "login" | "createdAt">>;
}

/** A change that waits for a second person. */
export interface KeptProposal {
  readonly id: string;
  /** The login of the person who proposed it. */
  readonly by: string;
  readonly at: number;
  /** Afterwards it can't be confirmed any more. */
  readonly until: number;
  readonly amendment: Amendment;
}

/** All people at one moment. */
export interface PeopleBook {
  /** Counts up with each change. */
  readonly version: number;
  readonly people: readonly Person[];
  readonly proposals: readonly KeptProposal[];
  /** There have been two administrators: from then on nobody changes alone who may decide. */
  readonly founded: boolean;
}

/** What goes with a change of people, in the same transaction. */
export interface BesidePeople {
  /** The version that the change was decided on. */
  readonly seen?: number;
  readonly propose?: KeptProposal;
  /** The id of a proposal that was confirmed or withdrawn. */
  readonly settle?: string;
  readonly founded?: true;
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
