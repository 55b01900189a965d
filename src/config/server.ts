/** `server:` and `people:`, how people come to the pages. */
import { z } from "zod";

import type { OidcSettings, ServerSettings } from "../core/sign-in-settings.ts";
import { about, optional, textUpTo } from "./values.ts";

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Over TLS; without it on this machine only. */
function isSafeUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && loopback.test(url.hostname));
}

const safeUrl = textUpTo(500).refine(isSafeUrl, "must be an https address without a password, a query or a fragment");

export const serverSchema = z.strictObject({
  url: optional(
    safeUrl.refine((text) => URL.parse(text)?.pathname === "/", "must be an origin, without a path"),
    "Where people find the pages: messages link to it, and forms are taken from there alone.",
    { examples: ["https://deploy.example.com"] },
  ),
});

const oidcKeys = z.strictObject({
  issuer: about(safeUrl, "The provider, as it names itself. Its answers have to name exactly this.", {
    examples: ["https://id.example.com/realms/staff"],
  }),
  clientId: about(textUpTo(200), "The name that Signalbox has there."),
  clientSecret: about(
    z.string().regex(/^[A-Z][A-Z0-9_]{0,62}$/, "must be the name of a secret"),
    "The name of the secret, as it was set by `signalbox secrets set`.",
    { examples: ["OIDC_CLIENT_SECRET"] },
  ),
  login: optional(
    z.string().regex(/^[A-Za-z0-9_:./-]{1,100}$/, "must be the name of a claim"),
    "The claim that is the login of a person here. People must not be able to change it themselves. Of `email` it is the part before the @, where the provider says that it is verified and `only` has one domain.",
    { default: "preferred_username" },
  ),
  only: optional(
    z
      .array(z.string().regex(/^(?:[a-z0-9-]+\.)+[a-z0-9-]+$/, "must be a domain in small letters"))
      .min(1)
      .max(50),
    "Only people with a verified mail address in one of these domains.",
    { examples: [["example.com"]] },
  ),
  create: optional(
    z.boolean(),
    "Whether somebody who is not known here becomes a person. They have no rights until somebody gives them some.",
    { default: false },
  ),
});

const oidcSchema = oidcKeys.refine(({ login, only = [] }) => login !== "email" || only.length === 1, {
  error: "takes the part before the @ of `email` as the login, which is one person only where `only` has one domain",
  path: ["login"],
});

export const peopleSchema = z.strictObject({
  oidc: optional(oidcSchema, "Signing in with somebody else's server (OpenID Connect), beside passwords."),
});

export type ServerFileSettings = z.output<typeof serverSchema>;
export type PeopleFileSettings = z.output<typeof peopleSchema>;

export function serverSettingsOf({ url }: Partial<ServerFileSettings>): ServerSettings {
  return url === undefined ? {} : { url: new URL(url).origin };
}

export function oidcSettingsOf({ oidc }: Partial<PeopleFileSettings>): OidcSettings | undefined {
  if (oidc === undefined) return undefined;
  const { login = "preferred_username", create = false, ...rest } = oidc;
  return { ...rest, login, create };
}
