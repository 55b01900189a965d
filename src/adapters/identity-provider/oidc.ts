/** OpenID Connect: the code flow with PKCE, state and nonce, against what the provider's discovery says. */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from "openid-client";
import type { Configuration, IDToken } from "openid-client";

import type { OidcSettings } from "../../core/sign-in-settings.ts";
import type { Began, ForeignIdentity, IdentityProvider } from "../../ports/identity-provider.ts";
import { IdentityRefused } from "../../ports/identity-provider.ts";

const limitSeconds = 10;
/** Keys and addresses of a provider change; what was discovered is asked again after this. */
const freshMilliseconds = 60 * 60 * 1000;

export interface OidcOptions {
  readonly settings: OidcSettings;
  /** Read each time: a new secret counts at once. */
  readonly clientSecret: () => Promise<string>;
  readonly now: () => number;
}

export function oidcProvider({ settings, clientSecret, now }: OidcOptions): IdentityProvider {
  let known: { readonly secret: string; readonly at: number; readonly configuration: Configuration } | undefined;
  const configuration = async (): Promise<Configuration> => {
    const secret = await clientSecret();
    if (known === undefined || known.secret !== secret || now() - known.at > freshMilliseconds) {
      known = { secret, at: now(), configuration: await discovered(settings, secret) };
    }
    return known.configuration;
  };
  return {
    begin: async (callback) => begin(await orRefused(configuration()), callback),
    finish: async (address, kept) => finish(await orRefused(configuration()), settings, address, kept),
  };
}

async function discovered({ issuer, clientId }: OidcSettings, secret: string): Promise<Configuration> {
  const server = new URL(issuer);
  // The configuration takes http for this machine only.
  const execute = server.protocol === "http:" ? [allowInsecureRequests] : [];
  return discovery(server, clientId, secret, undefined, { execute, timeout: limitSeconds });
}

async function begin(configuration: Configuration, callback: string): Promise<Began> {
  const state = randomState();
  const nonce = randomNonce();
  const verifier = randomPKCECodeVerifier();
  const url = buildAuthorizationUrl(configuration, {
    redirect_uri: callback,
    scope: "openid profile email",
    response_type: "code",
    state,
    nonce,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  return { url: url.href, kept: [state, nonce, verifier].join(".") };
}

async function finish(
  configuration: Configuration,
  settings: OidcSettings,
  address: string,
  kept: string,
): Promise<ForeignIdentity> {
  const [expectedState = "", expectedNonce = "", pkceCodeVerifier = ""] = kept.split(".");
  if (expectedState === "" || expectedNonce === "" || pkceCodeVerifier === "") {
    throw new IdentityRefused("nobody went to the provider from this browser");
  }
  const checks = { expectedState, expectedNonce, pkceCodeVerifier, idTokenExpected: true };
  const tokens = await orRefused(authorizationCodeGrant(configuration, new URL(address), checks));
  const claims = tokens.claims();
  if (claims === undefined) throw new IdentityRefused("the provider did not say who it is");
  return identityOf(claims, settings);
}

function identityOf(claims: IDToken, { login }: OidcSettings): ForeignIdentity {
  const text = (name: string): string | undefined => {
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
    return typeof value === "string" && value !== "" && value.length <= 200 ? value : undefined;
  };
  const mail = claims["email_verified"] === true ? text("email") : undefined;
  // The configuration takes it for one domain alone, so that the rest of the address is one person.
  const found = login === "email" ? mail?.split("@")[0] : text(login);
  const name = text("name");
  return {
    issuer: claims.iss,
    subject: claims.sub,
    ...(found === undefined ? {} : { login: found }),
    ...(name === undefined ? {} : { name }),
    ...(mail === undefined ? {} : { verifiedMail: mail }),
  };
}

/** The library's errors hold answers of the provider, which are not for logs. */
async function orRefused<Result>(asked: Promise<Result>): Promise<Result> {
  try {
    return await asked;
  } catch (error) {
    const { code = "unknown", message } = error as Error & { readonly code?: string };
    if (error instanceof IdentityRefused) throw error;
    throw new IdentityRefused(`the provider was asked without success: ${code} (${message.slice(0, 200)})`);
  }
}
