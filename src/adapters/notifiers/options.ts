import { z } from "zod";

const secretName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]{0,63}$/,
    "must be the name of a secret: letters, digits and '_', not beginning with a digit",
  );

const secret = (what: string): z.ZodString => secretName.describe(`The name of the secret with ${what}.`);

const apiAddress = z
  .string()
  .max(2048)
  .refine(isApiAddress, "must be an https:// address without user, query and slash at its end");

const api = (address: string): z.ZodExactOptional<typeof apiAddress> =>
  z.exactOptional(apiAddress.meta({ description: "Where the API begins.", default: address }));

const text = (most: number): z.ZodString =>
  z
    .string()
    .min(1, "must not be empty")
    .max(most, { error: `must have at most ${most} characters`, abort: true })
    .regex(/^[^\0-\x1F\x7F]*$/, "must not have control characters or line breaks in it");

const mail = z.strictObject({
  host: text(253)
    .regex(/^[A-Za-z0-9.:-]+$/, "must be the name or the address of a mail server")
    .meta({ description: "The mail server.", examples: ["smtp.example.com"] }),
  port: z.exactOptional(
    z
      .int()
      .min(1, "must be at least 1")
      .max(65_535, "must be at most 65535")
      .meta({ description: "Default: 587, with `tls: tls` 465, with `tls: none` 25." }),
  ),
  tls: z.exactOptional(
    z.enum(["starttls", "tls", "none"]).meta({
      description: "How it is encrypted. `none` is only taken for a server on this machine.",
      default: "starttls",
    }),
  ),
  from: text(320)
    .refine((from) => mailAddressIn(from) !== undefined, "must be an address, or a name with an address in <>")
    .meta({ description: "Who it is from.", examples: ["Signalbox <signalbox@example.com>"] }),
  user: z.exactOptional(text(320).describe("Who logs in at the mail server.")),
  password: z.exactOptional(secret("the password of `user`")),
  ca: z.exactOptional(
    text(1024)
      .regex(/^\//, "must be an absolute path")
      .describe("A file with the certificates that the server is trusted by, in place of the usual ones."),
  ),
});

const hook = z.strictObject({
  url: secret("the address of the webhook: whoever knows it may post there"),
});

const slack = z.strictObject({
  token: secret("the token of the bot (`xoxb-...`), which may `chat:write`"),
  api: api("https://slack.com/api"),
});

const telegram = z.strictObject({ token: secret("the token of the bot"), api: api("https://api.telegram.org") });

const naverWorks = z.strictObject({
  bot: text(20).regex(/^\d+$/, "must be the number of the bot").describe("The number of the bot."),
  clientId: text(100).describe("The client ID of the app."),
  clientSecret: secret("the client secret of the app"),
  serviceAccount: text(200).describe("The service account of the app."),
  privateKey: secret("the private key of the service account (PEM)"),
  api: api("https://www.worksapis.com/v1.0"),
  login: api("https://auth.worksmobile.com/oauth2/v2.0"),
});

const headers = z
  .record(
    z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,62}$/, "must be the name of a header in small letters")
      .refine((name) => !/^(?:host|content-.*|transfer-encoding|connection|cookie)$/.test(name), "is not free"),
    secretName,
  )
  .refine((all) => Object.keys(all).length <= 8, "must have at most 8 headers");

const custom = hook.extend({
  headers: z.exactOptional(headers.describe("Headers, each with the name of the secret that is its value.")),
  body: z.record(z.string(), z.unknown()).meta({
    description:
      "The JSON that is posted. In its texts `{{title}}`, `{{text}}`, `{{link}}`, `{{tone}}`, `{{to}}`, `{{thread}}` and `{{key}}` are filled in.",
    examples: [{ text: "{{title}}\n{{text}}\n{{link}}" }],
  }),
});

/** What a channel has to be told, by its kind. */
export const channelOptions = {
  mail,
  slack,
  teams: hook,
  discord: hook,
  telegram,
  jandi: hook,
  dooray: hook,
  "naver-works": naverWorks,
  custom,
} as const;

export const defaultApis = {
  slack: "https://slack.com/api",
  telegram: "https://api.telegram.org",
  naverWorks: "https://www.worksapis.com/v1.0",
  naverWorksLogin: "https://auth.worksmobile.com/oauth2/v2.0",
} as const;

/** `kim@example.com` and `Kim <kim@example.com>`; nothing that a mail server could read as something else. */
export function mailAddressIn(from: string): { readonly name: string; readonly address: string } | undefined {
  const named = /^([^<>"\r\n]{0,200})<([^<>\s]+)>$/.exec(from);
  const address = named?.[2] ?? from;
  if (!isMailAddress(address)) return undefined;
  return { name: named?.[1]?.trim() ?? "", address };
}

export function isMailAddress(address: string): boolean {
  if (address.length > 254) return false;
  return /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(address);
}

export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/.test(hostname);
}

function isApiAddress(address: string): boolean {
  if (!/^https?:\/\//.test(address) || !URL.canParse(address)) return false;
  const { username, password, search, hash, protocol, hostname } = new URL(address);
  const isPlain = username + password + search + hash === "" && !address.endsWith("/");
  return isPlain && (protocol === "https:" || isLoopback(hostname));
}
