/**
 * When a message is tried, by which way, and when nobody tries any more.
 *
 * A reader has one or more ways, the preferred one first. The first tries use only that one: a server that restarts
 * is back in seconds. After them every way is tried in each turn, so that a reader is told in about 20 s
 * although the preferred way is down for hours.
 */
import type { Message } from "./message.ts";

/** How a way refused a message. */
export interface Refused {
  /** By this way it can never be sent. */
  readonly never: boolean;
  /** The way asks to be left alone for so long. */
  readonly retryAfterMilliseconds?: number;
  readonly error: string;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Tries that use only the preferred way. */
const patientTries = 2;
/** After the first try, the second, ...; the last one holds from then on. */
const pauses = [5 * second, 15 * second, 45 * second, 2 * minute, 5 * minute, 10 * minute, 15 * minute];
const longestPause = hour;
/** A message that nobody has taken for so long is given up, however often it was tried in this time. */
const patience = 24 * hour;
/** Who can put right what makes every way refuse it for good has some time for that. */
const hopelessPause = 15 * minute;
/** A server that was off for days still tries this often. */
const fewestTries = 4;
const mostTriesOfTest = 2;

/** How many of a reader's ways are tried in this turn; a way that can never work gives its place to the next one. */
export function waysInTurn(tries: number, ways: number, never = 0): number {
  return tries < patientTries ? Math.min(ways, 1 + never) : ways;
}

/**
 * What follows after a turn in which no way took the message.
 *
 * @param tries how often it was tried before this turn
 * @param refusals one for each way that was tried now, at least one
 */
export function afterRefusals(
  message: Message,
  { at, tries }: { readonly at: number; readonly tries: number },
  refusals: readonly Refused[],
  now: number,
):
  | { readonly kind: "again"; readonly at: number; readonly error: string }
  | { readonly kind: "given-up"; readonly error: string } {
  const error = refusals.map((one) => one.error).join("; ");
  const isHopeless = refusals.every(({ never }) => never);
  const isTooLate = now - at >= patience && tries + 1 >= fewestTries;
  const isTested = message.kind === "test" && tries + 1 >= mostTriesOfTest;
  if ((isHopeless && tries + 1 >= fewestTries) || isTooLate || isTested) return { kind: "given-up", error };
  if (isHopeless) return { kind: "again", at: now + hopelessPause, error };
  // Whoever of the ways can be asked first sets the pace.
  const asked = refusals.filter(({ never }) => !never).map((one) => one.retryAfterMilliseconds ?? 0);
  const pause = Math.max(pauses[Math.min(tries, pauses.length - 1)]!, Math.min(Math.min(...asked), longestPause));
  return { kind: "again", at: now + pause, error };
}

/** Whether a message that was not sent yet need not be sent any more, because a newer one of its thread says more. */
export function isReplacedBy(older: Message, newer: Message): boolean {
  switch (older.kind) {
    case "approval-asked":
      return newer.kind !== "test";
    case "approval-ended":
      // How it was rejected, and why, is told nowhere else.
      if (older.end.kind === "approved") return newer.kind === "deployment-ended" || newer.kind === "approval-asked";
      return older.end.kind === "voided" && (newer.kind === "approval-asked" || newer.kind === "approval-ended");
    case "review-due":
      return newer.kind === "review-due";
    case "deployment-ended":
    case "glass-broken":
    case "test":
      return false;
  }
}
