/** Who can say who people are, as the configuration names it at the moment. Its library is loaded when somebody signs in. */
import { digestOf } from "../../core/digest.ts";
import type { OidcSettings } from "../../core/sign-in-settings.ts";
import type { IdentityProvider } from "../../ports/identity-provider.ts";

export interface ProviderOptions {
  readonly settings: () => OidcSettings | undefined;
  /** The value of a secret of the server. */
  readonly secret: (name: string) => Promise<string>;
  readonly now: () => number;
}

export interface Configured {
  readonly provider: IdentityProvider;
  readonly settings: OidcSettings;
}

/** The same provider as long as the configuration stays as it is. */
export function identityProviders({ settings: current, secret, now }: ProviderOptions): () => Configured | undefined {
  let last: (Configured & { readonly digest: string }) | undefined;
  return () => {
    const settings = current();
    if (settings === undefined) return undefined;
    const digest = digestOf(settings);
    if (last?.digest !== digest) last = { digest, settings, provider: whenNeeded(settings, secret, now) };
    return last;
  };
}

function whenNeeded(
  settings: OidcSettings,
  secret: ProviderOptions["secret"],
  now: ProviderOptions["now"],
): IdentityProvider {
  let loading: Promise<IdentityProvider> | undefined;
  const load = async (): Promise<IdentityProvider> => {
    const { oidcProvider } = await import("./oidc.ts");
    return oidcProvider({ settings, clientSecret: async () => secret(settings.clientSecret), now });
  };
  const provider = async (): Promise<IdentityProvider> => (loading ??= load());
  return {
    begin: async (callback) => (await provider()).begin(callback),
    finish: async (address, kept) => (await provider()).finish(address, kept),
  };
}
