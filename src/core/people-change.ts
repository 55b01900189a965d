/**
 * Whether somebody may change people, alone or with a second person.
 *
 * Who may decide about deployments, or administrate, is changed by two: one proposes, another one confirms. Power is
 * taken away by one, because that may be urgent, and can't let anything through. The ways around are closed here: a
 * proposal and its confirmation by one person, a second account of which the first one knows the code, an
 * administrator who first gets rid of the others, a commit's author who is nobody any more.
 */
import type { Amendment } from "./amendment.ts";
import { amended } from "./amend-person.ts";
import type { Caller, Grant } from "./permissions.ts";
import { may, maySomewhere } from "./permissions.ts";
import type { Person } from "./person.ts";

/** A change that waits for a second person. */
export interface Proposal {
  readonly id: string;
  /** The login of the person who proposed it. */
  readonly by: string;
  readonly at: number;
  /** Afterwards it can't be confirmed any more. */
  readonly until: number;
  readonly amendment: Amendment;
}

/** All people at one moment. */
export interface Book {
  readonly people: readonly Person[];
  /** There have been two administrators: from then on nobody changes alone who may decide. */
  readonly founded: boolean;
}

export type Judgement =
  | {
      readonly kind: "apply";
      readonly set: PersonSet;
      /** Why one person was enough for what takes two. */
      readonly alone?: string;
      /** With it there are two administrators for the first time. */
      readonly founds: boolean;
    }
  | { readonly kind: "propose" }
  | { readonly kind: "refuse"; readonly because: "right" | "state"; readonly message: string };

export type PersonSet = Partial<Omit<Person, "login" | "createdAt">>;

const powers = ["approve", "break-glass", "admin"] as const satisfies readonly Grant["right"][];

export function isPower({ right }: Grant): boolean {
  return powers.some((power) => power === right);
}

/** Whether somebody decides, administrates, or is in a group that does. */
export function hasPower({ grants, groups }: Pick<Person, "grants" | "groups">): boolean {
  return groups.length > 0 || grants.some(isPower);
}

export function administrators(people: readonly Person[]): readonly Person[] {
  return people.filter((person) => !person.disabled && may(person, "admin", null));
}

/** What becomes of a change that somebody asks for. */
export function judge(book: Book, amendment: Amendment, by: Caller, now: number): Judgement {
  const notAllowed = notTheirs(book, amendment, by);
  if (notAllowed !== undefined) return refuse("right", notAllowed);
  const change = outcome(book, amendment, now);
  if (change.kind === "refuse") return change;
  if (!needsSecond(book, amendment)) return change;
  if (amendment.kind === "add") return { ...change, alone: "there was nobody who administrates" };
  const admins = administrators(book.people).map(({ login }) => login);
  if (isOperator(by, admins) && amendment.kind === "sign-in-code" && admins.every((one) => one === amendment.login)) {
    return { ...change, alone: "the only one who administrates could not sign in; done at the socket" };
  }
  if (by.login === undefined || !admins.includes(by.login)) {
    return refuse(
      "right",
      `${by.name} is no person who administrates; this takes two, one to propose and one to confirm`,
    );
  }
  if (!book.founded && admins.length === 1) return { ...change, alone: "nobody else has ever administrated here" };
  return { kind: "propose" };
}

/** What becomes of a proposal that somebody confirms. It is judged by what is true now. */
export function judgeConfirmation(book: Book, proposal: Proposal, by: Caller, now: number): Judgement {
  const admins = administrators(book.people).map(({ login }) => login);
  if (now >= proposal.until) return refuse("state", "this was proposed too long ago; it can be proposed again");
  if (!admins.includes(proposal.by)) {
    return refuse("state", `${proposal.by}, who proposed this, does not administrate any more`);
  }
  const alone = aloneAtTheSocket(proposal, by, admins);
  if (alone === undefined) {
    if (by.login === undefined || !admins.includes(by.login) || !may(by, "admin", null)) {
      return refuse("right", `${by.name} is nobody who could confirm this; it takes a person with the right admin`);
    }
    if (by.login === proposal.by) return refuse("right", `${by.login} proposed this; somebody else has to confirm it`);
  }
  const change = outcome(book, proposal.amendment, now);
  return change.kind === "apply" && alone !== undefined ? { ...change, alone } : change;
}

/** Where nobody else could confirm, whoever may open the socket can: they could as well change the files. */
function aloneAtTheSocket(
  { by: proposer, amendment }: Proposal,
  by: Caller,
  admins: readonly string[],
): string | undefined {
  const others = admins.filter((login) => login !== proposer && login !== amendment.login);
  if (!isOperator(by, admins) || others.length > 0) return undefined;
  return "there was nobody else to confirm it; confirmed at the socket";
}

function isOperator({ via, login }: Caller, admins: readonly string[]): boolean {
  return via === "socket" && (login === undefined || !admins.includes(login));
}

function notTheirs({ people }: Book, amendment: Amendment, by: Caller): string | undefined {
  if (amendment.kind === "add" && amendment.firstAdmin) {
    if (by.via !== "socket") return "the first administrator is made on the server itself, over its socket";
    const there = administrators(people)[0]?.login;
    return there === undefined ? undefined : `${there} administrates already, and can grant the right to others`;
  }
  if (may(by, "admin", null)) return undefined;
  if (by.login === amendment.login && isOnesOwn(amendment)) return undefined;
  const who = maySomewhere(by, "admin") ? "who administrates everything" : "who administrates";
  return `${by.name} may not change this about ${amendment.login}; somebody has to ${who}`;
}

/** How people are reached and when they are away is their own business. */
function isOnesOwn(amendment: Amendment): boolean {
  if (amendment.kind === "away" || amendment.kind === "back") return true;
  const own = ["language", "contacts"];
  return amendment.kind === "set" && Object.keys(amendment.details).every((key) => own.includes(key));
}

function needsSecond({ people }: Book, amendment: Amendment): boolean {
  const person = people.find(({ login }) => login === amendment.login);
  const powerful = person !== undefined && hasPower(person);
  switch (amendment.kind) {
    case "add":
      return amendment.firstAdmin;
    case "grant":
      return isPower(amendment.grant);
    case "join":
      return true;
    // Who has the code of another person is that person: the way to two people who are one.
    case "enable":
    case "sign-in-code":
      return powerful;
    // Whose commits are not known as theirs could approve them.
    case "set":
      return powerful && amendment.details.commitMails !== undefined;
    case "revoke":
    case "leave":
    case "disable":
    case "away":
    case "back":
      return false;
  }
}

function outcome(book: Book, amendment: Amendment, now: number): Exclude<Judgement, { kind: "propose" }> {
  const change = amended(book.people, amendment, now);
  if (typeof change === "string") return refuse("state", change);
  const before = administrators(book.people).length;
  const after = administrators(withChange(book.people, amendment.login, change)).length;
  if (before > 0 && after === 0) {
    return refuse(
      "state",
      `${amendment.login} is the last one who administrates; make somebody else an administrator first`,
    );
  }
  return { kind: "apply", set: change, founds: !book.founded && after > 1 };
}

function withChange(people: readonly Person[], login: string, set: PersonSet): readonly Person[] {
  const person = people.find((one) => one.login === login) ?? newPerson(login);
  return [...people.filter((one) => one.login !== login), { ...person, ...set }];
}

export function newPerson(login: string): Person {
  return {
    login,
    name: login,
    language: "en",
    groups: [],
    grants: [],
    contacts: [],
    commitMails: [],
    absences: [],
    most: {},
    createdAt: 0,
    disabled: false,
  };
}

function refuse(because: "right" | "state", message: string): Extract<Judgement, { kind: "refuse" }> {
  return { kind: "refuse", because, message };
}
