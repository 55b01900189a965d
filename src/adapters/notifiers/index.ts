/** The products that can reach people, by the word that the configuration has for them. */
import type { Channel, ChannelKind } from "../../core/channel.ts";
import type { Notifier, Notifiers } from "../../ports/notifier.ts";

export interface NotifierSetup {
  /** The value of a secret, read each time that it is needed. */
  readonly secret: (name: string) => Promise<string>;
  readonly now: () => number;
}

type Product<Kind extends ChannelKind> = (
  channel: Extract<Channel, { kind: Kind }>,
  setup: NotifierSetup,
) => Promise<Notifier>;

const products: { readonly [Kind in ChannelKind]: Product<Kind> } = {
  mail: async (settings, { secret }) =>
    (await import("./mail.ts")).mail(settings, async () => secret(settings.password ?? "")),
  slack: async ({ api, token }, { secret }) => (await import("./slack.ts")).slack(api, async () => secret(token)),
  telegram: async ({ api, token }, { secret }) =>
    (await import("./telegram.ts")).telegram(api, async () => secret(token)),
  teams: async ({ url }, { secret }) => (await import("./teams.ts")).teams(async () => secret(url)),
  discord: async ({ url }, { secret }) => (await import("./discord.ts")).discord(async () => secret(url)),
  jandi: async ({ url }, { secret }) => (await import("./jandi.ts")).jandi(async () => secret(url)),
  dooray: async ({ url }, { secret }) => (await import("./dooray.ts")).dooray(async () => secret(url)),
  "naver-works": async (settings, { secret, now }) =>
    (await import("./naver-works.ts")).naverWorks(settings, {
      clientSecret: async () => secret(settings.clientSecret),
      privateKey: async () => secret(settings.privateKey),
      now,
    }),
  custom: async (settings, { secret }) => (await import("./custom.ts")).custom(settings, secret),
};

/** Each is loaded when a message first needs it. A channel that is configured anew is another one. */
export function notifiers(setup: NotifierSetup): Notifiers {
  const known = new Map<string, Promise<Notifier>>();
  // A file that a secret was read from ends with a line break.
  const trimming = { ...setup, secret: async (name: string) => (await setup.secret(name)).replace(/[\r\n]+$/, "") };
  const load = (channel: Channel): Promise<Notifier> =>
    (products[channel.kind] as Product<ChannelKind>)(channel, trimming);
  return {
    of(channel) {
      const key = JSON.stringify(channel);
      const notifier = known.get(key) ?? load(channel);
      known.set(key, notifier);
      return notifier;
    },
  };
}
