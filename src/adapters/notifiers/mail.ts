/** Mail, by SMTP. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

import { createTransport } from "nodemailer";
import type { Transporter } from "nodemailer";

import type { Channel } from "../../core/channel.ts";
import type { Envelope, Notifier } from "../../ports/notifier.ts";
import { NotifyFailed } from "../../ports/notifier.ts";
import { mailHtml, mailSubject, mailText } from "./mail-text.ts";
import { isLoopback, isMailAddress, mailAddressIn } from "./options.ts";
import { flat } from "./text.ts";

type Settings = Extract<Channel, { kind: "mail" }>;

const who = "mail";
const connectMilliseconds = 10_000;
const silenceMilliseconds = 20_000;
const limitMilliseconds = 60_000;

export function mail(settings: Settings, password: () => Promise<string>): Notifier {
  return {
    async send(envelope, signal) {
      if (!isMailAddress(envelope.to))
        throw new NotifyFailed(`${who}: the address is not one of mail`, { never: true });
      const transport = await connect(settings, password);
      const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMilliseconds)]);
      const sending = transport.sendMail(letter(settings, envelope)).catch((error: unknown) => {
        throw failure(error);
      });
      try {
        return await Promise.race([sending.then(({ messageId }) => ({ ref: messageId })), ended(limit)]);
      } finally {
        // What still goes on ends with its connection, and nobody waits for it any more.
        sending.catch(() => {});
        transport.close();
      }
    },
  };
}

async function connect(
  settings: Settings,
  password: () => Promise<string>,
): Promise<Transporter<{ messageId: string }>> {
  const { host, port, tls, user, ca } = settings;
  if (tls === "none" && !isLoopback(host))
    throw new NotifyFailed(`${who}: without encryption only a server on this machine is spoken to`);
  return createTransport({
    host,
    port,
    secure: tls === "tls",
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    ...(user === undefined ? {} : { auth: { user, pass: await password() } }),
    tls: { minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca: await readCa(ca) }) },
    connectionTimeout: connectMilliseconds,
    greetingTimeout: connectMilliseconds,
    socketTimeout: silenceMilliseconds,
    disableFileAccess: true,
    disableUrlAccess: true,
  }) as Transporter<{ messageId: string }>;
}

async function readCa(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => {
    throw new NotifyFailed(`${who}: the certificates cannot be read from the file that "ca" names`);
  });
}

function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = (): void => reject(new NotifyFailed(`${who}: no answer in time`));
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}

/**
 * The id of the mail comes from the message's key: mail programs show a mail that comes twice only once. The thread has
 * an id, too, which no mail has: programs put together what refers to it.
 */
function letter({ from }: Settings, { to, words, thread, key, previous }: Envelope) {
  const sender = mailAddressIn(from)!;
  const domain = sender.address.slice(sender.address.indexOf("@") + 1);
  const idOf = (text: string): string => `<${createHash("sha256").update(text).digest("hex").slice(0, 40)}@${domain}>`;
  const root = idOf(`thread ${thread}`);
  return {
    from: sender,
    to: [{ name: "", address: to }],
    subject: mailSubject(words),
    text: mailText(words),
    html: mailHtml(words),
    messageId: idOf(`message ${key} ${to}`),
    inReplyTo: previous ?? root,
    references: previous === undefined ? [root] : [root, previous],
    headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
  };
}

interface SmtpError {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly message?: string;
}

/** A mail server that refuses the reader or the mail itself does so again; all else may be different later. */
function failure(error: unknown): NotifyFailed {
  const { code = "", command = "", responseCode = 0, message = "" } = error as SmtpError;
  const isPermanent = responseCode >= 500 && (command === "RCPT TO" || command === "DATA" || code === "EMESSAGE");
  const answer = responseCode === 0 ? "" : `, it answered ${responseCode}`;
  return new NotifyFailed(
    `${who}: ${connectionReason(message) ?? reasons[code] ?? `the mail server failed (${flat(code).slice(0, 30)})`}${answer}`,
    {
      never: isPermanent,
    },
  );
}

/** One code stands for several failures of a connection. */
function connectionReason(message: string): string | undefined {
  if (/ECONNREFUSED|EHOSTUNREACH|ENETUNREACH/.test(message)) return "the mail server cannot be reached";
  return /certificate|self-signed/i.test(message) ? "the mail server has no certificate that is trusted" : undefined;
}

const reasons: Readonly<Record<string, string>> = {
  EAUTH: "the mail server does not accept the user and password",
  ENOAUTH: "the mail server wants a user and password",
  EOAUTH2: "the mail server does not accept the user and password",
  ETLS: "the mail server cannot be spoken to with encryption",
  ESOCKET: "the connection to the mail server broke",
  ECONNECTION: "the mail server cannot be reached",
  ETIMEDOUT: "the mail server did not answer in time",
  EDNS: "the name of the mail server is not known",
  EENVELOPE: "the mail server did not take the reader's address",
  EMESSAGE: "the mail server did not take the mail",
  EPROTOCOL: "the mail server answered with something else than SMTP",
};
