/** What a team's command is told and what it prints; see docs/traffic-command.md. */
import { sides, type MemberName, type Side } from "../../core/traffic.ts";
import type { TrafficChange } from "../../ports/traffic.ts";

export interface CommandState {
  readonly active: Side;
  readonly share: number;
  readonly members: Readonly<Record<MemberName, CommandMember>>;
}

export interface CommandMember {
  readonly rotation: "in" | "draining" | "out";
  readonly up: boolean | "unknown";
  readonly inFlight: number | "unknown";
}

/** The words after `set`. */
export function changeWords({ active, share, members = {}, backAfterSeconds }: TrafficChange): readonly string[] {
  return [
    ...(active === undefined ? [] : [`active=${active}`]),
    ...(share === undefined ? [] : [`share=${share}`]),
    ...Object.entries(members).map(([name, rotation]) => `member.${name}=${rotation}`),
    ...(backAfterSeconds === undefined ? [] : [`back-after=${backAfterSeconds}`]),
  ];
}

/**
 * What `state` printed. Without `active=` and `share=` it is blue with nothing to the other side; keys that nobody
 * knows are left aside.
 *
 * @throws {RangeError} with the first word that is not understood
 */
export function commandState(printed: string): CommandState {
  const words = new Map<string, string>();
  for (const word of printed.split(/\s+/).filter((one) => one !== "")) {
    const at = word.indexOf("=");
    if (at < 1) throw new RangeError(`${shown(word)} is not key=value`);
    const key = word.slice(0, at);
    if (words.has(key)) throw new RangeError(`${shown(key)} is there twice`);
    words.set(key, word.slice(at + 1));
  }

  const members: Record<MemberName, CommandMember> = {};
  for (const [key, value] of words) {
    const name = /^member\.((?:blue|green)\/[a-z0-9][a-z0-9.-]*)$/.exec(key)?.[1] as MemberName | undefined;
    if (name === undefined) {
      if (key.startsWith("member.")) throw new RangeError(`${shown(key)} is not member.SIDE/HOST`);
      continue;
    }
    members[name] = {
      rotation: oneOf(key, value, ["in", "draining", "out"]),
      up: { yes: true, no: false, unknown: "unknown" as const }[
        oneOf(`up.${name}`, words.get(`up.${name}`) ?? "unknown", ["yes", "no", "unknown"])
      ],
      inFlight: count(`inflight.${name}`, words.get(`inflight.${name}`)),
    };
  }
  return {
    active: oneOf("active", words.get("active") ?? "blue", sides),
    share: share(words.get("share") ?? "0"),
    members,
  };
}

function oneOf<T extends string>(key: string, value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new RangeError(`${shown(`${key}=${value}`)} is none of ${known.join(", ")}`);
  return found;
}

function share(value: string): number {
  if (!/^\d{1,5}$/.test(value) || Number(value) > 10_000) {
    throw new RangeError(`${shown(`share=${value}`)} is not from 0 to 10000`);
  }
  return Number(value);
}

function count(key: string, value = "unknown"): number | "unknown" {
  if (value === "unknown") return value;
  if (!/^\d{1,9}$/.test(value)) throw new RangeError(`${shown(`${key}=${value}`)} is not a number`);
  return Number(value);
}

function shown(word: string): string {
  return JSON.stringify(word.slice(0, 100));
}
