/**
 * A testbed as plain data.
 *
 * It can be handed to another process or read back from disk, and gives working handles there: what a handle
 * does, it does by name on the machine.
 */
export interface HostFacts {
  readonly name: string;
  /** Position in the testbed, from which address and cable follow. */
  readonly index: number;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** As in a known_hosts file: `ssh-ed25519 AAAA...`. */
  readonly hostKey: string;
  /** Private key for `deploy` and `builder`. */
  readonly identityFile: string;
  /** Private key for root, who is needed once per host to prepare it. */
  readonly rootIdentityFile: string;
}

export interface TestbedFacts {
  readonly run: string;
  /** Where hosts reach whatever this machine serves to them. */
  readonly controllerAddress: string;
  readonly knownHostsFile: string;
  readonly sshConfigFile: string;
  readonly image: string;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly hosts: readonly HostFacts[];
}
