/** Messages from the transaction to the reader: the store on disk, the loop, a real mail server that is down at first. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import {
  aCertificate,
  headersOf,
  MailServer,
  partsOf,
  type Certificate,
} from "../src/adapters/notifiers/mail-server.fixture.ts";
import { notifiers } from "../src/adapters/notifiers/index.ts";
import { openSqliteStore } from "../src/adapters/store/sqlite.ts";
import { loadConfiguration } from "../src/config/load.ts";
import { settingsOf } from "../src/config/settings.ts";
import { courier, wakingStore, type Courier } from "../src/deployments/messages/courier.ts";
import { connect } from "../src/api/http-client.ts";
import { startServer } from "../src/signalbox.ts";
import type { Store } from "../src/ports/store.ts";
import { anAsk, anEnd, noon } from "./support/messages.ts";

const password = "s3cret-password";

let certificate: Certificate;
beforeAll(async () => {
  certificate = await aCertificate();
});
afterAll(() => certificate.remove());

describe("messages while the mail server is down", () => {
  let directory: string;
  let server: MailServer;
  let now: number;
  const clock = { now: () => now, sleep: async () => {} };
  const opened: Store[] = [];

  beforeEach(async () => {
    now = noon;
    directory = await mkdtemp(path.join(tmpdir(), "signalbox-messages-"));
    server = new MailServer(certificate, { password });
    await server.start();
    await server.stop();
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await server.stop();
    await rm(directory, { recursive: true });
  });

  /** A server that begins, over what lies in the directory. */
  async function start(change: (store: Store) => Store = (store) => store): Promise<{ store: Store; post: Courier }> {
    const file = await openSqliteStore({ directory, clock, reserveBytes: 0 });
    opened.push(file);
    const store = change(file);
    const world = {
      store,
      clock,
      masks: { text: (text: string) => text, stream: () => ({ push: (text: string) => text, end: () => "" }) },
      notifiers: notifiers({ secret: async () => password, now: clock.now }),
    };
    const { configuration, problems } = loadConfiguration(configurationText(server.port, certificate.file));
    expect(problems).toEqual([]);
    return {
      store,
      post: courier(
        settingsOf(() => configuration!),
        world,
      ),
    };
  }

  async function stop(store: Store): Promise<void> {
    opened.splice(opened.indexOf(store), 1);
    await store.close();
  }

  /** Looks each second of so many. */
  async function pass(post: Courier, seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await post.look();
      now += 1000;
    }
  }

  const kim = { kind: "person", login: "kim" } as const;
  const contacts = [{ via: "mail", address: "kim@example.com" }];

  it("wait, come once when it is back, and are still in time", async () => {
    const { store, post } = await start();
    await store.people.write([{ login: "kim", set: { name: "Kim", language: "ko", contacts } }], [], now);
    await store.commit({
      at: now,
      messages: [
        { key: "asked kim", to: kim, message: anAsk() },
        { key: "channel", to: { kind: "channel", environment: "production" }, message: anAsk() },
      ],
    });
    await pass(post, 180);
    expect(server.mails).toEqual([]);
    expect(await store.outbox.list({})).toMatchObject([
      { state: "waiting", lastError: "mail: the mail server cannot be reached" },
      { state: "waiting", tries: 4 },
    ]);

    await server.start(server.port);
    await pass(post, 60);
    expect(server.mails.map(({ to }) => to).toSorted()).toEqual([["kim@example.com"], ["ops@example.com"]]);
    const toKim = server.mails.find(({ to }) => to[0] === "kim@example.com")!;
    expect(headersOf(toKim).get("subject")).toBe("승인 요청: orders → production (d-12)");
    // 3 h 20 min were left when it was written, and the words are made when it is sent.
    expect(partsOf(toKim).text).toContain("3시간 16분 남음");
    await pass(post, 30);
    expect(server.mails).toHaveLength(2);
    expect((await store.outbox.list({ state: "sent" })).map(({ via }) => via)).toEqual(["mail", "mail"]);
  });

  it("survive a server that dies, and have the same id when they are sent twice because of that", async () => {
    const first = await start((store) => ({ ...store, outbox: { ...store.outbox, settle: died } }));
    await first.store.people.write([{ login: "kim", set: { name: "Kim", contacts } }], [], now);
    await first.store.commit({ at: now, messages: [{ key: "ended kim", to: kim, message: anEnd("failed") }] });
    await server.start(server.port);
    await expect(first.post.look()).rejects.toThrow("killed");
    expect(server.mails).toHaveLength(1);
    await stop(opened[0]!);

    const second = await start();
    await pass(second.post, 10);
    expect(server.mails).toHaveLength(2);
    const ids = server.mails.map((mail) => headersOf(mail).get("message-id"));
    expect(new Set(ids).size).toBe(1);
    expect(await second.store.outbox.list({})).toMatchObject([{ state: "sent", tries: 1 }]);
  });

  it("are told at once when they are written, and never by a restored copy", async () => {
    const { store, post } = await start();
    await server.start(server.port);
    const looks: Promise<void>[] = [];
    const waking = wakingStore(store, () => void looks.push(post.look()));
    await store.people.write([{ login: "kim", set: { name: "Kim", contacts } }], [], now);
    await waking.commit({ at: now, messages: [{ key: "1", to: kim, message: anEnd("succeeded") }] });
    await Promise.all(looks);
    expect(server.mails).toHaveLength(1);

    const frozen = { ...store, installation: async () => ({ id: "copy", frozen: true }) };
    const copy = await courierOver(frozen);
    await store.commit({ at: now, messages: [{ key: "2", to: kim, message: anEnd("failed") }] });
    await copy.look();
    expect(server.mails).toHaveLength(1);
  });

  async function courierOver(store: Store): Promise<Courier> {
    const { configuration } = loadConfiguration(configurationText(server.port, certificate.file));
    const masks = { text: (text: string) => text, stream: () => ({ push: (text: string) => text, end: () => "" }) };
    const own = { store, clock, masks, notifiers: notifiers({ secret: async () => password, now: clock.now }) };
    return courier(
      settingsOf(() => configuration!),
      own,
    );
  }
});

describe("a server that runs", () => {
  it("reads its secret, and tells at once", async () => {
    const directory = await mkdtemp(path.join(tmpdir(), "signalbox-messages-"));
    const mailServer = new MailServer(certificate, { password });
    await mailServer.start();
    const configFile = path.join(directory, "signalbox.yml");
    await writeFile(configFile, configurationText(mailServer.port, certificate.file));
    const dataDirectory = path.join(directory, "data");
    const server = await startServer({ configFile, dataDirectory, secretsKey: path.join(directory, "keys", "key") });
    const client = connect({ socket: path.join(dataDirectory, "api.sock") });
    try {
      await client.secrets.set({ name: "SMTP_PASSWORD", environment: null, service: null, value: password });
      const { key } = await client.messages.test({ environment: "production" });
      await expect.poll(() => mailServer.mails.map(({ to }) => to)).toEqual([["ops@example.com"]]);
      expect(headersOf(mailServer.mails[0]!).get("subject")).toBe("A test message from Signalbox");
      await expect
        .poll(async () => (await client.messages.list({})).map((one) => [one.key, one.state]))
        .toEqual([[key, "sent"]]);
      await expect(client.messages.test({ person: "nobody" })).rejects.toThrow("no person nobody");
    } finally {
      await server.close();
      await mailServer.stop();
      await rm(directory, { recursive: true });
    }
  });
});

async function died(): Promise<void> {
  throw new Error("killed");
}

function configurationText(port: number, ca: string): string {
  return `
hosts: {}
services: {}
environments:
  production:
    channel: { via: mail, to: ops@example.com, language: en }
messages:
  timeZone: Asia/Seoul
  channels:
    mail:
      mail:
        host: localhost
        port: ${port}
        from: Signalbox <signalbox@example.com>
        user: signalbox
        password: SMTP_PASSWORD
        ca: ${ca}
`;
}
