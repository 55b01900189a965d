/** The story that every forge tells in its own words, and what is promised of whatever is read. */
import { expect } from "vitest";

import { isRefName } from "../core/trigger-push.ts";
import { repositoryIdentity } from "../core/trigger-repository.ts";
import type { DeliveryHeaders, Forge, Reading } from "./forge.ts";

/** What the payloads of all forges tell. */
export const story = {
  repository: "acme/orders",
  branch: "main",
  tag: "v1.2.0",
  unicodeBranch: "기능/주문-개선",
  none: "0".repeat(40),
  before: "5b1e0c9a7d3f42618e0b94c7a2d5f6830e1c7b94",
  after: "c4a87d20f1b94e3c85d6a07b9e21f3d8460c5e7a",
  login: "kim",
  mail: "kim@acme.example",
  author: { login: "lee", mail: "lee@acme.example", name: "이서연" },
  paths: ["src/orders.ts", "docs/설명서.md", "src/old.ts"],
  delivery: "72d3162e-cc78-11e3-81ab-4c9367dc0958",
  secret: "a secret of this hook, quite long",
  now: 1_764_000_000_000,
} as const;

/** A delivery before it is signed. */
export interface Sample {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface ForgeKit {
  readonly forge: Forge;
  /** The headers that are added to a delivery of the story's time. */
  sign(body: Uint8Array, secret: string): DeliveryHeaders;
  readonly samples: Readonly<
    Record<"push" | "tag" | "created" | "deleted" | "rewritten" | "unicode" | "other", Sample>
  >;
  /** A push of more commits than are listed, where that happens. */
  readonly cutOff?: Sample;
  readonly ping?: Sample;
  /** What this forge tells of a push. */
  readonly tells: Readonly<Record<"forced" | "paths" | "authors" | "mail", boolean>>;
  /** What is signed: the body, and with it id and time; or nothing but a token is sent along. */
  readonly signs: "token" | "body" | "body-and-time";
}

/** A payload as it is sent. */
export const bytes = (payload: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(payload));

/** Everything that is promised of what is read, whatever it was read from. */
export function expectSound(reading: Reading): void {
  if (reading.kind === "ping") return;
  if (reading.kind !== "pushes") {
    expect(reading.reason).toMatch(/^[\x20-\x7e]{1,200}$/);
    return;
  }
  expect(reading.pushes.length).toBeGreaterThan(0);
  for (const push of reading.pushes) {
    expect(isRefName(push.ref.name)).toBe(true);
    expect(push.repository.addresses.length).toBeGreaterThan(0);
    for (const address of push.repository.addresses) expect(repositoryIdentity(address)).toBeDefined();
    for (const revision of [push.before, push.after])
      if (revision !== undefined) expect(revision).toMatch(/^(?!0+$)(?:[0-9a-f]{40}|[0-9a-f]{64})$/);
    expect(push.change === "deleted").toBe(push.after === undefined);
    for (const person of [push.pusher, ...push.authors])
      for (const text of Object.values(person)) expect(text).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,400}$/u);
  }
}
