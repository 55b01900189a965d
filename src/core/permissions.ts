/**
 * Who may do what, where. Whatever is not granted is refused, and no right comes with another one: who administrates
 * may not approve by that, and who deploys may not look.
 */

/** What people and tokens may be given, for one environment or for every one. */
export const rights = [
  "view",
  "deploy",
  "artifacts",
  "approve",
  "break-glass",
  "configure",
  "secrets",
  "admin",
  "audit",
] as const;
export type Right = (typeof rights)[number];

/** Decisions are made by people: no machine is given these, and none can use them. */
const rightsOfPeople: readonly Right[] = ["approve", "break-glass"];
export const rightsOfMachines: readonly Right[] = rights.filter((right) => !rightsOfPeople.includes(right));

/** `environment: null` is every environment, also one that is not there yet. */
export interface Grant {
  readonly right: Right;
  readonly environment: string | null;
}

/** Who calls, and with which rights. */
export interface Caller {
  /** As journals and the audit log name who did it: `kim`, `token:ci`, `local:root`. */
  readonly name: string;
  /** There for a person only: by a session, a token of their own, or the socket of a user with that login. */
  readonly login?: string;
  readonly via: "socket" | "token" | "session";
  readonly grants: readonly Grant[];
  /** When the token ends that was shown; what is made with it lasts no longer. */
  readonly until?: number;
}

/** Whether somebody has a right in an environment; `null` asks for every environment. */
export function may({ grants }: Pick<Caller, "grants">, right: Right, environment: string | null): boolean {
  return grants.some((grant) => covers(grant, { right, environment }));
}

/** Whether somebody has a right in any environment at all. */
export function maySomewhere({ grants }: Pick<Caller, "grants">, right: Right): boolean {
  return grants.some((grant) => grant.right === right);
}

/** Where somebody has a right: the environments by name, or every one. */
export function environmentsWith({ grants }: Pick<Caller, "grants">, right: Right): readonly string[] | "every" {
  const where = grants.filter((grant) => grant.right === right).map(({ environment }) => environment);
  return where.includes(null) ? "every" : [...new Set(where.filter((name) => name !== null))];
}

export function covers(held: Grant, wanted: Grant): boolean {
  return held.right === wanted.right && (held.environment === null || held.environment === wanted.environment);
}

/** What both allow: a token of a person may what it was made for, as far as the person may it now. */
export function inBoth(some: readonly Grant[], others: readonly Grant[]): readonly Grant[] {
  const narrower = some.filter((grant) => others.some((other) => covers(other, grant)));
  const narrowed = others.filter((other) => some.some((grant) => covers(grant, other)));
  return [...narrower, ...narrowed.filter((grant) => !narrower.some((one) => covers(one, grant)))];
}

/** Such as `deploy in dev`, `view everywhere`. */
export function grantInWords({ right, environment }: Grant): string {
  return environment === null ? `${right} everywhere` : `${right} in ${environment}`;
}

/** Whether a name in a journal is this person, also when they came by the socket before they had an account. */
export function isPerson(name: string, login: string): boolean {
  return name === login || name === operatorName(login);
}

/** Who comes by the socket and is no person that is known. */
export function operatorName(user: string): string {
  return `local:${user}`;
}
