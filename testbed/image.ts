/** The image all hosts share: a Debian with systemd, built once per recipe and kept outside of the repository. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { must } from "./command.ts";
import { cacheRoot } from "./names.ts";

const suite = "trixie";
const packages = [
  "systemd,systemd-sysv,libpam-systemd,dbus,openssh-server,sudo,dash,ca-certificates",
  "openjdk-21-jdk-headless,gradle,junit4,nodejs,python3-minimal",
  "git,rsync,curl,zstd,iproute2,iputils-ping,procps,netbase,less",
  "haproxy,nginx-light",
].join(",");

const recipe = join(import.meta.dirname, "image");

function imageDirectory(): string {
  const digest = createHash("sha256").update(`${suite} ${packages} ${process.arch}`);
  for (const script of ["build.sh", "customize.sh"]) digest.update(readFileSync(join(recipe, script)));
  return join(cacheRoot, `image-${digest.digest("hex").slice(0, 12)}`);
}

/** Where this machine gets its own Debian packages from, unless another place is named. */
async function mirror(): Promise<string> {
  const named = process.env["SIGNALBOX_TESTBED_MIRROR"];
  if (named !== undefined) return named;
  const own = (await knownToApt()) ?? (await must(["apt-get", "update"]).then(knownToApt));
  if (own === undefined) throw new Error("apt knows no Debian mirror; name one in SIGNALBOX_TESTBED_MIRROR");
  return own.replace(/\/$/, "");
}

/** What apt lists; nothing on a machine that never asked for lists of packages. */
async function knownToApt(): Promise<string | undefined> {
  const uris = await must(["apt-get", "indextargets", "--format", "$(REPO_URI)"]);
  return uris.split("\n").find((uri) => /\/debian\/?$/.test(uri));
}

/**
 * The image's directory, built when it is not there yet.
 *
 * The lock makes a second process wait for the first one's image instead of building its own.
 */
export async function readyImage(say: (line: string) => void): Promise<string> {
  const image = imageDirectory();
  if (existsSync(image)) return image;
  mkdirSync(cacheRoot, { recursive: true });
  say("Building the hosts' image once (about a minute, 300 MB of Debian packages)");
  const build = [join(recipe, "build.sh"), image, suite, packages, await mirror()];
  await must(["flock", join(cacheRoot, "lock"), ...build]);
  return image;
}
