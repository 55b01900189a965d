/** Channels as the messages go by them, and what must be true between channels and those who use them. */
import { defaultApis, isLoopback, isMailAddress } from "../adapters/notifiers/options.ts";
import type { Channel, ChannelKind, EnvironmentChannel, Json, MessageSettings, Way } from "../core/channel.ts";
import type { Draft } from "./draft.ts";
import type { ChannelSettings, WaySettings } from "./messages.ts";
import { channelKinds as kinds } from "./messages.ts";
import type { Finding, PathStep } from "./problems.ts";
import { didYouMean } from "./suggest.ts";

export function messageSettingsOf({ messages, environments }: Draft): MessageSettings {
  const { channels = {}, order = [], language: usual = "en", timeZone, pushers } = messages;
  return {
    channels: new Map(Object.entries(channels).map(([name, settings]) => [name, channelOf(settings)])),
    order,
    language: usual,
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(pushers === undefined ? {} : { pushers }),
    channelOf(environment): EnvironmentChannel | undefined {
      const channel = environments.get(environment)?.settings.channel;
      if (channel?.via === undefined) return undefined;
      const { second } = channel;
      return {
        ways: [wayOf(channel), ...(second === undefined ? [] : [wayOf(second)])],
        language: channel.language ?? usual,
      };
    },
  };
}

function wayOf({ via, to = "" }: WaySettings): Way {
  return { via, address: to };
}

const mailPorts = { starttls: 587, tls: 465, none: 25 } as const;

function channelOf(settings: ChannelSettings): Channel {
  const kind = kinds.find((one) => settings[one] !== undefined)!;
  switch (kind) {
    case "mail": {
      const { tls = "starttls", port, ...mail } = settings.mail!;
      return { kind, tls, port: port ?? mailPorts[tls], ...mail };
    }
    case "slack":
    case "telegram":
      return { kind, api: defaultApis[kind], ...settings[kind]! };
    case "teams":
    case "discord":
    case "jandi":
    case "dooray":
      return { kind, url: settings[kind]!.url };
    case "naver-works":
      return { kind, api: defaultApis.naverWorks, login: defaultApis.naverWorksLogin, ...settings[kind]! };
    case "custom": {
      const { url, headers = {}, body } = settings.custom!;
      return { kind, url, headers, body: body as Json };
    }
  }
}

export function messageFindings(draft: Draft): Finding[] {
  const { channels = {}, order = [], pushers } = draft.messages;
  const known = (name: string, path: readonly PathStep[]): Finding[] => {
    if (Object.hasOwn(channels, name)) return [];
    const names = Object.keys(channels);
    const hint = (): string =>
      didYouMean(name, names) ??
      (names.length === 0 ? "There is none in messages.channels." : `The channels are ${names.join(", ")}.`);
    return [{ code: "SB-CONFIG-CHANNEL", path, message: `There is no channel ${name}.`, hint }];
  };
  return [
    ...order.flatMap((name, index) => known(name, ["messages", "order", index])),
    ...(pushers === undefined ? [] : pusherFindings(pushers, channels, known)),
    ...Object.entries(channels).flatMap(([name, settings]) =>
      mailFindings(settings, ["messages", "channels", name, "mail"]),
    ),
    ...[...draft.environments].flatMap(([name, { settings }]) => {
      const { channel } = settings;
      const path = ["environments", name, "channel"];
      const ways =
        channel === undefined
          ? []
          : ([
              [channel, path],
              [channel.second, [...path, "second"]],
            ] as const);
      return ways.flatMap(([way, here]) => {
        if (way?.via === undefined) return [];
        const unknown = known(way.via, [...here, "via"]);
        return unknown.length > 0 ? unknown : addressFindings(way, channels[way.via]!, here);
      });
    }),
  ];
}

function pusherFindings(
  pushers: string,
  channels: Readonly<Record<string, ChannelSettings>>,
  known: (name: string, path: readonly PathStep[]) => Finding[],
): Finding[] {
  const path = ["messages", "pushers"];
  const unknown = known(pushers, path);
  if (unknown.length > 0 || channels[pushers]?.mail !== undefined) return unknown;
  return [{ code: "SB-CONFIG-CHANNEL", path, message: `${pushers} is not a channel of mail.` }];
}

function mailFindings({ mail }: ChannelSettings, path: readonly PathStep[]): Finding[] {
  if (mail === undefined) return [];
  const finding = (key: string, message: string, hint: string): Finding[] => [
    { code: "SB-CONFIG-CHANNEL", path: [...path, key], message, hint },
  ];
  if (mail.tls === "none" && !isLoopback(mail.host))
    return finding("tls", "Mail would go over the network in clear.", "Leave tls out, or write starttls or tls.");
  if ((mail.user === undefined) !== (mail.password === undefined))
    return finding(
      mail.user === undefined ? "password" : "user",
      "user and password belong together.",
      "Give both or none.",
    );
  return [];
}

/** Kinds that need to be told where, and those that have only one place. */
const needsAddress: ReadonlySet<ChannelKind> = new Set(["mail", "slack", "telegram", "naver-works"]);
const hasOnePlace: ReadonlySet<ChannelKind> = new Set(["teams", "discord", "dooray"]);

function addressFindings(
  { to }: { readonly to?: string },
  settings: ChannelSettings,
  path: readonly PathStep[],
): Finding[] {
  const kind = kinds.find((one) => settings[one] !== undefined);
  if (kind === undefined) return [];
  const finding = (key: string, message: string): Finding[] => [
    { code: "SB-CONFIG-CHANNEL", path: [...path, key], message },
  ];
  if (to === undefined) return needsAddress.has(kind) ? finding("via", `A message by ${kind} needs a key to.`) : [];
  if (hasOnePlace.has(kind)) return finding("to", `A webhook of ${kind} has only one place; leave to out.`);
  const isMail = kind === "mail" || kind === "jandi";
  return isMail && !isMailAddress(to) ? finding("to", `${to} is not a mail address.`) : [];
}
