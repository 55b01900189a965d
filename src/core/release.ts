/** What is put onto hosts: a numbered, immutable pair of an artifact and its settings. */

export interface Artifact {
  readonly sha256: string;
  readonly bytes: number;
  /** A `tar` is unpacked into the release's directory, a `file` lies in it under its name. */
  readonly form: "file" | "tar";
  readonly name: string;
}

export interface Release {
  /** Counts up per service and environment. */
  readonly number: number;
  readonly artifact: Artifact;
  /** The digest of the settings it runs with: a release is its artifact and its settings. */
  readonly settings: string;
  /** The commit it was built from, where it was built from one. */
  readonly revision?: string;
}

/** How a release is called on hosts: `<number>-<12 of sha256>`, `0` (the adopted unit), or `none` (nothing serves). */
export type ReleaseId = string;

/** Nothing serves: what was there before a first deployment. */
export const NO_RELEASE: ReleaseId = "none";

/** The hand-made unit that was there before Signalbox. */
export const ADOPTED_RELEASE: ReleaseId = "0";

export function releaseId(release: Release): ReleaseId {
  return `${release.number}-${release.artifact.sha256.slice(0, 12)}`;
}

/** How a release is called by people: `release 41`, `the adopted unit`, `nothing`. */
export function releaseTitle(id: ReleaseId): string {
  if (id === NO_RELEASE) return "nothing";
  if (id === ADOPTED_RELEASE) return "release 0 (adopted)";
  return `release ${id.split("-")[0]}`;
}
