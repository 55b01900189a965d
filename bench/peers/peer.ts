/** Somebody who deploys: the lower bound, Signalbox, or another tool. */
import type { ControllerGroup } from "../support/controller-group.ts";
import type { Fleet } from "../support/fleet.ts";
import type { BenchRelease } from "../support/release.ts";

/** The two things that are measured. */
export type Work = "release" | "no-op";

export interface Row {
  readonly title: string;
  readonly work: Work;
  /** What exactly it does, in one sentence, printed below the table. */
  readonly about: string;
  /** Not measured: whatever has to be there before, such as connections that stand or the release that is asked for again. */
  prepare?(release: BenchRelease): Promise<void>;
  run(release: BenchRelease): Promise<void>;
}

/** Opens a peer, or says in a sentence why it cannot take part on this machine. */
export type OpenPeer = (fleet: Fleet) => Promise<Peer | string>;

export interface Peer {
  readonly group: ControllerGroup;
  readonly rows: readonly Row[];
  /** Not measured: the first release, onto hosts that have none. */
  begin(release: BenchRelease): Promise<void>;
  close(): Promise<void>;
}
