import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { Channel } from "../../core/channel.ts";
import type { NotifierUnderTest } from "../../ports/notifier.contract.ts";
import { anEnvelope, describeNotifier, someWords } from "../../ports/notifier.contract.ts";
import type { Envelope } from "../../ports/notifier.ts";
import { notifiers } from "./index.ts";
import { aCertificate, headersOf, MailServer, partsOf, type Certificate, type Mail } from "./mail-server.fixture.ts";

const password = "s3cret-password";
let certificate: Certificate;
beforeAll(async () => {
  certificate = await aCertificate();
});
afterAll(() => certificate.remove());

type MailChannel = Extract<Channel, { kind: "mail" }>;

async function aMailServer(differences: Partial<MailChannel> = {}, offersTls = true) {
  const server = new MailServer(certificate, { password, secure: differences.tls === "tls", offersTls });
  await server.start();
  const setup = { secret: async () => password, now: () => 0 };
  return {
    server,
    send: async (envelope: Envelope, signal: AbortSignal) => {
      const channel: MailChannel = {
        kind: "mail",
        host: "localhost",
        port: server.port,
        tls: "starttls",
        from: "Signalbox 배포 <signalbox@example.com>",
        user: "signalbox",
        password: "SMTP_PASSWORD",
        ca: certificate.file,
        ...differences,
      };
      return (await notifiers(setup).of(channel)).send(envelope, signal);
    },
  };
}

describeNotifier("mail", async (): Promise<NotifierUnderTest> => {
  const { server, send } = await aMailServer();
  return {
    notifier: { send },
    known: "kim@example.com",
    unknown: "nobody@example.com",
    changes: false,
    behaviours: ["well", "failing", "closed", "silent"],
    secrets: [password],
    behave: async (how) => server.behave(how),
    shown: () =>
      server.mails.map((mail) => {
        const { text } = partsOf(mail);
        const link = /^https:\/\/\S+$/m.exec(text)?.[0];
        return { text: `${headersOf(mail).get("subject")}\n${text}`, link };
      }),
    forget: () => void server.mails.splice(0),
    stop: async () => server.stop(),
  };
});

describe("a mail", () => {
  let world: Awaited<ReturnType<typeof aMailServer>>;
  beforeEach(async () => {
    world = await aMailServer();
  });
  afterEach(() => world.server.stop());
  const sent = async (differences: Partial<Envelope> = {}): Promise<Mail> => {
    await world.send(anEnvelope("kim@example.com", differences), AbortSignal.timeout(5_000));
    return world.server.mails.at(-1)!;
  };

  it("goes encrypted and with a password to one reader", async () => {
    const mail = await sent();
    expect(mail).toMatchObject({
      from: "signalbox@example.com",
      to: ["kim@example.com"],
      secure: true,
      user: "signalbox",
    });
    const headers = headersOf(mail);
    expect(headers.get("from")).toBe("Signalbox 배포 <signalbox@example.com>");
    expect(headers.get("to")).toBe("kim@example.com");
    expect(headers.get("auto-submitted")).toBe("auto-generated");
    expect(headers.get("content-type")).toContain("multipart/alternative");
  });

  it("says the same in text and in HTML, which loads nothing", async () => {
    const { text, html } = partsOf(await sent());
    expect(text).toBe(
      "Approval needed: orders to production (d-12)\n\nkim asks to deploy this.\n\n· 12 commits by lee\n· 1 file changed\n\n" +
        "Service: orders\n승인 기한: 11월 23일(월) 15:20\n\nLook at it and decide:\nhttps://signalbox.example/approvals/01J1?x=1&y=(2)",
    );
    expect(html).toContain('<a href="https://signalbox.example/approvals/01J1?x=1&amp;y=(2)"');
    expect(html).not.toMatch(/<(?:img|script|link|iframe|form)|url\(/i);
  });

  it("stays with those of its thread, and has the same id each time that it is tried", async () => {
    const [first, again, other] = [
      headersOf(await sent()),
      headersOf(await sent()),
      headersOf(await sent({ key: "2", previous: "<first@example.com>" })),
    ];
    expect(again.get("message-id")).toBe(first.get("message-id"));
    expect(other.get("message-id")).not.toBe(first.get("message-id"));
    expect(first.get("references")).toBe(first.get("in-reply-to"));
    expect(other.get("in-reply-to")).toBe("<first@example.com>");
    expect(other.get("references")).toBe(`${first.get("references")} <first@example.com>`);
    const elsewhere = headersOf(await sent({ thread: "a-2", key: "3" }));
    expect(elsewhere.get("references")).not.toBe(first.get("references"));
  });

  it("encodes what people wrote, in HTML and in headers", async () => {
    const words = {
      ...someWords,
      title: 'x\r\nBcc: all@example.com\r\n\r\n<script>alert("1")</script>',
      paragraphs: ['<img src=x onerror=alert(1)> & "quoted"'],
      facts: [{ name: "<b>", value: "</table>" }],
      link: { label: "</a><b>", url: "https://signalbox.example/?a=%22onclick=x" },
    };
    const mail = await sent({ words });
    expect(mail.to).toEqual(["kim@example.com"]);
    expect([...headersOf(mail).keys()]).not.toContain("bcc");
    const { html } = partsOf(mail);
    expect(html).toContain("&lt;img src=x onerror=alert(1)&gt; &amp; &quot;quoted&quot;");
    expect(html).toContain("&lt;/table&gt;");
    expect(html).toContain("&lt;/a&gt;&lt;b&gt;");
    expect(html.match(/<(\w+)/g)?.map((tag) => tag.slice(1))).not.toEqual(
      expect.arrayContaining(["img", "script", "b"]),
    );
  });

  it.each([
    "kim@example.com\r\nRCPT TO:<all@example.com>",
    "kim",
    "a@b@c",
    "<kim@example.com>",
    "kim@example.com,lee@example.com",
    "",
  ])("goes to nothing but a mail address: %j", async (to) => {
    const sending = world.send(anEnvelope(to), AbortSignal.timeout(5_000));
    await expect(sending).rejects.toMatchObject({ name: "NotifyFailed", never: true });
    expect(world.server.mails).toEqual([]);
  });
});

describe("a mail server", () => {
  const trying = async (differences: Partial<MailChannel>, offersTls = true): Promise<unknown> => {
    const { server, send } = await aMailServer(differences, offersTls);
    const sent = await send(anEnvelope("kim@example.com"), AbortSignal.timeout(5_000)).then(
      () => server.mails[0]?.secure,
      (error: unknown) => error,
    );
    await server.stop();
    return sent;
  };

  it("may speak TLS from the beginning", async () => {
    expect(await trying({ tls: "tls" })).toBe(true);
  });

  it("under another name than that of its certificate gets nothing", async () => {
    expect(await trying({ host: "127.0.0.1" })).toMatchObject({
      never: false,
      message: "mail: the mail server has no certificate that is trusted",
    });
  });

  it("that offers no encryption gets neither the password nor the mail", async () => {
    expect(await trying({}, false)).toMatchObject({
      never: false,
      message: expect.stringContaining("cannot be spoken to with encryption"),
    });
  });

  it("elsewhere is never spoken to in clear", async () => {
    expect(await trying({ tls: "none", host: "mail.example.com" })).toMatchObject({
      message: "mail: without encryption only a server on this machine is spoken to",
    });
  });

  it("that does not take the password is tried again later, and the password is not in the error", async () => {
    expect(await trying({ user: "somebody-else" })).toMatchObject({
      never: false,
      message: "mail: the mail server does not accept the user and password, it answered 535",
    });
  });
});
