/** What a change of a person comes to, or why it makes no sense. Who may make it is decided elsewhere. */
import type { Amendment, Details } from "./amendment.ts";
import { lookBackMilliseconds } from "./fairness-load.ts";
import type { Grant } from "./permissions.ts";
import { grantInWords } from "./permissions.ts";
import type { Absence, Person } from "./person.ts";

type Change = Partial<Omit<Person, "login" | "createdAt">>;

/** A login stands in journals and in the audit log, beside `token:ci` and `local:root`. */
export const loginPattern = /^[a-z][a-z0-9._-]{0,62}$/;
export const groupPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Accounts of machines that several people use, and words that mean something else: they are never one person. */
const reserved = new Set(["root", "signalbox", "nobody", "system", "me"]);

const mostAbsences = 200;

/** What the first one needs to begin with. The rest is granted by then. */
const firstGrants: readonly Grant[] = (["admin", "view", "audit"] as const).map((right) => ({
  right,
  environment: null,
}));

/** What is set by it, or a sentence why it can't be. */
export function amended(people: readonly Person[], amendment: Amendment, now: number): Change | string {
  const { login } = amendment;
  const person = people.find((one) => one.login === login);
  if (amendment.kind === "add") return added(people, person, amendment);
  if (person === undefined) return `there is nobody with the login ${login}`;
  switch (amendment.kind) {
    case "set":
      return withDetails(people, login, amendment.details);
    case "grant":
      return granted(person, amendment.grant);
    case "revoke":
      return revoked(person, amendment.grant);
    case "join":
      if (person.groups.includes(amendment.group)) return `${login} is in the group ${amendment.group} already`;
      return { groups: [...person.groups, amendment.group].toSorted() };
    case "leave":
      if (!person.groups.includes(amendment.group)) return `${login} is not in the group ${amendment.group}`;
      return { groups: person.groups.filter((group) => group !== amendment.group) };
    case "disable":
      return person.disabled ? `${login} is disabled already` : { disabled: true };
    case "enable":
      return person.disabled ? { disabled: false } : `${login} is not disabled`;
    case "away":
      return away(people, person, amendment.absence, now);
    case "back":
      return { absences: person.absences.flatMap((absence) => cutOff(absence, now)) };
    case "sign-in-code":
      return person.disabled ? `${login} is disabled, and can't sign in` : {};
  }
}

/** Why nobody can have this login; nothing when somebody can. */
export function loginProblem(login: string): string | undefined {
  if (!loginPattern.test(login)) return `${login} can't be a login: small letters, digits, dots and dashes make one`;
  return reserved.has(login) ? `${login} can't be a person: it is an account that nobody has alone` : undefined;
}

function added(
  people: readonly Person[],
  person: Person | undefined,
  { login, details, firstAdmin }: Extract<Amendment, { kind: "add" }>,
): Change | string {
  const problem = loginProblem(login);
  if (problem !== undefined) return problem;
  if (person !== undefined && !firstAdmin) return `there is somebody with the login ${login} already`;
  const change = withDetails(people, login, details);
  if (typeof change === "string" || !firstAdmin) return change;
  const others = (person?.grants ?? []).filter((held) => !firstGrants.some((first) => isSame(first, held)));
  return { ...change, grants: [...others, ...firstGrants], disabled: false };
}

/** A commit's author is one person, so a mail address belongs to one person. */
function withDetails(people: readonly Person[], login: string, details: Details): Change | string {
  for (const mail of details.commitMails ?? []) {
    const owner = people.find((one) => one.login !== login && one.commitMails.some((own) => isSameMail(own, mail)));
    if (owner !== undefined) return `the commits of ${mail} are those of ${owner.login} already`;
  }
  return details;
}

function isSameMail(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function granted({ login, grants }: Person, grant: Grant): Change | string {
  if (grant.right === "admin" && grant.environment !== null) return "who administrates, does it everywhere";
  if (grants.some((held) => isSame(held, grant))) return `${login} may ${grantInWords(grant)} already`;
  return { grants: [...grants, grant] };
}

function revoked({ login, grants }: Person, grant: Grant): Change | string {
  if (grants.some((held) => isSame(held, grant))) return { grants: grants.filter((held) => !isSame(held, grant)) };
  const held = grants.filter(({ right }) => right === grant.right).map(grantInWords);
  const has = held.length === 0 ? "" : `; what can be revoked is: ${held.join(", ")}`;
  return `${login} was not granted ${grantInWords(grant)}${has}`;
}

function isSame(one: Grant, other: Grant): boolean {
  return one.right === other.right && one.environment === other.environment;
}

function away(people: readonly Person[], { login, absences }: Person, absence: Absence, now: number): Change | string {
  const { from, until, standIn } = absence;
  if (until <= from) return "an absence ends after it begins";
  if (until <= now) return "this absence is over already";
  if (standIn === login) return `${login} can't stand in for ${login}`;
  if (standIn !== null && !people.some((one) => one.login === standIn && !one.disabled)) {
    return `there is nobody with the login ${standIn} who could stand in`;
  }
  // What is over is kept for as long as the rotation counts by it: nobody catches up on holidays.
  const kept = absences.filter((one) => one.until > now - lookBackMilliseconds);
  if (kept.length >= mostAbsences) return `${login} has ${mostAbsences} absences already`;
  return { absences: [...kept, absence].toSorted((a, b) => a.from - b.from) };
}

/** What has begun ends now; what has not is forgotten. */
function cutOff(absence: Absence, now: number): readonly Absence[] {
  if (absence.until <= now) return [absence];
  return absence.from < now ? [{ ...absence, until: now }] : [];
}
