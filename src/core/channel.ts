/** Ways to reach people, as they are configured. Secrets are named, never given. */
import type { Language } from "./language.ts";

export type Channel =
  | {
      readonly kind: "mail";
      readonly host: string;
      readonly port: number;
      /** `starttls`: begins in clear and must go on encrypted; `none`: only for a server on this machine. */
      readonly tls: "starttls" | "tls" | "none";
      readonly from: string;
      readonly user?: string;
      readonly password?: string;
      /** A file with the certificates that the server is trusted by. */
      readonly ca?: string;
    }
  | { readonly kind: "slack" | "telegram"; readonly token: string; readonly api: string }
  /** `url` names a secret: whoever knows the address of a webhook may post there. */
  | { readonly kind: "teams" | "discord" | "jandi" | "dooray"; readonly url: string }
  | {
      readonly kind: "naver-works";
      readonly bot: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly serviceAccount: string;
      readonly privateKey: string;
      readonly api: string;
      readonly login: string;
    }
  | {
      readonly kind: "custom";
      readonly url: string;
      /** Each value names a secret. */
      readonly headers: Readonly<Record<string, string>>;
      /** JSON, with `{{title}}` and its like in its texts. */
      readonly body: Json;
    };

export type ChannelKind = Channel["kind"];

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A place at a channel: a mail address, a member or room of a chat; empty where the channel has only one. */
export interface Way {
  readonly via: string;
  readonly address: string;
}

/** Where an environment's messages go, the preferred way first. */
export interface EnvironmentChannel {
  readonly ways: readonly Way[];
  readonly language: Language;
}

export interface MessageSettings {
  readonly channels: ReadonlyMap<string, Channel>;
  /** In which channels are looked for first, for readers who have not chosen. */
  readonly order: readonly string[];
  /** Of readers who have not chosen. */
  readonly language: Language;
  readonly timeZone?: string;
  /** The channel by which whoever pushed is told without having an account; missing: such people are not told. */
  readonly pushers?: string;
  channelOf(environment: string): EnvironmentChannel | undefined;
}

/** The names of the secrets that a channel is told. */
export function secretsOf(channel: Channel): readonly string[] {
  switch (channel.kind) {
    case "mail":
      return channel.password === undefined ? [] : [channel.password];
    case "slack":
    case "telegram":
      return [channel.token];
    case "naver-works":
      return [channel.clientSecret, channel.privateKey];
    case "custom":
      return [channel.url, ...Object.values(channel.headers)];
    default:
      return [channel.url];
  }
}
