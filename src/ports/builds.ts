/** Builds an artifact from a checked-out source, somewhere. */
import type { Artifact } from "../core/release.ts";
import type { Build } from "../core/service.ts";

export interface BuildRequest {
  /** Names the workspace; the same id finds an artifact that was already built. */
  readonly id: string;
  readonly build: Build;
  /** A directory on the server with the source's files. */
  readonly source: string;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** The build's own commands failed, ran too long, or left no artifact. */
export class BuildFailed extends Error {
  override readonly name = "BuildFailed";
}

export interface Builds {
  /**
   * Builds on the server or on a host, in a clean environment and a directory of its own, and brings the artifact
   * into the artifact store.
   *
   * @throws {BuildFailed}
   * @throws {HostUnreachable} when the builder host can't be reached
   */
  build(where: "server" | { readonly host: string }, request: BuildRequest): Promise<Artifact>;
}
