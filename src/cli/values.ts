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
