/** What the routes work with. `signalbox.ts` hands it in. */
import type { Settings } from "../core/settings.ts";
import type { World } from "../deployments/world.ts";

/** What a caller may do. `admin` may do everything. */
export const scopes = ["read", "deploy", "artifacts", "admin"] as const;
export type Scope = (typeof scopes)[number];

/** Who calls, and with which rights. */
export interface Caller {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

export interface ApiContext {
  readonly world: World;
  readonly settings: Settings;
  /** Why this process may change environments that need an approval. */
  readonly breakGlass?: string;
  /** Validates a new configuration and takes it into use. */
  readonly applyConfiguration: (
    text: string,
    file: string,
    by: string,
  ) => Promise<{ readonly version: number; readonly warnings: string }>;
  /** The caller of a token, or nobody. */
  readonly callerOf: (token: string) => Promise<Caller | undefined>;
  readonly version: string;
}

declare module "fastify" {
  interface FastifyRequest {
    caller: Caller;
  }
  interface FastifyContextConfig {
    /** Every route names what its caller must be allowed to do; `open` needs no token. */
    scope?: Scope | "open";
  }
}
