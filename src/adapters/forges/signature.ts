/** Who sent a webhook: signatures over its raw body, and secrets that come along, compared in constant time. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

import type { Delivery, Verification } from "../../ports/forge.ts";
import { largestDelivery, shortestSecret } from "../../ports/forge.ts";
import { oneHeader } from "./headers.ts";

/** How far the clocks of sender and server may be apart, and how old a signed delivery may be. */
export const toleranceSeconds = 300;

/** Verifies that a header has the HMAC-SHA256 of the body in hex, e.g. `sha256=...`. */
export function verifyHexHmac(
  delivery: Delivery,
  secrets: readonly string[],
  { header, prefix }: { readonly header: string; readonly prefix: string },
): Verification {
  const given = oneHeader(delivery.headers, header);
  if (given === undefined) return beforeComparing(delivery, secrets) ?? refused("no-signature");
  const hex = given.startsWith(prefix) ? given.slice(prefix.length) : "";
  const signature = Buffer.from(/^[0-9a-f]{64}$/i.test(hex) ? hex : "", "hex");
  return compared(delivery, secrets, (secret) =>
    isEqual(signature, createHmac("sha256", secret).update(delivery.body).digest()),
  );
}

/** Verifies that a header has one of the secrets itself. It proves nothing about the body; only TLS does. */
export function verifyToken(delivery: Delivery, secrets: readonly string[], header: string): Verification {
  const given = oneHeader(delivery.headers, header);
  if (given === undefined) return beforeComparing(delivery, secrets) ?? refused("no-signature");
  // Digests under a key of the moment have one length, whatever the lengths of the two secrets are.
  const key = randomBytes(32);
  const digest = (text: string): Buffer => createHmac("sha256", key).update(text).digest();
  const token = digest(given);
  return compared(delivery, secrets, (secret) => isEqual(token, digest(secret)));
}

/**
 * Verifies a signature over id, time and body, as in the specification "Standard Webhooks": `v1,` and the HMAC-SHA256
 * in base64, several with spaces between them. A delivery that is older than the tolerance is stale.
 *
 * A secret that begins with `whsec_` is the key in base64, another one is the key itself.
 */
export function verifyTimed(delivery: Delivery, secrets: readonly string[], now: number): Verification {
  const [id, time, given] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) =>
    oneHeader(delivery.headers, name),
  );
  if (id === undefined || time === undefined || given === undefined || !/^[0-9]{1,12}$/.test(time))
    return beforeComparing(delivery, secrets) ?? refused("no-signature");
  const signatures = given
    .split(" ", 8)
    .map((one) => Buffer.from(/^v1,[A-Za-z0-9+/]{43}=$/.test(one) ? one.slice(3) : "", "base64"));
  const verification = compared(delivery, secrets, (secret) => {
    const digest = createHmac("sha256", keyOf(secret)).update(`${id}.${time}.`).update(delivery.body).digest();
    return signatures.map((signature) => isEqual(signature, digest)).includes(true);
  });
  const isStale = Math.abs(now / 1000 - Number(time)) > toleranceSeconds;
  return verification.kind === "accepted" && isStale ? refused("stale") : verification;
}

/** Whether a secret can only be meant for {@link verifyTimed}. */
export function isSigningKey(secret: string): boolean {
  return secret.startsWith("whsec_");
}

function keyOf(secret: string): Buffer {
  return isSigningKey(secret) ? Buffer.from(secret.slice("whsec_".length), "base64") : Buffer.from(secret);
}

/** Tries all secrets, so that the time does not tell which one fits. */
function compared(delivery: Delivery, secrets: readonly string[], fits: (secret: string) => boolean): Verification {
  const before = beforeComparing(delivery, secrets);
  if (before !== undefined) return before;
  const secret = secrets.map((one) => isSecret(one) && fits(one)).indexOf(true);
  return secret === -1 ? refused("wrong-signature") : { kind: "accepted", secret };
}

function beforeComparing({ body }: Delivery, secrets: readonly string[]): Verification | undefined {
  if (!secrets.some(isSecret)) return refused("no-secret");
  return body.byteLength > largestDelivery ? refused("too-large") : undefined;
}

function isSecret(secret: string): boolean {
  return secret.length >= shortestSecret && keyOf(secret).byteLength >= shortestSecret;
}

function isEqual(one: Buffer, other: Buffer): boolean {
  return one.byteLength === other.byteLength && timingSafeEqual(one, other);
}

function refused(because: (Verification & { kind: "refused" })["because"]): Verification {
  return { kind: "refused", because };
}
