/** The names that may travel to hosts, into paths and unit names, and what they may look like. */

/** A service: becomes a directory, a unit name and a file name on hosts, so it stays this narrow. */
export const serviceNamePattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** A host as the configuration calls it (not its address). */
export const hostNamePattern = /^[a-z0-9][a-z0-9.-]{0,62}$/;

/** An environment such as `dev` or `production`. */
export const environmentNamePattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** A login or run user on a host. */
export const userNamePattern = /^[a-z_][a-z0-9_-]{0,31}$/;

/** The name of an environment variable. */
export const variableNamePattern = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;

/** An absolute path without `.`, `..`, doubled slashes, white space or control characters. */
export const absolutePathPattern = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._@+-]+)+$/;

/** Services named like a part of the system itself are refused: their units would collide. */
export const reservedServiceNames: ReadonlySet<string> = new Set([
  "systemd",
  "dbus",
  "ssh",
  "sshd",
  "sudo",
  "cron",
  "init",
  "getty",
  "network",
  "networking",
  "user",
  "signalbox",
  "signalbox-recover",
  "docker",
  "haproxy",
  "nginx",
]);
