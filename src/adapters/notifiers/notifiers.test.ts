import { generateKeyPairSync } from "node:crypto";

import { afterEach, describe, expect, it } from "vitest";

import type { Channel } from "../../core/channel.ts";
import type { NotifierUnderTest } from "../../ports/notifier.contract.ts";
import { anEnvelope, describeNotifier } from "../../ports/notifier.contract.ts";
import type { Notifier, Words } from "../../ports/notifier.ts";
import { aChatUnderTest, type ChatServer, type ChatService, type Parsed } from "./chat-server.fixture.ts";
import {
  customService,
  discordService,
  doorayService,
  jandiService,
  naverWorksService,
  slackService,
  teamsService,
  telegramService,
} from "./chat-services.fixture.ts";
import { notifiers } from "./index.ts";

const keys = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

/** A channel over a server on loopback, by the registry; each secret has the value that its kind needs. */
function over(
  service: ChatService,
  channel: (url: string) => Channel,
  secrets: (url: string) => Readonly<Record<string, string>>,
  more: { readonly known: string; readonly unknown?: string; readonly changes: boolean },
): () => Promise<NotifierUnderTest & { readonly server: ChatServer }> {
  return async () => {
    const make = (url: string): Notifier => ({
      send: async (envelope, signal) => {
        const values = secrets(url);
        const setup = { secret: async (name: string) => values[name] ?? "", now: () => 1_700_000_000_000 };
        return (await notifiers(setup).of(channel(url))).send(envelope, signal);
      },
    });
    return aChatUnderTest(service, make, { ...more, secrets: ["s3cret", "PRIVATE KEY"] });
  };
}

const hook = (kind: "teams" | "discord" | "jandi" | "dooray", service: ChatService, known = "") =>
  over(
    service,
    () => ({ kind, url: "URL" }),
    (url) => ({ URL: `${url}/api/webhooks/1/s3cret-token` }),
    { known, changes: kind === "discord" },
  );

const chats = {
  slack: over(
    slackService,
    (url) => ({ kind: "slack", token: "TOKEN", api: `${url}/api` }),
    () => ({ TOKEN: "xoxb-s3cret-token\n" }),
    { known: "U1", unknown: "U9", changes: true },
  ),
  telegram: over(
    telegramService,
    (url) => ({ kind: "telegram", token: "TOKEN", api: url }),
    () => ({ TOKEN: "42:s3cret-token" }),
    { known: "-100", unknown: "-9", changes: true },
  ),
  discord: hook("discord", discordService),
  teams: hook("teams", teamsService),
  jandi: hook("jandi", jandiService, "kim@example.com"),
  dooray: hook("dooray", doorayService),
  "naver-works": over(
    naverWorksService(keys.publicKey),
    (url) => ({
      kind: "naver-works",
      bot: "7",
      clientId: "client",
      clientSecret: "CLIENT",
      serviceAccount: "bot@example",
      privateKey: "KEY",
      api: `${url}/v1.0`,
      login: `${url}/oauth`,
    }),
    () => ({ CLIENT: "s3cret-client", KEY: keys.privateKey }),
    { known: "room", unknown: "lost", changes: false },
  ),
  custom: over(
    customService,
    () => ({
      kind: "custom",
      url: "URL",
      headers: { "x-key": "KEY" },
      body: { text: "{{title}}\n{{text}}", at: "{{link}}" },
    }),
    (url) => ({ URL: `${url}/s3cret`, KEY: "s3cret-key" }),
    { known: "", changes: false },
  ),
} as const;

for (const [name, open] of Object.entries(chats)) describeNotifier(name, open);

/** What somebody could write into a reason to be read as something else. */
const hostile: Words = {
  title: "@everyone **x** <!channel>",
  paragraphs: [
    "[here](https://evil.example) <@U1> {{DATE(2026-01-01,SHORT)}} `a` _b_ ~c~ > d # e",
    "<script>alert(1)</script>",
  ],
  facts: [{ name: "By", value: "@kim /start {{title}}" }],
  link: { label: "Open|it>", url: "https://signalbox.example/a?b=<c>|d" },
  tone: "bad",
};

describe("hostile words", () => {
  let world: (NotifierUnderTest & { readonly server: ChatServer }) | undefined;
  afterEach(async () => world?.stop());

  const sent = async (name: keyof typeof chats): Promise<Parsed> => {
    world = await chats[name]();
    await world.notifier.send(anEnvelope(world.known, { words: hostile }), AbortSignal.timeout(5_000));
    return world.server.requests.at(-1)!.json;
  };

  it("are plain text in Slack, but for the link, which they can't leave", async () => {
    const { text, blocks, parse, link_names, mrkdwn } = await sent("slack");
    expect({ text, parse, link_names, mrkdwn }).toEqual({
      text: "@everyone **x** &lt;!channel&gt;",
      parse: "none",
      link_names: false,
      mrkdwn: false,
    });
    const texts = blocks.flatMap((block: Parsed) => [block.text ?? [], ...(block.fields ?? [])]).flat();
    expect(texts.map(({ type }: Parsed) => type)).toEqual([
      "plain_text",
      "plain_text",
      "plain_text",
      "plain_text",
      "mrkdwn",
    ]);
    expect(texts.at(-1).text).toBe("<https://signalbox.example/a?b=%3Cc%3E%7Cd|Openit&gt;>");
  });

  it("mention nobody in Discord, and each of its marks is escaped", async () => {
    const { allowed_mentions, embeds } = await sent("discord");
    expect(allowed_mentions).toEqual({ parse: [] });
    expect(embeds[0].title).toBe(String.raw`\@everyone \*\*x\*\* \<!channel\>`);
    expect(embeds[0].description).toContain(String.raw`\[here\]\(https\://evil.example\) \<\@U1\>`);
    expect(embeds[0].description).toContain(String.raw`\`a\` \_b\_ \~c\~ \> d \# e`);
    expect(embeds[0].fields[0].value).toContain(String.raw`\@kim`);
  });

  it("are not parsed by Telegram, and its names are taken apart", async () => {
    const { text, entities, parse_mode } = await sent("telegram");
    expect(parse_mode).toBeUndefined();
    expect(text).toMatch(/^@\u200Beveryone \*\*x\*\* <!channel>\n\n/);
    expect(text).toContain("@\u200Bkim /\u200Bstart");
    expect(entities).toEqual([
      { type: "bold", offset: 0, length: text.indexOf("\n") },
      {
        type: "text_link",
        offset: text.lastIndexOf("\n") + 1,
        length: 8,
        url: "https://signalbox.example/a?b=%3Cc%3E|d",
      },
    ]);
  });

  it("are runs of text in Teams, in which nothing is filled in", async () => {
    const { content } = (await sent("teams")).attachments[0];
    const runs = content.body.flatMap(({ type, inlines }: Parsed) => [type, ...inlines.map((one: Parsed) => one.type)]);
    expect(new Set(runs)).toEqual(new Set(["RichTextBlock", "TextRun"]));
    expect(JSON.stringify(content)).not.toContain("{{");
    expect(content.actions).toEqual([
      { type: "Action.OpenUrl", title: "Open|it>", url: "https://signalbox.example/a?b=%3Cc%3E|d" },
    ]);
  });

  it.each(["jandi", "dooray", "naver-works"] as const)(
    "lose their marks in %s, which documents no way to escape them",
    async (name) => {
      const all = JSON.stringify(await sent(name)).replaceAll(/https:\/\/signalbox\.example[^")]*/g, "");
      // Of the marks only the link of JANDI is left, which is ours.
      expect(all.replace(/\[Open[^\]]*\]\(\)/, "")).not.toMatch(
        /@(?!\u200B|example)\w|\*\*|\]\(|<(?!\u200B)|`(?!\u200B)/,
      );
      expect(all).toContain("everyone");
    },
  );

  it("stay in their texts in JSON of one's own, and are not filled in again", async () => {
    const { text, at, ...more } = await sent("custom");
    expect(more).toEqual({});
    expect(text).toContain("By: @kim /start {{title}}");
    expect(at).toBe("https://signalbox.example/a?b=<c>|d");
  });
});

describe("a webhook", () => {
  it("goes nowhere but to https, or to this machine", async () => {
    for (const address of [
      "http://chat.example/hook",
      "file:///etc/passwd",
      "https://user:pw@chat.example/",
      "nonsense",
    ]) {
      const setup = { secret: async () => address, now: () => 0 };
      const notifier = await notifiers(setup).of({ kind: "teams", url: "URL" });
      const sending = notifier.send(anEnvelope(""), AbortSignal.timeout(1_000));
      await expect(sending).rejects.toThrow("teams: its address is not one of https://");
    }
  });

  it("never follows a redirect", async () => {
    const world = await chats.teams();
    await world.behave("redirecting");
    await expect(world.notifier.send(anEnvelope(""), AbortSignal.timeout(5_000))).rejects.toThrow("is not followed");
    expect(world.server.requests).toEqual([]);
    await world.stop();
  });

  it("reads its secret each time, so that a new one counts at once", async () => {
    let asked = 0;
    const setup = { secret: async () => `xoxb\nline ${(asked += 1)}`, now: () => 0 };
    const all = notifiers(setup);
    for (let count = 0; count < 2; count += 1) {
      const notifier = await all.of({ kind: "slack", token: "T", api: "http://127.0.0.1:1" });
      await expect(notifier.send(anEnvelope("U1"), AbortSignal.timeout(1_000))).rejects.toThrow("no header can carry");
    }
    expect(asked).toBe(2);
  });
});
