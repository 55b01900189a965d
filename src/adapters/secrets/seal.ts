/**
 * Seals values: AES-256-GCM with a data key for each version of each secret, which is sealed by a master key.
 *
 * What the seals say (which secret, scope, version, when and by whom) is authenticated too, so that a row can neither
 * be edited nor put in the place of another one.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";

/** What is written on the outside of a sealed value. */
export interface Label {
  /** Empty for every one. */
  readonly environment: string;
  /** Empty for every one. */
  readonly service: string;
  readonly name: string;
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly by: string;
}

export interface Sealed {
  /** The id of the master key. */
  readonly keyId: string;
  /** The data key, sealed by the master key. */
  readonly wrappedKey: string;
  /** The value, sealed by the data key. */
  readonly sealed: string;
}

export interface MasterKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** Something was changed, or this is not the key: a seal does not say which. */
export class SealBroken extends Error {
  override readonly name = "SealBroken";
}

const algorithm = "aes-256-gcm";
export const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** The id says which key it is and nothing about it. */
export function masterKey(bytes: Buffer): MasterKey {
  return { bytes, id: createHmac("sha256", bytes).update("signalbox: id of a master key").digest("hex").slice(0, 16) };
}

export function sealValue(label: Label, value: string, key: MasterKey): Sealed {
  const dataKey = randomBytes(keyBytes);
  try {
    const sealed = encrypt(dataKey, valueLabel(label), Buffer.from(value));
    return { keyId: key.id, wrappedKey: encrypt(key.bytes, dataKeyLabel(label, key), dataKey), sealed };
  } finally {
    dataKey.fill(0);
  }
}

/** @throws {SealBroken} */
export function openValue(label: Label, { wrappedKey, sealed }: Sealed, key: MasterKey): string {
  const dataKey = decrypt(key.bytes, dataKeyLabel(label, key), wrappedKey);
  try {
    return decrypt(dataKey, valueLabel(label), sealed).toString();
  } finally {
    dataKey.fill(0);
  }
}

/**
 * The same sealed value under another master key.
 *
 * @throws {SealBroken} also when the value itself could not be opened
 */
export function rewrap(label: Label, sealed: Sealed, from: MasterKey, to: MasterKey): Sealed {
  openValue(label, sealed, from);
  const dataKey = decrypt(from.bytes, dataKeyLabel(label, from), sealed.wrappedKey);
  try {
    return { ...sealed, keyId: to.id, wrappedKey: encrypt(to.bytes, dataKeyLabel(label, to), dataKey) };
  } finally {
    dataKey.fill(0);
  }
}

function valueLabel({ environment, service, name, version, at, by }: Label): Buffer {
  return Buffer.from(JSON.stringify(["signalbox secret 1", environment, service, name, version, at, by]));
}

function dataKeyLabel({ environment, service, name, version }: Label, { id }: MasterKey): Buffer {
  return Buffer.from(JSON.stringify(["signalbox data key 1", environment, service, name, version, id]));
}

function encrypt(key: Buffer, label: Buffer, plain: Buffer): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(label);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString("base64");
}

function decrypt(key: Buffer, label: Buffer, text: string): Buffer {
  const all = Buffer.from(text, "base64");
  if (all.length < nonceBytes + tagBytes) throw new SealBroken("it is too short");
  const decipher = createDecipheriv(algorithm, key, all.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(label).setAuthTag(all.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(all.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  } catch {
    throw new SealBroken("it was changed, or belongs to something else");
  }
}
