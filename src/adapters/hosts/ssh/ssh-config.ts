import type { HostAddress } from "../../../ports/hosts.ts";
import type { SshOptions } from "./options.ts";

/** A host together with the files it was given. */
export interface ConfiguredHost {
  readonly host: HostAddress;
  readonly knownHostsFile: string;
  /** Where its shared connection listens or would listen. */
  readonly controlPath: string;
}

/**
 * The configuration that OpenSSH gets by `-F`: ours first, then the user's and the system's.
 *
 * OpenSSH takes the first value it meets. So pins and safety are ours, and what is left open (agents, certificates,
 * FIDO keys, algorithms, a jump host of the user's own) stays the user's business.
 */
export function sshConfig(way: readonly ConfiguredHost[], options: SshOptions, userConfig = "~/.ssh/config"): string {
  return [...way.map(hostBlock), everyHost(options), `Include "${userConfig}"`, "Include /etc/ssh/ssh_config", ""].join(
    "\n",
  );
}

function hostBlock({ host, knownHostsFile, controlPath }: ConfiguredHost): string {
  return [
    `Host ${host.name}`,
    `  HostName ${host.address}`,
    `  Port ${host.port}`,
    `  User ${host.user}`,
    `  HostKeyAlias ${host.name}`,
    `  UserKnownHostsFile "${knownHostsFile}"`,
    "  GlobalKnownHostsFile /dev/null",
    `  ControlPath "${controlPath}"`,
    ...(host.jump === undefined ? [] : [`  ProxyJump ${host.jump}`]),
    ...(host.identityFile === undefined
      ? []
      : [`  IdentityFile "${host.identityFile.replaceAll("%", "%%")}"`, "  IdentitiesOnly yes"]),
    "",
  ].join("\n");
}

function everyHost({ connectTimeoutSeconds, keepAliveSeconds }: SshOptions): string {
  return `Host *
  BatchMode yes
  StrictHostKeyChecking yes
  UpdateHostKeys no
  VerifyHostKeyDNS no
  NoHostAuthenticationForLocalhost no
  CheckHostIP no
  HashKnownHosts no
  IgnoreUnknown KnownHostsCommand,SessionType,StdinNull,ForkAfterAuthentication
  KnownHostsCommand none
  ForwardAgent no
  ForwardX11 no
  GSSAPIDelegateCredentials no
  ClearAllForwardings yes
  Tunnel no
  PermitLocalCommand no
  RemoteCommand none
  RequestTTY no
  SessionType default
  StdinNull no
  ForkAfterAuthentication no
  EscapeChar none
  ControlMaster no
  ControlPersist no
  CanonicalizeHostname no
  ConnectTimeout ${connectTimeoutSeconds}
  ConnectionAttempts 1
  TCPKeepAlive yes
  ServerAliveInterval ${keepAliveSeconds}
  # The connection ends when one more than this stay unanswered, which makes three silent intervals.
  ServerAliveCountMax 2
  LogLevel ERROR
`;
}
