/** What may be in a token: no more than its maker may give away, and never a decision in the hands of a machine. */
import type { Caller, Grant } from "./permissions.ts";
import { covers, grantInWords, rightsOfMachines } from "./permissions.ts";

export interface WantedToken {
  /** For the person who makes it, or for a machine. */
  readonly for: "person" | "machine";
  readonly grants: readonly Grant[];
}

/** Why a token can't be made; nothing when it can. */
export function tokenRefusal(maker: Caller, { for: whose, grants }: WantedToken): string | undefined {
  if (whose === "person" && maker.login === undefined) {
    return `${maker.name} is no person, and a token of one's own belongs to a person`;
  }
  const decides = grants.find(({ right }) => whose === "machine" && !rightsOfMachines.includes(right));
  if (decides !== undefined) return `no machine may ${grantInWords(decides)}; that takes a person`;
  // An administrator gives machines their rights; a token gives no more than it has.
  if (whose === "machine" && maker.via !== "token") return undefined;
  const tooMuch = grants.find((wanted) => !maker.grants.some((held) => covers(held, wanted)));
  return tooMuch === undefined
    ? undefined
    : `${maker.name} may not ${grantInWords(tooMuch)}, and can't make a token that may`;
}

/** Milliseconds since 1970: what is made with a token ends with it. */
export function tokenEnd({ until }: Caller, wished: number): number {
  return until === undefined ? wished : Math.min(until, wished);
}
