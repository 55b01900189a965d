/**
 * What everything is called.
 *
 * All that a testbed makes on the machine carries its run's name, `sbx-<number>`, so that it can
 * be found and taken down from the system itself, also when its owner was killed. The number is
 * also the third part of the run's addresses.
 */
import { join } from "node:path";

export const stateRoot = "/var/lib/signalbox-testbed";
export const cacheRoot = process.env["SIGNALBOX_TESTBED_CACHE"] ?? "/var/cache/signalbox-testbed";

/** Finds the run's name at the start of any name that a testbed has made. */
export const runName = /^sbx-(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])\b/;

export interface RunNames {
  readonly run: string;
  readonly directory: string;
  readonly bridge: string;
  readonly mac: string;
  readonly controllerAddress: string;
  readonly keys: { readonly user: string; readonly root: string };
  readonly sshConfig: string;
  readonly knownHosts: string;
}

export function namesOfRun(run: string): RunNames {
  const [found, number] = runName.exec(run) ?? [];
  if (found !== run) throw new Error(`"${run}" is not the name of a testbed (sbx-0 to sbx-255)`);
  const directory = join(stateRoot, run);
  const controllerAddress = `10.231.${number}.1`;
  return {
    run,
    directory,
    bridge: run,
    mac: macOf(controllerAddress),
    controllerAddress,
    keys: { user: join(directory, "user-key"), root: join(directory, "root-key") },
    sshConfig: join(directory, "ssh_config"),
    knownHosts: join(directory, "known_hosts"),
  };
}

export interface HostNames {
  readonly run: string;
  readonly name: string;
  readonly address: string;
  readonly mac: string;
  readonly directory: string;
  /** Outer end of the virtual cable: a port of the run's bridge. */
  readonly port: string;
  readonly netns: string;
  readonly netnsPath: string;
  readonly diskImage: string;
  readonly diskMount: string;
  readonly root: string;
  readonly supervisorLog: string;
  readonly cgroup: string;
}

/** The first hosts' addresses end in .11, .12 and so on, so that web-1 is easy to recognise. */
export function namesOfHost(run: string, name: string, index: number): HostNames {
  const { directory: runDirectory, controllerAddress } = namesOfRun(run);
  const octets = controllerAddress.split(".").map(Number);
  octets[3] = 11 + index;
  const directory = join(runDirectory, name);
  return {
    run,
    name,
    directory,
    address: octets.join("."),
    mac: macOf(octets.join(".")),
    port: `${run}-p${index + 1}`,
    netns: `${run}-${name}`,
    netnsPath: `/run/netns/${run}-${name}`,
    diskImage: join(directory, "disk.img"),
    diskMount: join(directory, "disk"),
    root: join(directory, "root"),
    supervisorLog: join(directory, "console.log"),
    cgroup: `${run}/${name}`,
  };
}

/** A locally administered hardware address that is as unique as the network address. */
function macOf(address: string): string {
  const bytes = address.split(".").map((octet) => Number(octet).toString(16).padStart(2, "0"));
  return `02:5b:${bytes.join(":")}`;
}
