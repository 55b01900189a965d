import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

const prefix = "signalbox-ssh-";
/** A unix socket's path has at most 107 bytes, and OpenSSH appends 17 while it makes one. */
const longestDirectory = 70;

/** A directory that only this user can enter, for sockets, pinned keys and generated configuration. */
export async function makePrivateDirectory(base = defaultBase()): Promise<string> {
  await mkdir(base, { recursive: true });
  await removeLeftovers(base);
  const directory = await mkdtemp(join(base, prefix));

  if (directory.length > longestDirectory) {
    await rm(directory, { recursive: true });
    throw new Error(`${directory} is too long a path for the sockets of SSH connections; set TMPDIR to a shorter one.`);
  }

  await writeFile(join(directory, "owner"), await processIdentity(process.pid), { mode: 0o600 });
  return directory;
}

function defaultBase(): string {
  const base = process.env["XDG_RUNTIME_DIR"] ?? tmpdir();

  return base.length > longestDirectory - prefix.length - 7 ? "/tmp" : base;
}

/**
 * Removes the directories of processes that were killed. Their connections end by themselves; only files are left.
 *
 * The place may be open to every user, so whatever is not surely ours is left alone.
 */
async function removeLeftovers(base: string): Promise<void> {
  for (const name of await readdir(base)) {
    if (!name.startsWith(prefix)) continue;

    const directory = join(base, name);
    const found = await lstat(directory).catch(() => undefined);
    if (found === undefined || !found.isDirectory() || found.uid !== userInfo().uid) continue;

    const owner = await readFile(join(directory, "owner"), "utf8").catch(() => undefined);
    // Without the file it was made a moment ago, or by a process that was killed at once: then its age decides.
    const isLeft =
      owner === undefined
        ? Date.now() - found.mtimeMs > 60_000
        : (await processIdentity(Number(owner.split(" ")[0]))) !== owner;
    if (isLeft) await rm(directory, { recursive: true, force: true });
  }
}

/** A process number comes back; together with the start time it is unique while the machine runs. */
async function processIdentity(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];

  return `${pid} ${startTime ?? (isAlive(pid) ? "alive" : "gone")}`;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
