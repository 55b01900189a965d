/** What the routes work with. `signalbox.ts` hands it in. */
import type { Caller, Scope } from "../core/permissions.ts";
import type { Settings } from "../core/settings.ts";
import type { World } from "../deployments/world.ts";

export interface ApiContext {
  readonly world: World;
  readonly settings: Settings;
  /** Whether this process only works for one command, so that it can't wait for people. */
  readonly withoutServer?: boolean;
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

/** Who may call a route; nobody where there is no scope. */
export interface RouteRule {
  readonly method: string;
  readonly url: string;
  readonly scope: Scope | "open" | undefined;
}

declare module "fastify" {
  interface FastifyInstance {
    rules: RouteRule[];
  }
  interface FastifyRequest {
    caller: Caller;
  }
  interface FastifyContextConfig {
    /** Every route names what its caller must be allowed to do; `open` needs no token. */
    scope?: Scope | "open";
  }
}
