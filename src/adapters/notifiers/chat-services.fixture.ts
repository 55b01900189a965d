/** Chats as their documentation describes them. None of this was compared with the real services. */
import { createPublicKey, verify } from "node:crypto";

import type { ChatService, Parsed } from "./chat-server.fixture.ts";
import { check, isText } from "./chat-server.fixture.ts";

/** docs.slack.dev: "chat.postMessage", "chat.update", "Blocks". */
export const slackService: ChatService = {
  answer({ path, headers, json }, server) {
    if (headers.authorization !== "Bearer xoxb-s3cret-token") return { json: { ok: false, error: "invalid_auth" } };
    if (json.channel !== "U1" && json.channel !== "D1") return { json: { ok: false, error: "channel_not_found" } };
    check(isText(json.text, 4000), "text");
    check((json.blocks ?? []).length <= 50, "at most 50 blocks");
    for (const block of json.blocks ?? []) {
      if (block.type === "header") check(block.text.type === "plain_text" && isText(block.text.text, 150), "header");
      if (block.type === "section" && block.text !== undefined) check(isText(block.text.text, 3000), "section");
      if (block.fields !== undefined)
        check(block.fields.length <= 10 && block.fields.every((one: Parsed) => isText(one.text, 2000)), "fields");
    }
    if (path === "/api/chat.postMessage") return { json: { ok: true, channel: "D1", ts: `17.${server.keep(json)}` } };
    check(path === "/api/chat.update", path);
    const id = String(json.ts).replace("17.", "");
    if (!server.messages.has(id)) return { json: { ok: false, error: "message_not_found" } };
    server.messages.set(id, json);
    return { json: { ok: true, channel: "D1", ts: json.ts } };
  },
  busy: { status: 429, json: { ok: false, error: "ratelimited" } },
  read({ text, blocks = [] }) {
    const parts = blocks.flatMap((block: Parsed) => [block.text, ...(block.fields ?? [])]).filter(Boolean);
    const linked = parts.find(({ type }: Parsed) => type === "mrkdwn")?.text as string | undefined;
    const link = /^<(.+)\|.*>$/.exec(linked ?? "")?.[1]?.replaceAll("&amp;", "&");
    return { text: parts.length === 0 ? text : parts.map((one: Parsed) => one.text).join("\n"), link };
  },
};

/** discord.com/developers/docs: "Execute Webhook", "Edit Webhook Message", "Embed Limits". */
export const discordService: ChatService = {
  answer({ method, path, json }, server) {
    if (!path.startsWith("/api/webhooks/1/s3cret-token")) return { status: 404, json: { code: 10_015 } };
    const embeds = json.embeds ?? [];
    check(json.content === undefined || isText(json.content, 2000), "content");
    check(json.content !== undefined || embeds.length > 0, "a message may not be empty");
    check(JSON.stringify(json.allowed_mentions) === '{"parse":[]}', "no mentions");
    for (const { title, description, fields, footer } of embeds) {
      check(isText(title, 256, 0) && isText(description, 4096, 0) && fields.length <= 25, "embed");
      check(
        fields.every(({ name, value }: Parsed) => isText(name, 256) && isText(value, 1024)),
        "fields",
      );
      const all = [
        title,
        description,
        footer?.text ?? "",
        ...fields.flatMap(({ name, value }: Parsed) => [name, value]),
      ];
      check(all.join("").length <= 6000, "at most 6000 characters in all");
    }
    if (method === "POST") {
      check(path.endsWith("?wait=true"), "wait");
      return { json: { id: server.keep(json) } };
    }
    const id = /\/messages\/(\d+)$/.exec(path)?.[1] ?? "";
    check(method === "PATCH", method);
    if (!server.messages.has(id)) return { status: 404, json: { code: 10_008, message: "Unknown Message" } };
    server.messages.set(id, json);
    return { json: { id } };
  },
  read({ content, embeds: [embed] = [] }) {
    if (embed === undefined) return { text: content, link: undefined };
    const fields = embed.fields.map(({ name, value }: Parsed) => `${name}: ${value}`);
    return { text: [embed.title, embed.description, ...fields].join("\n").replaceAll("\\", ""), link: embed.url };
  },
};

/** core.telegram.org/bots/api: "sendMessage", "editMessageText", "MessageEntity". */
export const telegramService: ChatService = {
  answer({ path, json }, server) {
    const method = /^\/bot42:s3cret-token\/(\w+)$/.exec(path)?.[1];
    if (method === undefined) return { status: 401, json: { ok: false, error_code: 401, description: "Unauthorized" } };
    if (json.chat_id !== "-100")
      return { status: 400, json: { ok: false, error_code: 400, description: "Bad Request: chat not found" } };
    check(isText(json.text, 4096) && json.parse_mode === undefined, "text");
    for (const { offset, length } of json.entities ?? []) check(offset + length <= json.text.length, "entities");
    if (method === "sendMessage") return { json: { ok: true, result: { message_id: Number(server.keep(json)) } } };
    check(method === "editMessageText", method);
    if (!server.messages.has(String(json.message_id)))
      return { status: 400, json: { ok: false, description: "Bad Request: message to edit not found" } };
    server.messages.set(String(json.message_id), json);
    return { json: { ok: true, result: { message_id: json.message_id } } };
  },
  busy: { status: 429, json: { ok: false, error_code: 429, parameters: { retry_after: 7 } } },
  read({ text, entities = [] }) {
    const linked = entities.find(({ type }: Parsed) => type === "text_link");
    return { text, link: linked?.url };
  },
};

/** learn.microsoft.com: "Create incoming webhooks with Workflows"; adaptivecards.io: schema 1.4. */
export const teamsService: ChatService = {
  answer({ json }, server) {
    const [{ contentType, content }] = json.attachments;
    check(json.type === "message" && contentType === "application/vnd.microsoft.card.adaptive", "an adaptive card");
    check(
      content.type === "AdaptiveCard" && content.body.every(({ type }: Parsed) => type === "RichTextBlock"),
      "card",
    );
    check(Buffer.byteLength(JSON.stringify(json)) <= 28 * 1024, "at most 28 KB");
    server.keep(json);
    return { status: 202 };
  },
  read({ attachments: [{ content }] }) {
    const lines = content.body.map(({ inlines }: Parsed) => inlines.map(({ text }: Parsed) => text).join(""));
    return { text: lines.join("\n"), link: content.actions?.[0].url };
  },
};

/** support.jandi.com: "Receiving Incoming Webhooks in JANDI". */
export const jandiService: ChatService = {
  answer({ headers, json }, server) {
    check(headers.accept === "application/vnd.tosslab.jandi-v2+json", "accept");
    check(isText(json.body, 5000) && /^#[0-9A-F]{6}$/.test(json.connectColor), "body and colour");
    check(json.email === "" ? false : json.email === undefined || json.email.includes("@"), "email");
    server.keep(json);
    return { json: {} };
  },
  read({ body, connectInfo: [{ title, description }] }) {
    return { text: `${body}\n${title}\n${description}`, link: /\]\((.+)\)$/.exec(body)?.[1] };
  },
};

/** helpdesk.dooray.com: "Incoming hook". */
export const doorayService: ChatService = {
  answer({ json }, server) {
    check(isText(json.botName, 50) && isText(json.text, 5000), "botName and text");
    check(
      json.attachments.every(({ title, text }: Parsed) => isText(title, 1000) && isText(text, 5000)),
      "attachments",
    );
    server.keep(json);
    return { json: { header: { isSuccessful: true, resultCode: 0 } } };
  },
  read({ text, attachments: [one] }) {
    return { text: `${text}\n${one.text}`, link: one.titleLink };
  },
};

/** developers.worksmobile.com: "Service account authentication (JWT)", "Send message to channel". */
export function naverWorksService(publicKey: string): ChatService {
  return {
    answer({ path, headers, json, form }, server) {
      if (path === "/oauth/token") {
        const [head = "", claims = "", mark = ""] = (form.get("assertion") ?? "").split(".");
        const text = Buffer.from(`${head}.${claims}`);
        check(verify("sha256", text, createPublicKey(publicKey), Buffer.from(mark, "base64url")), "signature");
        const said = JSON.parse(Buffer.from(claims, "base64url").toString("utf8"));
        check(said.iss === "client" && said.sub === "bot@example" && said.exp - said.iat <= 3600, "claims");
        check(form.get("client_secret") === "s3cret-client" && form.get("scope") === "bot", "client");
        return { json: { access_token: "s3cret-access", token_type: "Bearer", expires_in: "86400" } };
      }
      if (headers.authorization !== "Bearer s3cret-access") return { status: 401, json: { code: "UNAUTHORIZED" } };
      if (!/^\/v1\.0\/bots\/7\/(?:channels\/room|users\/kim%40example\.com)\/messages$/.test(path))
        return { status: 404, json: { code: "NOT_FOUND" } };
      const { type, text, contentText, actions } = json.content;
      if (type === "text") check(isText(text, 2000), "text");
      else check(type === "button_template" && isText(contentText, 1000) && isText(actions[0].label, 20), "buttons");
      server.keep(json);
      return { status: 201 };
    },
    read({ content: { text, contentText, actions } }) {
      return { text: text ?? contentText, link: actions?.[0].uri };
    },
  };
}

export const customService: ChatService = {
  answer({ headers, json }, server) {
    if (headers["x-key"] !== "s3cret-key") return { status: 401, json: {} };
    server.keep(json);
    return { status: 204 };
  },
  read({ text, at }) {
    return { text, link: at === "" ? undefined : at };
  },
};
