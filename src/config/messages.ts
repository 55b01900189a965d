/** `messages:`, the ways to reach people, and what environments say about them. */
import { z } from "zod";

import { channelOptions } from "../adapters/notifiers/options.ts";
import type { ChannelKind } from "../core/channel.ts";
import { languages } from "../core/language.ts";
import { isZone } from "../core/freeze-week.ts";
import { about, exactlyOne, optional, textUpTo } from "./values.ts";

const channelName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "must be 1 to 63 of a-z, 0-9 and '-', beginning with a letter or digit");

export const channelKinds = Object.keys(channelOptions) as readonly ChannelKind[];

const channelSchema = z
  .strictObject({
    mail: optional(channelOptions.mail, "Mail, by SMTP.", {
      examples: [
        { host: "smtp.example.com", from: "signalbox@example.com", user: "signalbox", password: "SMTP_PASSWORD" },
      ],
    }),
    slack: optional(channelOptions.slack, "Slack, by a bot.", { examples: [{ token: "SLACK_TOKEN" }] }),
    teams: optional(channelOptions.teams, "Microsoft Teams, by a webhook of Workflows."),
    discord: optional(channelOptions.discord, "Discord, by a webhook."),
    telegram: optional(channelOptions.telegram, "Telegram, by a bot."),
    jandi: optional(channelOptions.jandi, "JANDI, by an incoming webhook."),
    dooray: optional(channelOptions.dooray, "Dooray! messenger, by an incoming hook."),
    "naver-works": optional(channelOptions["naver-works"], "NAVER WORKS, by a bot."),
    custom: optional(channelOptions.custom, "Anything that takes JSON by POST."),
  })
  .refine(exactlyOne(channelKinds), `must be exactly one of ${channelKinds.join(", ")}`);

export type ChannelSettings = z.output<typeof channelSchema>;

const language = z.enum(languages);

export const messagesSchema = z.strictObject({
  channels: about(
    z.record(channelName, channelSchema),
    "Ways to reach people, by the names that people's contacts and environments have for them.",
    { examples: [{ slack: { slack: { token: "SLACK_TOKEN" } } }] },
  ),
  order: optional(
    z.array(channelName).max(20, "must have at most 20 channels"),
    "The channels in the order in which people are reached. Default: each person's contacts in the order that they have there.",
    { examples: [["slack", "mail"]] },
  ),
  language: optional(language, "In which readers are written to who have not chosen: environments, and pushers.", {
    default: "en",
  }),
  timeZone: optional(
    textUpTo(64).refine(isZone, "must be the name of a time zone, such as Asia/Seoul"),
    "In which times are said.",
    { default: "UTC", examples: ["Asia/Seoul"] },
  ),
  pushers: optional(
    channelName,
    "A channel of mail by which whoever pushed is told of a failure at the address in the commit, without having an account. Without it such people are not told.",
    { examples: ["mail"] },
  ),
});

export type MessagesSettings = z.output<typeof messagesSchema>;

const waySchema = z.strictObject({
  via: about(channelName, "The name of a channel in `messages`.", { examples: ["slack"] }),
  to: optional(
    textUpTo(254).regex(/^[^\0-\x20\x7F]+$/, "must not have spaces in it"),
    "A room or a mail address there; left out where the channel has only one.",
    { examples: ["#deploys"] },
  ),
});

export type WaySettings = z.output<typeof waySchema>;

export const environmentChannelSchema = waySchema.extend({
  second: optional(waySchema, "Where the messages go while the first one does not take them."),
  language: optional(language, "Default: that of `messages`."),
});
