import type { HostAddress, UnreachableCause } from "../../../ports/hosts.ts";

export interface Explanation {
  readonly because: UnreachableCause;
  /** Whether the same attempt may succeed a moment later. */
  readonly isPassing: boolean;
  readonly message: string;
}

interface Symptom {
  readonly says: RegExp;
  readonly because: UnreachableCause;
  readonly isPassing?: boolean;
  readonly happened: string;
  readonly next: string;
}

/** What OpenSSH prints, the most telling first: a changed key is followed by "verification failed". */
const symptoms: readonly Symptom[] = [
  {
    says: /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for .* has changed|No \S+ (?:host )?key is known for|REVOKED HOST KEY|Host key verification failed|no matching host key type found/i,
    because: "host-key-changed",
    happened: "it shows a host key that is not one of the pinned ones; nothing was sent to it, not even a login",
    next: "If the machine was reinstalled, compare the fingerprint on its console and enrol it again; otherwise somebody may be in between",
  },
  {
    says: /Could not resolve hostname|Name or service not known|nodename nor servname/i,
    because: "name-not-found",
    happened: "its name could not be resolved",
    next: "Check the address in the configuration and the name server",
  },
  {
    says: /Permission denied|Too many authentication failures|no more authentication methods|not allowed at this time/i,
    because: "permission-denied",
    happened: "it does not accept the key for this user",
    next: "Check that the public key is in the user's authorized_keys on the host, and which key the server offers",
  },
  {
    says: /Connection refused/i,
    because: "connection-refused",
    happened: "nothing accepts SSH connections there",
    next: "Check that sshd runs on the host and the port is right",
  },
  {
    says: /Connection timed out|Operation timed out|timed out during banner exchange|not responding/i,
    because: "connection-timed-out",
    happened: "it did not answer in time",
    next: "Check that the host is up and the network in between lets SSH through",
  },
  {
    says: /No route to host|Network is unreachable|Host is down/i,
    because: "connection-timed-out",
    happened: "the network has no way to it",
    next: "Check that the host is up and the route to it",
  },
  {
    says: /kex_exchange_identification|Connection (?:closed|reset) by|banner line|Broken pipe|Exceeded MaxStartups/i,
    because: "connection-refused",
    isPassing: true,
    happened: "it closed the connection before the login",
    next: "It may limit new connections (MaxStartups) or be starting up or shutting down; its sshd log says more",
  },
  {
    says: /no matching .* found|Bad configuration|Bad owner or permissions|terminating, \d+ bad configuration/i,
    because: "connection-refused",
    happened: "OpenSSH could not agree on a connection with it",
    next: "Check the user's and the system's ssh_config on the server",
  },
];

/** What was printed until the shell was ready, or instead. */
export interface Printed {
  /** By our OpenSSH process. */
  readonly log: string;
  /** By whatever shares its standard error: the host's login, and the process that goes through a jump host. */
  readonly noise: string;
}

/** One sentence for people and one word for programs out of what OpenSSH printed when it gave up. */
export function explainFailure(
  host: HostAddress,
  { log, noise }: Printed,
  way: readonly HostAddress[] = [],
): Explanation {
  const symptom = symptomOf(log, noise, way);

  if (symptom === undefined) {
    return {
      because: "not-a-posix-shell",
      isPassing: false,
      message:
        `${where(host, way)}: the login worked, but it did not lead to a POSIX shell.${lastWords(noise + log)}\n` +
        `  Next: give ${host.user} a login shell such as /bin/sh or /bin/bash that reads nothing from standard input.`,
    };
  }

  const { because, isPassing = false, happened, next } = symptom;
  return { because, isPassing, message: `${where(host, way)}: ${happened}.${lastWords(log)}\n  Next: ${next}.` };
}

/** A login may print what it likes, also words that look like OpenSSH's own. They are not believed. */
function symptomOf(log: string, noise: string, [jump]: readonly HostAddress[]): Symptom | undefined {
  if (jump !== undefined && /stdio forwarding (?:request )?failed/i.test(noise)) {
    return {
      says: /./,
      because: "connection-refused",
      happened: `${jump.name} could not connect to it`,
      next: `Check that sshd runs on the host, and that ${jump.name} reaches it and may pass connections on (AllowTcpForwarding)`,
    };
  }

  return symptoms.find(({ says }) => says.test(log));
}

export function where({ name, user, address, port }: HostAddress, way: readonly HostAddress[] = []): string {
  const through = way.length === 0 ? "" : ` through ${way.map((jump) => jump.name).join(", ")}`;

  return `${name} (${user}@${address} port ${port}${through})`;
}

/** What OpenSSH said last, as one printable line: it may quote the host, and the host is not trusted. */
export function lastWords(printed: string): string {
  const lines = printed
    .split(/[\r\n]+/)
    .map((line) => line.replaceAll(/[^\x20-\x7e]/g, "?").trim())
    .filter((line) => line !== "" && !/^[@\s]+$/.test(line));
  const last = lines.at(-1);

  return last === undefined ? "" : `\n  OpenSSH says: "${last.slice(0, 300)}"`;
}
