/** The locked npm packages, Node's own newer version among them. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

import { quietly, root, say } from "./say.mjs";

const modules = join(root, "node_modules");
const lockFile = join(root, "package-lock.json");
const stamp = join(modules, ".signalbox-lock");

/** The Node that the project is made for; the machine's own where no pinned one exists for its platform. */
export const pinnedNode = () =>
  existsSync(join(modules, ".bin/node")) ? join(modules, ".bin/node") : process.execPath;

/** Installs what package-lock.json says, unless that is what is there; false when it could not. */
export async function installModules() {
  const lock = readFileSync(lockFile);
  const digest = createHash("sha256").update(lock).digest("hex");
  const installed = (file) => (existsSync(file) ? readFileSync(file, "utf8") : "");
  if (installed(stamp) === digest) return true;
  if (!isInStep(lock.toString(), installed(join(modules, ".package-lock.json")))) {
    say("Installing the locked npm packages (about 20 s)");
    if (!(await quietly("npm", ["ci"], withoutModules(process.env)))) return false;
  }
  writeFileSync(stamp, digest);
  return true;
}

/**
 * Whether npm's own record of an installation has exactly what the lock file asks for.
 *
 * Then an installation made by hand is kept, instead of being taken away from programs that use it.
 */
export function isInStep(lockFile, record) {
  if (record === "") return false;
  const wanted = JSON.parse(lockFile).packages;
  const there = JSON.parse(record).packages;
  const same = (name) => there[name]?.integrity === wanted[name]?.integrity;
  // What belongs to other platforms is optional and not there.
  const missing = (name) => name !== "" && !(name in there) && !wanted[name].optional;
  return Object.keys(there).every(same) && !Object.keys(wanted).some(missing);
}

/** npm must not run on the Node that it is about to replace. */
function withoutModules(env) {
  const path = (env.PATH ?? "").split(delimiter).filter((directory) => !directory.startsWith(modules));
  return { ...env, PATH: path.join(delimiter) };
}
