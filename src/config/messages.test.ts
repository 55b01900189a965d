import { describe, expect, it } from "vitest";

import { loadConfiguration } from "./load.ts";
import { settingsOf } from "./settings.ts";

const text = (messages: string, channel = ""): string => `
hosts: {}
services: {}
environments:
  production: { ${channel} }
${messages}
`;

function problemsOf(messages: string, channel?: string): readonly string[] {
  return loadConfiguration(text(messages, channel)).problems.map(
    ({ code, path, message }) => `${code} ${path}: ${message}`,
  );
}

const channels = `messages:
  channels:
    chat: { slack: { token: SLACK_TOKEN } }
    post: { mail: { host: smtp.example.com, from: Signalbox <s@example.com>, user: s, password: SMTP_PASSWORD } }
    team: { teams: { url: TEAMS_URL } }
`;

describe("channels for messages", () => {
  it("come with their defaults, and name their secrets", () => {
    const whole = `${channels}  language: ko\n  timeZone: Asia/Seoul\n  order: [chat, post]\n  pushers: post\n`;
    const { configuration, problems } = loadConfiguration(
      text(whole, 'channel: { via: chat, to: "#deploys", second: { via: team } }'),
    );
    expect(problems).toEqual([]);
    const { channelOf, channels: known, ...rest } = settingsOf(() => configuration!).messages();
    expect(rest).toEqual({ order: ["chat", "post"], language: "ko", timeZone: "Asia/Seoul", pushers: "post" });
    expect([...known]).toEqual([
      ["chat", { kind: "slack", token: "SLACK_TOKEN", api: "https://slack.com/api" }],
      [
        "post",
        {
          kind: "mail",
          tls: "starttls",
          host: "smtp.example.com",
          port: 587,
          from: "Signalbox <s@example.com>",
          user: "s",
          password: "SMTP_PASSWORD",
        },
      ],
      ["team", { kind: "teams", url: "TEAMS_URL" }],
    ]);
    const ways = [
      { via: "chat", address: "#deploys" },
      { via: "team", address: "" },
    ];
    expect(channelOf("production")).toEqual({ ways, language: "ko" });
    expect(channelOf("dev")).toBeUndefined();
  });

  it("may be missing altogether", () => {
    const { configuration } = loadConfiguration(text(""));
    expect(settingsOf(() => configuration!).messages()).toMatchObject({
      channels: new Map(),
      order: [],
      language: "en",
    });
  });

  it.each([
    [
      "a channel that is not there",
      channels,
      "channel: { via: caht, to: x }",
      "SB-CONFIG-CHANNEL environments.production.channel.via: There is no channel caht.",
    ],
    ["a room that is not named", channels, "channel: { via: chat }", "A message by slack needs a key to."],
    ["a room where there is one only", channels, "channel: { via: team, to: x }", "has only one place"],
    ["what is no mail address", channels, "channel: { via: post, to: ops }", "ops is not a mail address."],
    [
      "a second channel that is not there",
      channels,
      "channel: { via: team, second: { via: x } }",
      "channel.second.via: There is no channel x.",
    ],
    [
      "an order of unknown channels",
      `${channels}  order: [chat, x]\n`,
      "",
      "messages.order[1]: There is no channel x.",
    ],
    ["pushers by a chat", `${channels}  pushers: chat\n`, "", "chat is not a channel of mail."],
    ["no time zone", `${channels}  timeZone: Mars/North\n`, "", "must be the name of a time zone"],
    [
      "mail in clear",
      "messages: { channels: { m: { mail: { host: smtp.example.com, from: s@example.com, tls: none } } } }",
      "",
      "in clear",
    ],
    [
      "a user without a password",
      "messages: { channels: { m: { mail: { host: h, from: s@example.com, user: s } } } }",
      "",
      "belong together",
    ],
    [
      "an address for the name of a secret",
      "messages: { channels: { t: { teams: { url: 'https://x.example/' } } } }",
      "",
      "must be the name of a secret",
    ],
    [
      "an API in clear",
      "messages: { channels: { t: { slack: { token: T, api: 'http://x.example' } } } }",
      "",
      "must be an https:// address",
    ],
    [
      "two kinds in one",
      "messages: { channels: { t: { teams: { url: T }, discord: { url: T } } } }",
      "",
      "must be exactly one of",
    ],
    [
      "a second line in a header",
      'messages: { channels: { m: { mail: { host: h, from: "a@example.com\\nBcc: x" } } } }',
      "",
      "must",
    ],
    [
      "a header that is the connection's",
      "messages: { channels: { c: { custom: { url: U, headers: { host: H }, body: {} } } } }",
      "",
      "host",
    ],
  ])("are refused: %s", (_what, messages, channel, said) => {
    expect(problemsOf(messages, channel)).toEqual(expect.arrayContaining([expect.stringContaining(said)]));
  });
});
