/** Where the key of the secrets lies when nobody says otherwise: where configuration lies, never with the data. */
import { createHash } from "node:crypto";
import { userInfo } from "node:os";
import { join } from "node:path";

/**
 * @param isUsual whether it is the data directory that everybody takes. Another one has a key of its own: with one key
 * for both, rotating it for the one would leave the other without.
 */
export function usualKeyFile(dataDirectory: string, isUsual: boolean): string {
  const { uid, homedir } = userInfo();
  const directory = uid === 0 ? "/etc/signalbox" : join(homedir, ".config", "signalbox");
  const mark = createHash("sha256").update(dataDirectory).digest("hex").slice(0, 12);
  return join(directory, isUsual ? "secrets.key" : `secrets-${mark}.key`);
}
