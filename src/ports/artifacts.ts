/** The artifacts that the server keeps, by the SHA-256 of their bytes. */
import type { Artifact } from "../core/release.ts";
import type { ByteSource } from "./hosts.ts";

/** What was offered is not an artifact. */
export class ArtifactRefused extends Error {
  override readonly name = "ArtifactRefused";
}

/** Both artifacts are in memory while a difference is made; larger ones are left to other ways of sending them. */
export const largestCompared = 250 * 1024 * 1024;

export interface Artifacts {
  /**
   * Takes in a file (kept as it is) or a directory (packed so that equal content has an equal digest).
   *
   * @throws {ArtifactRefused} for links that lead out, devices, or names that can't be unpacked safely
   */
  takeIn(path: string): Promise<Artifact>;
  /**
   * Takes in a directory that another machine packed as a tar file. It is packed again here, so that it has the digest
   * that the same directory would have on the server.
   *
   * @throws {ArtifactRefused} as `takeIn`
   */
  takeInPacked(path: string, name: string): Promise<Artifact>;
  has(sha256: string): Promise<boolean>;
  /** What was taken in under this digest. */
  describe(sha256: string): Promise<Artifact | undefined>;
  /** Where it lies on the server, for programs that read files. Whoever writes there damages it. */
  fileOf(sha256: string): string;
  /** Its bytes, from an offset on. */
  read(sha256: string, from?: number): ByteSource;
  /** A difference that turns one artifact into another, or nothing when it would not be worth it. */
  difference(from: string, to: string): Promise<Difference | undefined>;
  /** Forgets artifacts except these, and except those that came after a time in milliseconds. */
  keepOnly(sha256: ReadonlySet<string>, since: number): Promise<readonly string[]>;
}

/** What turns one artifact into another on a host that has the one. */
export interface Difference {
  /** Read there by `applyDifference` (core/difference.ts). */
  readonly stream: ByteSource;
  /** Of how many old and new parts it consists. */
  readonly pieces: number;
}
