/** What a host said about itself and a service, in one inspection. Recorded, so that decisions can be replayed. */
import type { ReleaseId } from "./release.ts";

export interface HostFacts {
  readonly machineId: string;
  readonly bootId: string;
  /** Protocol number of the helper. */
  readonly protocol: number;
  /** What the slot serves now. */
  readonly current: ReleaseId;
  readonly previous: ReleaseId;
  /** The digest of the settings that the slot runs with; empty when nothing serves. */
  readonly settings: string;
  /** Systemd's word: `active`, `inactive`, `failed`... */
  readonly active: string;
  /** The unit file on the host is not the one that Signalbox wrote. */
  readonly drifted: boolean;
  /** Verified releases on the host, with the digest of the settings staged for each, if any. */
  readonly releases: Readonly<Record<ReleaseId, string>>;
  /** Bytes that an interrupted upload left, by the release's name. */
  readonly partial: Readonly<Record<ReleaseId, number>>;
  readonly directoriesReady: boolean;
  readonly freeBytes: number;
  readonly freeInodes: number;
  /** The program that the unit starts, as an absolute path; empty when it was not found. */
  readonly exec: string;
  /** What each runtime requirement's program printed about its version, in the order of the requirements. */
  readonly versions: readonly string[];
  /** The unit file as it is on the host. */
  readonly unitText: string;
  /** What each of its slots has, for a service with two of them. */
  readonly slots: Readonly<Record<string, SlotFacts>>;
  /** Who last changed the service here, as the fence on the host says. */
  readonly installation: string;
  readonly epoch: number;
  /** Programs on the host that make uploads cheaper. */
  readonly tools: readonly string[];
}

/** One slot of a service on a host. */
export interface SlotFacts {
  readonly current: ReleaseId;
  readonly previous: ReleaseId;
  readonly settings: string;
  readonly active: string;
}
