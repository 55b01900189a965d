/** Values of options: what is not right is said with the option's name, by commander. */
import { InvalidArgumentError } from "commander";

import { secondsOf } from "../config/duration.ts";

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It is a whole number, such as 41.");
  return Number(text);
}

export function duration(text: string): string {
  if (text === "" || Number.isNaN(secondsOf(text))) throw new InvalidArgumentError("Write it as 90s, 10m or 1h30m.");
  return text;
}

export const seconds = secondsOf;

export function digest(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new InvalidArgumentError("It has 64 hex digits, as signalbox plan prints it.");
  return text;
}

export function deploymentRef(text: string): string {
  if (!/^(?:d-)?[0-9a-z]{1,32}$/.test(text)) throw new InvalidArgumentError("It is a number such as d-12, or an id.");
  return text;
}

/** `2026-03-01`, `2026-03-01 12:00` by the clock here, or how long ago: `7d`. */
export function moment(text: string): number {
  const ago = secondsOf(text);
  if (text !== "" && !Number.isNaN(ago)) return Date.now() - ago * 1000;
  const isDate = /^\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)?$/.test(text);
  const at = isDate ? new Date(text.length === 10 ? `${text}T00:00` : text.replace(" ", "T")).getTime() : Number.NaN;
  if (Number.isNaN(at))
    throw new InvalidArgumentError("Write it as 2026-03-01, 2026-03-01 12:00, or how long ago: 7d.");
  return at;
}
