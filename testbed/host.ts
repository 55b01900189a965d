/** One host of a testbed: how to reach it, and everything that can go wrong with it. */
import { setFrozen } from "./cgroup.ts";
import { attempt, type CommandResult, until } from "./command.ts";
import { createDisk, fill, losePower, mountDisk, mountsUnder, syncDisk, unfill, unmountUnder } from "./disk.ts";
import type { HostFacts, TestbedFacts } from "./facts.ts";
import { installIdentity } from "./identity.ts";
import { bootIdOf, kill, leaderOf, refuseFailedUnits, runAsRoot, settled, stateOf, switchOn } from "./machine.ts";
import { eatMemoryUntilKilled } from "./memory.ts";
import { type HostNames, namesOfHost, namesOfRun } from "./names.ts";
import { blackhole, cut, restore } from "./network.ts";
import { type Line, openRelay, type Relay } from "./relay.ts";

export class TestbedHost {
  readonly facts: HostFacts;
  readonly #testbed: TestbedFacts;
  readonly #names: HostNames;

  constructor(testbed: TestbedFacts, facts: HostFacts) {
    this.facts = facts;
    this.#testbed = testbed;
    this.#names = namesOfHost(testbed.run, facts.name, facts.index);
  }

  get name(): string {
    return this.facts.name;
  }

  get address(): string {
    return this.facts.address;
  }

  /** Runs a command as root from outside, whatever state network and sshd are in. */
  rootShell(argv: readonly string[], options: { input?: string | Buffer } = {}): Promise<CommandResult> {
    return runAsRoot(this.#names, argv, options);
  }

  /** Like `rootShell`, for a command that has to succeed; its output. */
  async mustRun(argv: readonly string[], options: { input?: string | Buffer } = {}): Promise<string> {
    const { code, stdout, stderr } = await this.rootShell(argv, options);
    if (code !== 0) throw new Error(`${this.name}: "${argv.join(" ")}" ended with ${code}: ${stderr.trim() || stdout}`);
    return stdout;
  }

  readFile(path: string): Promise<string> {
    return this.mustRun(["cat", "--", path]);
  }

  async writeFile(
    path: string,
    content: string | Buffer,
    options: { mode?: string; owner?: string } = {},
  ): Promise<void> {
    const { mode = "0644", owner = "root" } = options;
    const script = `mkdir -p "$(dirname "$1")" && cat >"$1" && chown "$2" "$1" && chmod "$3" "$1"`;
    await this.mustRun(["sh", "-c", script, "sh", path, owner, mode], { input: content });
  }

  /** The words that log in with the system's ssh, for a command to be added. */
  sshCommand(user: string = this.facts.user): string[] {
    const key = user === "root" ? this.facts.rootIdentityFile : this.facts.identityFile;
    const options = ["BatchMode=yes", "IdentitiesOnly=yes", `UserKnownHostsFile=${this.#testbed.knownHostsFile}`];
    const port = `${this.facts.port}`;
    return [
      "ssh",
      "-F",
      "none",
      "-i",
      key,
      ...options.flatMap((option) => ["-o", option]),
      "-p",
      port,
      `${user}@${this.address}`,
    ];
  }

  /** Runs one command line over a login of its own. */
  ssh(commandLine: string, user?: string): Promise<CommandResult> {
    return attempt([...this.sshCommand(user), commandLine]);
  }

  /** Pulls the cable: senders get "No route to host" after about 3 s. */
  async cut(): Promise<void> {
    await cut(this.#names, this.#others());
  }

  /** Drops every packet in silence: connects time out, open sessions hang. */
  async blackhole(): Promise<void> {
    await blackhole(this.#names, this.#others());
  }

  /** Ends `cut` and `blackhole`. */
  async restore(): Promise<void> {
    await restore(this.#names, this.#others());
  }

  /** Another way to the host's sshd (or another port), over a slow line; the direct way stays fast. */
  slow(line: Line, port = this.facts.port): Promise<Relay> {
    return openRelay(this.#testbed.controllerAddress, { address: this.address, port }, line);
  }

  /** Nothing on the host runs, but its kernel still answers: connects succeed and no banner comes. */
  async freeze(): Promise<void> {
    await setFrozen(this.#names.cgroup, true);
  }

  async thaw(): Promise<void> {
    await setFrozen(this.#names.cgroup, false);
  }

  /** Leaves so many bytes free on the whole host. */
  async fillDisk(leaveBytes = 0): Promise<void> {
    await fill(this.#names, leaveBytes);
  }

  emptyDisk(): void {
    unfill(this.#names);
  }

  /** Uses up the host's memory until the kernel has killed the unit's main process. */
  async outOfMemory(unit: string): Promise<void> {
    await eatMemoryUntilKilled(this.#names, unit);
  }

  /** Stops at once: no goodbye on the network, and what was not synced is lost. `boot` brings it back. */
  async powerCut(): Promise<void> {
    await cut(this.#names, this.#others());
    await losePower(this.#names);
    await kill(this.#names);
    await unmountUnder(this.#names.directory);
  }

  /** Shuts down in an orderly way. */
  async powerOff(): Promise<void> {
    await this.rootShell(["systemctl", "poweroff"]);
    await until(`${this.name} is off`, 90, () => leaderOf(this.#names) === undefined || undefined);
    await kill(this.#names);
  }

  async boot(): Promise<void> {
    if (mountsUnder(this.#names.directory).length === 0) await mountDisk(this.#names, this.#testbed.image);
    await this.restore();
    switchOn(this.#names);
    await settled(this.#names);
  }

  /** An orderly one; a host that hangs on its way down is switched off and on, as a watchdog would, and says why. */
  async reboot(): Promise<void> {
    const before = await bootIdOf(this.#names);
    await this.rootShell(["timeout", "10", "systemctl", "--no-block", "reboot"]);
    try {
      await until(`${this.name} has rebooted`, 45, async () => {
        const now = await bootIdOf(this.#names);
        return (now !== undefined && now !== before) || undefined;
      });
    } catch (error) {
      process.emitWarning(`${(error as Error).message}; it is switched off and on.\n${await stateOf(this.#names)}`);
      await this.powerCut();
      await this.boot();
    }
    await settled(this.#names);
  }

  /**
   * A new disk, and every fault undone: the host as it was on its first boot, with the same keys and ids.
   *
   * Safer than removing what somebody may have left, and about as fast.
   */
  async reset(): Promise<void> {
    await kill(this.#names);
    await unmountUnder(this.#names.directory);
    await createDisk(this.#names, this.#testbed.diskBytes);
    await mountDisk(this.#names, this.#testbed.image);
    installIdentity(this.#names, namesOfRun(this.#testbed.run), this.#fleet());
    // A power cut in the first seconds would otherwise leave an empty host key, and no sshd.
    await syncDisk(this.#names);
    await this.boot();
    await refuseFailedUnits(this.#names);
  }

  #fleet(): HostNames[] {
    return this.#testbed.hosts.map(({ name, index }) => namesOfHost(this.#testbed.run, name, index));
  }

  #others(): HostNames[] {
    return this.#fleet().filter(({ name }) => name !== this.name);
  }
}
