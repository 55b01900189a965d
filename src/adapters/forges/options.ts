import { z } from "zod";

const secretName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]{0,63}$/,
    "must be the name of a secret: letters, digits and '_', not beginning with a digit",
  );

const secrets = z
  .array(secretName)
  .min(1, "must name a secret: no webhook is taken without one")
  .max(2, "must name at most two secrets: the new one, and the old one until the forge has the new one")
  .describe("The names of the secrets that the forge signs with: one, or two while one takes the place of the other.");

const token = secretName
  .optional()
  .describe(
    "The name of the secret with the token for showing on commits what became of them. Without it nothing is shown.",
  );

const api = z
  .string()
  .max(2048)
  .refine(isApiAddress, "must be an https:// address without user, query and slash at its end");

const apiWithDefault = (address: string): z.ZodDefault<typeof api> =>
  api.default(address).describe("Where the API of the forge begins.");

const hook = z.strictObject({ secrets });

/** What a hook has to be told, by the kind of its forge. */
export const forgeOptions = {
  github: hook.extend({ token, api: apiWithDefault("https://api.github.com") }),
  gitlab: hook.extend({ token, api: apiWithDefault("https://gitlab.com/api/v4") }),
  gitea: hook.extend({
    token,
    api: api.optional().describe("Where the API begins, e.g. https://git.example.com/api/v1."),
  }),
  forgejo: hook.extend({ token, api: apiWithDefault("https://codeberg.org/api/v1") }),
  bitbucket: hook.extend({ token, api: apiWithDefault("https://api.bitbucket.org/2.0") }),
  signed: hook,
} as const;

function isApiAddress(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { username, password, search, hash, protocol, hostname } = new URL(text);
  const isNear = hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
  return username + password + search + hash === "" && !text.endsWith("/") && (protocol === "https:" || isNear);
}
