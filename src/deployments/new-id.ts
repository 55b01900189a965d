/** Ids of deployments: ULIDs in lower case, so that they sort by time and are safe in file, unit and URL names. */
import { randomBytes } from "node:crypto";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** A new id for the time in milliseconds. */
export function newDeploymentId(at: number): string {
  let time = "";
  for (let rest = at, digit = 0; digit < 10; digit += 1, rest = Math.floor(rest / 32))
    time = alphabet[rest % 32]! + time;
  const random = [...randomBytes(16)].map((byte) => alphabet[byte % 32]!).join("");
  return time + random;
}
