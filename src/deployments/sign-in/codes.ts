/** One-time codes: how somebody who has no password yet, or has forgotten it, comes to one. */
import { createHash, randomBytes } from "node:crypto";

import type { SignInWorld } from "./sign-in-world.ts";

const hour = 60 * 60 * 1000;
export const codeHours = 24;
/** No I, L, O and U: they are read as something else, or make words. */
const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const letterCount = 16;

export interface NewCode {
  /** For one person's eyes; never shown again. `7K3M-9QXT-...` */
  readonly code: string;
  readonly expiresAt: number;
}

/** Lets somebody set a password, once. Codes that they had before are void. */
export async function makeSignInCode(
  login: string,
  world: { readonly store: Pick<SignInWorld["store"], "signIns">; readonly clock: SignInWorld["clock"] },
  by = login,
): Promise<NewCode> {
  const plain = [...randomBytes(letterCount)].map((byte) => letters[byte % letters.length]).join("");
  const createdAt = world.clock.now();
  const expiresAt = createdAt + codeHours * hour;
  await world.store.signIns.addCode(
    { hash: hashOfCode(plain), login, createdAt, expiresAt },
    { actor: by, action: "make-sign-in-code", object: `person ${login}`, detail: { expiresAt } },
  );
  return { code: plain.match(/.{4}/g)!.join("-"), expiresAt };
}

/** Of a code as people type it: small letters, spaces and the letters that look like others are all right. */
export function hashOfCode(typed: string): string {
  const plain = typed.toUpperCase().replaceAll(/[\s-]/g, "").replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  return createHash("sha256").update(plain).digest("hex");
}
