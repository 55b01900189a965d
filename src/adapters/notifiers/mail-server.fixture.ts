/** A real SMTP server on loopback, with STARTTLS and a password, and a real parser of what it got. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { SMTPServer } from "smtp-server";
import type { SMTPServerOptions } from "smtp-server";

import type { Behaviour } from "../../ports/notifier.contract.ts";

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** Was it encrypted on its way? */
  readonly secure: boolean;
  readonly user: string | undefined;
  readonly raw: string;
}

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** Where the certificate lies. */
  readonly file: string;
  remove(): Promise<void>;
}

/** Of "localhost", for a day, trusted by nobody but who is told so. */
export async function aCertificate(): Promise<Certificate> {
  const directory = await mkdtemp(path.join(tmpdir(), "signalbox-mail-"));
  const [keyFile, file] = [path.join(directory, "key.pem"), path.join(directory, "cert.pem")];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  await promisify(execFile)("openssl", ["req", ...kind, "-keyout", keyFile, "-out", file, ...name]);
  const [key, cert] = await Promise.all([readFile(keyFile, "utf8"), readFile(file, "utf8")]);
  return { key, cert, file, remove: async () => rm(directory, { recursive: true }) };
}

export class MailServer {
  readonly mails: Mail[] = [];
  port = 0;
  readonly #options: SMTPServerOptions;
  #behaviour: Behaviour = "well";
  #server: SMTPServer | undefined;
  #silent: { readonly server: Server; readonly sockets: Set<Socket> } | undefined;

  constructor(
    { key, cert }: Certificate,
    {
      password,
      secure = false,
      offersTls = true,
    }: { readonly password: string; readonly secure?: boolean; readonly offersTls?: boolean },
  ) {
    this.#options = {
      key,
      cert,
      secure,
      disabledCommands: offersTls ? [] : ["STARTTLS"],
      allowInsecureAuth: !offersTls,
      authOptional: false,
      disableReverseLookup: true,
      onAuth: ({ username, password: given }, _session, done) => {
        if (username === "signalbox" && given === password) done(null, { user: username });
        else done(Object.assign(new Error("wrong"), { responseCode: 535 }));
      },
      onMailFrom: (_address, _session, done) => {
        if (this.#behaviour === "failing") done(Object.assign(new Error("try later"), { responseCode: 451 }));
        else done();
      },
      onRcptTo: ({ address }, _session, done) => {
        if (address.startsWith("nobody@")) done(Object.assign(new Error("no such user"), { responseCode: 550 }));
        else done();
      },
      onData: (stream, { envelope, secure: encrypted, user }, done) => {
        const parts: Buffer[] = [];
        stream.on("data", (part: Buffer) => parts.push(part));
        stream.on("end", () => {
          const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
          const to = envelope.rcptTo.map(({ address }) => address);
          this.mails.push({
            from,
            to,
            secure: encrypted,
            user: user as string | undefined,
            raw: Buffer.concat(parts).toString("utf8"),
          });
          done();
        });
      },
    };
  }

  async start(port = 0): Promise<void> {
    const server = new SMTPServer(this.#options);
    server.on("error", () => {});
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    this.port = (server.server.address() as AddressInfo).port;
    this.#server = server;
  }

  async behave(how: Behaviour): Promise<void> {
    this.#behaviour = how;
    if (how === "closed" || how === "silent") await this.stop();
    if (how === "silent") await this.#beSilent();
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
    const silent = this.#silent;
    this.#silent = undefined;
    for (const socket of silent?.sockets ?? []) socket.destroy();
    if (silent !== undefined) await new Promise((resolve) => silent.server.close(resolve));
  }

  /** Takes connections at the same port and says nothing. */
  async #beSilent(): Promise<void> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
    });
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.#silent = { server, sockets };
  }
}

/** The headers, each on one line and decoded, by their names in small letters. */
export function headersOf({ raw }: Mail): ReadonlyMap<string, string> {
  const head = raw.slice(0, raw.indexOf("\r\n\r\n")).replace(/\r\n[ \t]+/g, " ");
  return new Map(
    head.split("\r\n").map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at).toLowerCase(), decodeWords(line.slice(at + 1).trim())];
    }),
  );
}

/** RFC 2047. */
function decodeWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, "?==?")
    .replace(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_whole, kind: string, part: string) => {
      if (kind.toUpperCase() === "B") return Buffer.from(part, "base64").toString("utf8");
      return quoted(part.replaceAll("_", " "));
    });
}

function quoted(text: string): string {
  const bytes = text.replace(/=([0-9A-F]{2})/gi, (_whole, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** The two forms of the text. */
export function partsOf({ raw }: Mail): { readonly text: string; readonly html: string } {
  const boundary = /boundary="([^"]+)"/.exec(raw)?.[1] ?? "";
  const parts = raw.split(`--${boundary}`).slice(1, -1).map(bodyOf);
  return { text: parts[0] ?? "", html: parts[1] ?? "" };
}

function bodyOf(part: string): string {
  const at = part.indexOf("\r\n\r\n");
  const [head, body] = [part.slice(0, at).toLowerCase(), part.slice(at + 4)];
  if (head.includes("base64")) return Buffer.from(body, "base64").toString("utf8").trim();
  return (head.includes("quoted-printable") ? quoted(body.replace(/=\r\n/g, "")) : body)
    .replaceAll("\r\n", "\n")
    .trim();
}
