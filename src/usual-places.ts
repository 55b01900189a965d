/** Where things are when nobody says otherwise. */
import { userInfo } from "node:os";
import path from "node:path";

/** Where the store, artifacts and logs are when nobody says otherwise. */
export function usualDataDirectory(): string {
  const { uid, homedir } = userInfo();
  return uid === 0 ? "/var/lib/signalbox-server" : path.join(homedir, ".local", "state", "signalbox");
}
