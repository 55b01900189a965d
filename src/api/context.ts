/** What the routes work with. `signalbox.ts` hands it in. */
import type { ConfigurationProposal } from "../core/configuration-change.ts";
import type { Caller, Right } from "../core/permissions.ts";
import type { Settings } from "../core/settings.ts";
import type { PushOffice } from "../deployments/pushes/office.ts";
import type { World } from "../deployments/world.ts";

export interface AppliedConfiguration {
  /** `null` while it waits for a second person. */
  readonly version: number | null;
  readonly warnings: string;
  readonly proposal?: ConfigurationProposal;
}

export interface ApiContext {
  readonly world: World;
  readonly settings: Settings;
  /** Whether this process only works for one command, so that it can't wait for people. */
  readonly withoutServer?: boolean;
  /** Takes in what verified webhooks say. */
  readonly pushes: Pick<PushOffice, "receive">;
  /** Why this process may change environments that need an approval. */
  readonly breakGlass?: string;
  /** Validates a new configuration and takes it into use. */
  readonly applyConfiguration: (text: string, file: string, by: Caller) => Promise<AppliedConfiguration>;
  /** The caller of a token, or nobody. */
  readonly callerOf: (token: string) => Promise<Caller | undefined>;
  readonly version: string;
}

/** What a caller must be allowed to do: one right, or to be somebody (`signed-in`), or to be a person. */
export type NeededRight = Right | "open" | "signed-in" | "person";

/**
 * Where: in the environment that the body or the address names, in that of the deployment or approval `:ref`, in each
 * environment that `:host` serves, in any (the route shows only what its caller may see), or in every one. `self` is
 * for what belongs to the person `:login`: that person needs no right, others need it in every environment.
 */
export type NeededWhere = "body" | "params" | "deployment" | "approval" | "host" | "any" | "every" | "self";

/** Who may call a route. Without a right, or a right without a place, it is closed to everybody. */
export interface RouteRule {
  readonly method: string;
  readonly url: string;
  readonly right: NeededRight | undefined;
  readonly environment: NeededWhere | undefined;
}

declare module "fastify" {
  interface FastifyInstance {
    rules: RouteRule[];
  }
  interface FastifyRequest {
    caller: Caller;
  }
  interface FastifyContextConfig {
    right?: NeededRight;
    environment?: NeededWhere;
    /** It is for people with a browser: its callers have sessions, and no tokens. */
    page?: true;
  }
}
