/** People, and what waits for a second person. */
import type { Insertable, Selectable } from "kysely";

import type { Amendment } from "../../core/amendment.ts";
import type { BesidePeople, Proposal, People, Person, PersonChange } from "../../ports/people.ts";
import { JournalConflict } from "../../ports/store.ts";
import type { AuditEntry } from "../../ports/store.ts";
import { appendToAudit } from "./audit.ts";
import type { Database, PersonRow, ProposalRow, Trx } from "./schema.ts";
import { endWhatLetsIn } from "./sign-in.ts";

/** `write` runs one transaction. */
export function peopleIn(
  db: Database,
  write: <Result>(transaction: (trx: Trx) => Promise<Result>) => Promise<Result>,
): People {
  return {
    list: () => readPeople(db),
    find: async (login) => {
      const row = await db.selectFrom("people").selectAll().where("login", "=", login).executeTakeFirst();
      return row === undefined ? undefined : personFrom(row);
    },
    // Its version is read first: whatever is written in between makes a decision on it conflict, not wrong.
    book: async () => {
      const state = await db.selectFrom("people_state").selectAll().executeTakeFirst();
      const proposals = await db.selectFrom("people_proposals").selectAll().orderBy("at").orderBy("id").execute();
      return {
        version: state?.version ?? 0,
        founded: state?.founded === 1,
        people: await readPeople(db),
        proposals: proposals.map(proposalFrom),
      };
    },
    write: (changes, audit, at, beside = {}) => write((trx) => writePeople(trx, changes, audit, at, beside)),
  };
}

async function readPeople(db: Database): Promise<Person[]> {
  return (await db.selectFrom("people").selectAll().orderBy("login").execute()).map(personFrom);
}

async function writePeople(
  trx: Trx,
  changes: readonly PersonChange[],
  audit: readonly AuditEntry[],
  at: number,
  { seen, propose, settle, founded, ends }: BesidePeople,
): Promise<void> {
  await countUp(trx, seen, founded === true);
  for (const change of changes) await writePerson(trx, change, at);
  if (settle !== undefined) {
    const { numDeletedRows } = await trx.deleteFrom("people_proposals").where("id", "=", settle).executeTakeFirst();
    if (numDeletedRows === 0n) throw new JournalConflict(`the proposal ${settle} was settled already`);
  }
  if (propose !== undefined) {
    const { by, amendment, ...rest } = propose;
    const row = { ...rest, proposed_by: by, amendment: JSON.stringify(amendment) };
    await trx.insertInto("people_proposals").values(row).execute();
  }
  await appendToAudit(trx, at, audit);
  if (ends !== undefined) await endWhatLetsIn(trx, ends, at);
}

/** A decision that was made on an older version is not written. */
async function countUp(trx: Trx, seen: number | undefined, founded: boolean): Promise<void> {
  const state = await trx.selectFrom("people_state").selectAll().executeTakeFirst();
  const version = state?.version ?? 0;
  if (seen !== undefined && seen !== version) throw new JournalConflict("somebody else changed people just now");
  if (state === undefined) {
    const row = { one: 1, version: 1, founded: founded ? 1 : 0 };
    await trx.insertInto("people_state").values(row).execute();
  } else {
    const next = { version: version + 1, ...(founded ? { founded: 1 } : {}) };
    await trx.updateTable("people_state").set(next).execute();
  }
}

const plain = {
  language: "en",
  groups: [],
  grants: [],
  contacts: [],
  commitMails: [],
  absences: [],
  most: {},
  disabled: false,
} as const;

async function writePerson(trx: Trx, { login, set }: PersonChange, at: number): Promise<void> {
  const row = await trx.selectFrom("people").selectAll().where("login", "=", login).executeTakeFirst();
  const before: Person = row === undefined ? { ...plain, login, name: login, createdAt: at } : personFrom(row);
  const next = rowFrom({ ...before, ...set });
  if (row === undefined) await trx.insertInto("people").values(next).execute();
  else await trx.updateTable("people").set(next).where("login", "=", login).execute();
}

function rowFrom({ commitMails, createdAt, disabled, ...person }: Person): Insertable<PersonRow> {
  return {
    login: person.login,
    name: person.name,
    language: person.language,
    groups: JSON.stringify(person.groups),
    grants: JSON.stringify(person.grants),
    contacts: JSON.stringify(person.contacts),
    commit_mails: JSON.stringify(commitMails),
    absences: JSON.stringify(person.absences),
    most: JSON.stringify(person.most),
    created_at: createdAt,
    disabled: disabled ? 1 : 0,
  };
}

function personFrom(row: Selectable<PersonRow>): Person {
  return {
    login: row.login,
    name: row.name,
    language: row.language as Person["language"],
    groups: JSON.parse(row.groups) as Person["groups"],
    grants: JSON.parse(row.grants) as Person["grants"],
    contacts: JSON.parse(row.contacts) as Person["contacts"],
    commitMails: JSON.parse(row.commit_mails) as Person["commitMails"],
    absences: JSON.parse(row.absences) as Person["absences"],
    most: JSON.parse(row.most) as Person["most"],
    createdAt: row.created_at,
    disabled: row.disabled === 1,
  };
}

function proposalFrom({ proposed_by, amendment, ...rest }: Selectable<ProposalRow>): Proposal {
  return { ...rest, by: proposed_by, amendment: JSON.parse(amendment) as Amendment };
}
