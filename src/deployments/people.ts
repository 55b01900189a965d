/** Changes of people: judged by the rules, written with their audit rows, proposed where they take two. */
import { randomBytes } from "node:crypto";

import type { Amendment, AmendmentKind } from "../core/amendment.ts";
import { hasPower, judge, judgeConfirmation, newPerson } from "../core/people-change.ts";
import type { Judgement, PersonSet } from "../core/people-change.ts";
import type { Caller } from "../core/permissions.ts";
import type { AuditEntry } from "../ports/audit.ts";
import type { Ended, PeopleBook, Person, Proposal } from "../ports/people.ts";
import { JournalConflict } from "../ports/store.ts";
import { peopleChanged } from "./approvals/wake.ts";
import type { NewCode } from "./sign-in/codes.ts";
import { makeSignInCode } from "./sign-in/codes.ts";
import type { World } from "./world.ts";

type PeopleWorld = Pick<World, "store" | "clock" | "queue">;

const proposalMilliseconds = 7 * 24 * 60 * 60 * 1000;
const mostTries = 5;

/** The change makes no sense as things are; the message says why. */
export class PeopleRefused extends Error {
  override readonly name = "PeopleRefused";
}

/** Somebody else may do this. */
export class PeopleForbidden extends Error {
  override readonly name = "PeopleForbidden";
}

export class NoProposal extends Error {
  override readonly name = "NoProposal";
}

export type Amended =
  | { readonly kind: "done"; readonly person: Person; readonly code?: NewCode; readonly alone?: string }
  | { readonly kind: "proposed"; readonly proposal: Proposal };

/**
 * @throws {PeopleRefused}
 * @throws {PeopleForbidden}
 */
export async function amend(amendment: Amendment, by: Caller, world: PeopleWorld): Promise<Amended> {
  return onTheLatest(world, async (book) => {
    const now = world.clock.now();
    const judgement = judge(book, amendment, by, now);
    if (judgement.kind !== "propose") return apply(amendment, judgement, by, book, world);
    const proposal = { id: newProposalId(), by: by.login!, at: now, until: now + proposalMilliseconds, amendment };
    const audit = [
      entry(by, `propose-to-${actions[amendment.kind]}`, amendment.login, { proposal: proposal.id, amendment }),
    ];
    await world.store.people.write([], audit, now, { seen: book.version, propose: proposal });
    return { kind: "proposed", proposal };
  });
}

/**
 * @throws {NoProposal}
 * @throws {PeopleRefused}
 * @throws {PeopleForbidden}
 */
export async function confirmProposal(id: string, by: Caller, world: PeopleWorld): Promise<Amended> {
  return onTheLatest(world, async (book) => {
    const proposal = proposalIn(book, id);
    const judgement = judgeConfirmation(book, proposal, by, world.clock.now());
    return apply(proposal.amendment, judgement, by, book, world, proposal);
  });
}

/** Whoever may confirm may also see to it that nobody does. */
export async function withdrawProposal(id: string, by: Caller, world: PeopleWorld): Promise<Proposal> {
  return onTheLatest(world, async (book) => {
    const proposal = proposalIn(book, id);
    const { login } = proposal.amendment;
    const audit = [entry(by, "withdraw-proposal", login, { proposal: id, proposedBy: proposal.by })];
    await world.store.people.write([], audit, world.clock.now(), { seen: book.version, settle: id });
    return proposal;
  });
}

async function apply(
  amendment: Amendment,
  judgement: Judgement,
  by: Caller,
  book: PeopleBook,
  world: PeopleWorld,
  proposal?: Proposal,
): Promise<Amended> {
  if (judgement.kind === "refuse") throw refusal(judgement);
  if (judgement.kind === "propose") throw new Error("what was confirmed is not proposed again");
  const { login, kind } = amendment;
  const { set, alone, founds } = judgement;
  const now = world.clock.now();
  const before = book.people.find((person) => person.login === login);
  const detail = {
    ...changed(before, set),
    ...(proposal === undefined ? {} : { proposal: proposal.id, proposedBy: proposal.by }),
    ...(alone === undefined ? {} : { alone }),
  };
  const ends = await endsWith(login, before, set, world);
  await world.store.people.write([{ login, set }], [entry(by, actions[kind], login, detail)], now, {
    seen: book.version,
    ...(founds ? { founded: true } : {}),
    ...(proposal === undefined ? {} : { settle: proposal.id }),
    ...(ends === undefined ? {} : { ends: { login, what: ends, by: by.name } }),
  });
  await peopleChanged(world);
  const needsCode = kind === "add" || kind === "sign-in-code";
  const code = needsCode ? { code: await makeSignInCode(login, world, by.name) } : {};
  const person = { ...(before ?? { ...newPerson(login), createdAt: now }), ...set };
  return { kind: "done", person, ...code, ...(alone === undefined ? {} : { alone }) };
}

/**
 * Nothing of what somebody had before works again when the person is enabled one day; not even a session that began
 * at the moment of the end. And a code that one person made, while that took one, lets nobody into an account that two
 * give power to.
 */
async function endsWith(
  login: string,
  before: Person | undefined,
  set: PersonSet,
  { store }: PeopleWorld,
): Promise<Ended["what"] | undefined> {
  if (before === undefined) return undefined;
  const after = { ...before, ...set };
  if (after.disabled !== before.disabled) return "everything";
  if (hasPower(before) || !hasPower(after)) return undefined;
  // Who never had a password still comes in by the first code.
  return (await store.signIns.credential(login)) === undefined ? undefined : "codes";
}

const actions: Readonly<Record<AmendmentKind, string>> = {
  add: "add-person",
  set: "change-person",
  grant: "grant",
  revoke: "revoke",
  join: "join-group",
  leave: "leave-group",
  disable: "disable-person",
  enable: "enable-person",
  away: "be-away",
  back: "be-back",
  "sign-in-code": "allow-new-sign-in",
};

/** Short, because people type it. */
function newProposalId(): string {
  return randomBytes(5).toString("hex");
}

/** What was and what is, of that alone which is set. */
function changed(
  before: Person | undefined,
  set: PersonSet,
): { readonly before: object | null; readonly after: object } {
  const keys = Object.keys(set) as (keyof PersonSet)[];
  const was = before === undefined ? null : Object.fromEntries(keys.map((key) => [key, before[key]]));
  return { before: was, after: { ...set } };
}

function entry({ name }: Caller, action: string, login: string, detail: Record<string, unknown>): AuditEntry {
  return { actor: name, action, object: `person ${login}`, detail };
}

function proposalIn({ proposals }: PeopleBook, id: string): Proposal {
  const proposal = proposals.find((one) => one.id === id);
  if (proposal !== undefined) return proposal;
  throw new NoProposal(`nothing is proposed as ${id}; it may have been confirmed or withdrawn`);
}

function refusal({ because, message }: Extract<Judgement, { kind: "refuse" }>): Error {
  return because === "right" ? new PeopleForbidden(message) : new PeopleRefused(message);
}

/** A decision on what somebody else has changed meanwhile is made again. */
async function onTheLatest<Result>(
  { store }: PeopleWorld,
  decide: (book: PeopleBook) => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await decide(await store.people.book());
    } catch (error) {
      if (!(error instanceof JournalConflict) || tries >= mostTries) throw error;
    }
  }
}
