/** Times, counts and states as people read them. */
import type { State } from "../core/deployment.ts";
import { inSeconds } from "../core/time-words.ts";
import type { SymbolName, Look } from "./style.ts";

export { inSeconds };

/** `850 ms`, `4.2 s`, `42 s`, `3 m 10 s`, `2 h 5 m`. */
export function took(milliseconds: number): string {
  const ms = Math.max(0, Math.round(milliseconds));
  if (ms < 1000) return `${ms} ms`;
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  return inSeconds(ms);
}

/** `4 m ago`, by the largest unit alone. */
export function ago(at: number, now: number): string {
  const [amount, unit] = inSeconds(Math.max(0, now - at)).split(" ");
  return `${amount} ${unit} ago`;
}

/** `12:03:04`, in the time zone of whoever reads it. */
export function clockTime(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB", { hour12: false });
}

/** `2026-03-01 12:03`. */
export function dateTime(at: number): string {
  return new Date(at).toLocaleString("sv-SE", { dateStyle: "short", timeStyle: "short" });
}

/** `14:32`, for a time that is to come. */
export function clockMinute(at: number): string {
  return clockTime(at).slice(0, 5);
}

/** `12,408`. */
export function grouped(number: number): string {
  return number.toLocaleString("en-US");
}

/** `12,408 requests`, `1 host`. */
export function count(number: number, noun: string): string {
  return `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** `0.5 %` of a whole. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return "0 %";
  const share = (part / whole) * 100;
  return `${share === 0 || share >= 10 ? Math.round(share) : Number(share.toPrecision(2))} %`;
}

/** `web-1`, `web-1, web-2`, `web-1, web-2 and 10 more`. */
export function named(names: readonly string[], most = 3): string {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most - 1).join(", ")} and ${names.length - most + 1} more`;
}

/** How a state is said on a screen. */
export const stateWords: Readonly<Record<State, string>> = {
  requested: "requested",
  preparing: "preparing",
  "awaiting-approval": "awaiting approval",
  queued: "queued",
  running: "running",
  paused: "paused",
  "rolling-back": "rolling back",
  succeeded: "succeeded",
  failed: "failed",
  "rolled-back": "failed and rolled back",
  "rollback-failed": "failed, and the roll-back failed",
  rejected: "rejected",
  expired: "expired",
  withdrawn: "withdrawn",
  superseded: "superseded",
};

export function stateMark(state: string): { readonly symbol: SymbolName; readonly look: Look } {
  switch (state) {
    case "succeeded":
      return { symbol: "good", look: "good" };
    case "failed":
    case "rollback-failed":
      return { symbol: "bad", look: "bad" };
    case "rolled-back":
      return { symbol: "back", look: "bad" };
    case "rejected":
    case "expired":
    case "withdrawn":
    case "superseded":
      return { symbol: "warn", look: "warn" };
    case "paused":
      return { symbol: "paused", look: "warn" };
    case "rolling-back":
      return { symbol: "back", look: "warn" };
    case "awaiting-approval":
    case "queued":
      return { symbol: "soaking", look: "busy" };
    default:
      return { symbol: "busy", look: "busy" };
  }
}

export function stateWord(state: string): string {
  return (stateWords as Readonly<Record<string, string>>)[state] ?? state;
}
