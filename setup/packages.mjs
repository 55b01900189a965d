/** The Debian packages that real hosts and their tests need. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import { quietly, say } from "./say.mjs";

const hostPackages = "mmdebstrap debian-archive-keyring systemd-container iproute2 openssh-client e2fsprogs xfsprogs";
const toolPackages = "zstd shellcheck rsync git curl ca-certificates";
// The server's own git tests log in to a real sshd, and the shell program is tried in every shell that a login may have.
const testPackages = "openssh-server busybox tcsh fish";
// The pages in a real browser, with letters for Korean: large, so only for the tests that take their time.
const browserPackages = process.env.SIGNALBOX_TEST_ALL === "1" ? " chromium fonts-noto-cjk" : "";
const packages = `${hostPackages} ${toolPackages} ${testPackages}${browserPackages}`.split(" ");
const programs = "mmdebstrap systemd-nspawn ip ssh mkfs.ext4 xfs_io zstd shellcheck rsync git curl".split(" ");

/** Makes this machine able to carry real hosts; why it cannot, in one sentence, or undefined when it can. */
export async function prepareForHosts() {
  if (process.platform !== "linux") return "real hosts need Linux";
  if (process.getuid() !== 0) return "real hosts need root, for mounts, network namespaces and control groups";
  const refused = await installPackages();
  if (refused) return refused;
  // Root in a container of somebody else's often may not.
  if (spawnSync("unshare", ["--mount", "--net", "--pid", "--fork", "true"]).status !== 0)
    return "this machine lets root make no namespaces";
  if (!existsSync("/dev/loop-control")) return "this machine has no loop devices";
  return undefined;
}

async function installPackages() {
  const missing = existsSync("/usr/bin/dpkg-query") ? packages.filter((name) => !isInstalled(name)) : [];
  if (missing.length === 0 || !existsSync("/usr/bin/apt-get")) {
    const absent = programs.filter((name) => !isOnPath(name));
    return absent.length === 0
      ? undefined
      : `${absent.join(", ")} are missing and apt-get is not there to install them`;
  }
  say(`Installing Debian packages for real hosts: ${missing.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = async () =>
    (await quietly("apt-get", ["update", "-q"], env)) &&
    (await quietly("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...missing], env));
  // Mirrors have bad moments; once more is enough to tell those from a real refusal.
  if ((await install()) || (await install())) return undefined;
  return `apt-get could not install ${missing.join(", ")}`;
}

function isInstalled(name) {
  const { stdout } = spawnSync("dpkg-query", ["--show", "--showformat=${db:Status-Status}", name]);
  return String(stdout) === "installed";
}

const isOnPath = (program) =>
  ["/usr/sbin", "/sbin", ...(process.env.PATH ?? "").split(delimiter)].some((directory) =>
    existsSync(join(directory, program)),
  );
