/**
 * Builds on the server itself, as a user that may do nothing there.
 *
 * A build runs code of whoever may push. When the server is root, it becomes `signalbox-build`, or `nobody` where there
 * is no such user; otherwise it can only stay who it is (docs/decisions/0040-builds-on-the-server.md).
 */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { digestOf } from "../../core/digest.ts";
import { BuildFailed } from "../../ports/builds.ts";
import type { Place } from "./place.ts";
import { runHere, type Identity } from "./process.ts";

const users = ["signalbox-build", "nobody"];

export async function serverPlace(directory: string): Promise<Place> {
  const identity = process.getuid?.() === 0 ? buildUser() : undefined;
  const workspaces = await workspacesFor(identity, directory);
  return { title: "the server", workspaces, run: (command) => runHere(command, identity, workspaces) };
}

function buildUser(): Identity {
  for (const user of users) {
    const [uid, gid] = ["-u", "-g"].map((what) => idOf(what, user));
    if (uid !== undefined && gid !== undefined && uid !== 0) return { user, uid, gid };
  }
  throw new BuildFailed(
    "Nothing is built on the server: it runs as root, and a build must not.\n" +
      "  Next: make the user that builds: useradd --system --create-home signalbox-build",
  );
}

function idOf(what: string, user: string): number | undefined {
  try {
    return Number(execFileSync("id", [what, "--", user], { stdio: ["ignore", "pipe", "ignore"] }));
  } catch {
    return undefined;
  }
}

/** A directory of the build user's own; outside the data directory where that is closed to it. */
async function workspacesFor(identity: Identity | undefined, directory: string): Promise<string> {
  const inside = join(directory, "workspaces");
  mkdirSync(inside, { recursive: true, mode: 0o700 });
  if (identity === undefined) return inside;
  // Whoever knows the name of the workspaces may pass; what else lies here stays closed.
  chmodSync(directory, 0o711);
  own(inside, identity);
  if (await canWorkIn(inside, identity)) return inside;
  const outside = join("/var/tmp", `signalbox-builds-${digestOf(inside).slice(0, 12)}`);
  mkdirSync(outside, { recursive: true, mode: 0o700 });
  own(outside, identity);
  return outside;
}

function own(directory: string, { uid, gid, user }: Identity): void {
  const found = lstatSync(directory);
  if (!found.isDirectory() || (found.uid !== 0 && found.uid !== uid))
    throw new BuildFailed(`${directory} is needed for builds, but belongs to somebody else than ${user}; remove it.`);
  chownSync(directory, uid, gid);
  chmodSync(directory, 0o700);
}

async function canWorkIn(directory: string, identity: Identity): Promise<boolean> {
  const argv = ["sh", "-c", 'cd -P -- "$1" && test -w .', "sh", directory] as const;
  const { code } = await runHere({ argv: [...argv], limitSeconds: 10 }, identity, tmpdir());
  return code === 0;
}
