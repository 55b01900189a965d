/** What the pages work with. */
import type { OidcSettings } from "../../core/sign-in-settings.ts";
import type { World } from "../../deployments/world.ts";
import type { IdentityProvider } from "../../ports/identity-provider.ts";
import type { Office } from "./office.ts";

export interface PagesContext {
  readonly world: World;
  readonly office: Office;
  /** Where the pages are for their readers, such as `https://deploy.example.com`. */
  readonly server: () => string | undefined;
  /** Of most readers; missing: the server's own. */
  readonly timeZone?: () => string | undefined;
  /** Somebody else's server that knows people, and who of them may come in. */
  readonly elsewhere?: () => Elsewhere | undefined;
}

export interface Elsewhere {
  readonly provider: IdentityProvider;
  readonly settings: Pick<OidcSettings, "only" | "create">;
}
