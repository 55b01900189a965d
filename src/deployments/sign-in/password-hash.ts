/** Hashes of passwords: argon2id, with its parameters beside it, so that they can be raised later. */
import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

export interface PasswordCost {
  readonly memoryKibibytes: number;
  readonly passes: number;
  readonly lanes: number;
}

/** The second recommendation of RFC 9106, for machines that have other work too. */
export const usualCost: PasswordCost = { memoryKibibytes: 65_536, passes: 3, lanes: 4 };

const saltBytes = 16;
const tagBytes = 32;
/** Each takes 64 MiB and a processor: more at once would let strangers fill the memory. */
const mostAtOnce = 2;
const mostWaiting = 50;

/** So many people sign in, or pretend to, that the server takes care of itself first. */
export class TooBusy extends Error {
  override readonly name = "TooBusy";
}

export async function hashPassword(password: string, cost: PasswordCost = usualCost): Promise<string> {
  const salt = randomBytes(saltBytes);
  return written(cost, salt, await tagOf(password, salt, cost));
}

/** One that no password has, but that takes as long to compare. */
export function nobodysHash(cost: PasswordCost = usualCost): string {
  return written(cost, randomBytes(saltBytes), randomBytes(tagBytes));
}

/** Takes as long for a right password as for a wrong one. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const { cost, salt, tag } = read(hash);
  return timingSafeEqual(await tagOf(password, salt, cost), tag);
}

export function costOf(hash: string): PasswordCost {
  return read(hash).cost;
}

export function isSameCost(one: PasswordCost, other: PasswordCost): boolean {
  return one.memoryKibibytes === other.memoryKibibytes && one.passes === other.passes && one.lanes === other.lanes;
}

const derive = promisify(argon2);

async function tagOf(
  password: string,
  salt: Buffer,
  { memoryKibibytes, passes, lanes }: PasswordCost,
): Promise<Buffer> {
  return inTurn(async () =>
    derive("argon2id", {
      // The same letters are the same password on every keyboard: Korean ones come in two forms.
      message: Buffer.from(password.normalize("NFKC"), "utf8"),
      nonce: salt,
      memory: memoryKibibytes,
      passes,
      parallelism: lanes,
      tagLength: tagBytes,
    }),
  );
}

let atWork = 0;
const waiting: (() => void)[] = [];

async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (atWork >= mostAtOnce) {
    if (waiting.length >= mostWaiting) throw new TooBusy("too many people sign in at this moment");
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    atWork += 1;
  }
  try {
    return await work();
  } finally {
    // Whoever is next takes this place over, so that nobody slips in between.
    const next = waiting.shift();
    if (next === undefined) atWork -= 1;
    else next();
  }
}

function written({ memoryKibibytes, passes, lanes }: PasswordCost, salt: Buffer, tag: Buffer): string {
  const encoded = [salt, tag].map((bytes) => bytes.toString("base64").replaceAll("=", ""));
  return ["", "argon2id", "v=19", `m=${memoryKibibytes},t=${passes},p=${lanes}`, ...encoded].join("$");
}

function read(hash: string): { readonly cost: PasswordCost; readonly salt: Buffer; readonly tag: Buffer } {
  const parts = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(hash);
  if (parts === null) throw new Error("the store holds something that is not the hash of a password");
  const [, memoryKibibytes, passes, lanes, salt, tag] = parts;
  return {
    cost: { memoryKibibytes: Number(memoryKibibytes), passes: Number(passes), lanes: Number(lanes) },
    salt: Buffer.from(salt!, "base64"),
    tag: Buffer.from(tag!, "base64"),
  };
}
