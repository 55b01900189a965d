/** The fields of a payload, each with the type that it must have. Nothing of the payload gets into an error. */
import type { Person, PushedRef } from "../../core/trigger-push.ts";
import { readFullRef } from "../../core/trigger-push.ts";
import { repositoryIdentity } from "../../core/trigger-repository.ts";

/** A payload that is not what its forge sends. The message is a phrase for people who set up hooks. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
}

export type Fields = Readonly<Record<string, unknown>>;

/** @throws {Unreadable} */
export function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Unreadable(`${what} is not an object`);
  return value as Fields;
}

/** An own field; nothing where it is missing or null. */
export function field(from: Fields, key: string): unknown {
  return Object.hasOwn(from, key) ? (from[key] ?? undefined) : undefined;
}

/** An object within an object; empty where it is missing or something else. */
export function inner(from: Fields, key: string): Fields {
  const value = field(from, key);
  return typeof value === "object" && !Array.isArray(value) ? (value as Fields) : {};
}

/** @throws {Unreadable} */
export function textOf(from: Fields, key: string): string {
  const value = field(from, key);
  if (typeof value !== "string" || value.length > 4096) throw new Unreadable(`${key} is not a text`);
  return value;
}

/** Whether it is said: `unknown` where it is not. */
export function flagOf(from: Fields, key: string): boolean | "unknown" {
  const value = field(from, key);
  return typeof value === "boolean" ? value : "unknown";
}

/** @throws {Unreadable} when it is there, and is no list */
export function listOf(from: Fields, key: string): readonly unknown[] {
  const value = field(from, key) ?? [];
  if (!Array.isArray(value)) throw new Unreadable(`${key} is not a list`);
  return value;
}

/**
 * What a ref pointed to; nothing for the name that is all zeros.
 *
 * @throws {Unreadable}
 */
export function revisionOf(from: Fields, key: string): string | undefined {
  const value = field(from, key);
  if (typeof value !== "string" || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value))
    throw new Unreadable(`${key} is not the full name of a commit`);
  return /^0+$/.test(value) ? undefined : value;
}

/** A branch or tag by its full name; nothing for other refs and for names that are never deployed. */
export function refOf(from: Fields, key: string): PushedRef | undefined {
  return readFullRef(textOf(from, key));
}

/**
 * The repository by its name on the forge and those of the addresses that are some.
 *
 * @throws {Unreadable} when the name is none, or no address is
 */
export function repositoryOf(
  name: unknown,
  addresses: readonly unknown[],
): { readonly name: string; readonly addresses: readonly string[] } {
  if (typeof name !== "string" || name.length > 512 || !/^[\w.-]+(?:\/[\w.-]+)+$/.test(name))
    throw new Unreadable("the repository has no name");
  const known = addresses.filter((one) => typeof one === "string" && repositoryIdentity(one) !== undefined) as string[];
  if (known.length === 0) throw new Unreadable("the repository has no address");
  return { name, addresses: [...new Set(known)] };
}

/** Someone, as far as it can be read. An identity is exact or missing; only the name for people is mended. */
export function personOf(id: unknown, login: unknown, mail: unknown, name: unknown): Person {
  const idText = typeof id === "number" && Number.isSafeInteger(id) ? String(id) : exact(id, /^[\w.:{}-]{1,128}$/);
  const loginText = exact(login, /^[^\s@/\\<>"']{1,128}$/u);
  const mailText = exact(mail, /^[^\s@<>"']{1,128}@[^\s@<>"']{1,253}$/u);
  const nameText = displayed(name);
  return {
    ...(idText === undefined ? {} : { id: idText }),
    ...(loginText === undefined ? {} : { login: loginText }),
    ...(mailText === undefined ? {} : { mail: mailText }),
    ...(nameText === undefined ? {} : { name: nameText }),
  };
}

function exact(value: unknown, pattern: RegExp): string | undefined {
  if (typeof value !== "string" || value.length > 400 || !value.isWellFormed()) return undefined;
  return pattern.test(value) && !/\p{C}/u.test(value) && value === value.normalize("NFC") ? value : undefined;
}

function displayed(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const clean = value
    .slice(0, 400)
    .toWellFormed()
    .replace(/[\p{C}\p{Zl}\p{Zp}\ufffd]+/gu, "\ufffd")
    .trim();
  return clean === "" ? undefined : [...clean].slice(0, 100).join("");
}
