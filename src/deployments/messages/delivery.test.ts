import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { anAsk, anEnd, anEndOfApproval, brokenGlass } from "../../../test/support/messages.ts";
import { inProcessBell } from "../../adapters/bell/in-process.ts";
import { memoryStore } from "../../adapters/store/memory.ts";
import type { Channel, EnvironmentChannel, MessageSettings } from "../../core/channel.ts";
import type { Addressee, Message } from "../../core/message.ts";
import type { Envelope, Sent } from "../../ports/notifier.ts";
import { NotifyFailed } from "../../ports/notifier.ts";
import type { Contact } from "../../ports/people.ts";
import type { Store } from "../../ports/store.ts";
import { courier, wakingStore } from "./courier.ts";

const kim: Addressee = { kind: "person", login: "kim" };
const toChannel: Addressee = { kind: "channel", environment: "production" };
const slackOf = { kind: "slack", token: "T", api: "" } as const;

/** An outbox over channels that do what a test tells them to. */
async function aPost(settings: Partial<MessageSettings> = {}, sleep = async (): Promise<void> => {}) {
  let now = 0;
  const clock = { now: () => now, sleep };
  const store = await memoryStore({ clock });
  const sent: (Envelope & { readonly via: string })[] = [];
  const behaviour = new Map<string, (envelope: Envelope, signal: AbortSignal) => Promise<Sent>>();
  const world = {
    store,
    clock,
    bell: inProcessBell(),
    masks: {
      text: (text: string) => text.replaceAll("s3cret", "•••"),
      stream: () => ({ push: String, end: () => "" }),
    },
    notifiers: {
      of: async (channel: Channel) => ({
        async send(envelope: Envelope, signal: AbortSignal) {
          const via = channel.kind === "slack" ? channel.token : "";
          const answer = (await behaviour.get(via)?.(envelope, signal)) ?? { ref: `${via}-${sent.length + 1}` };
          sent.push({ ...envelope, via });
          return answer;
        },
      }),
    },
  };
  const all: MessageSettings = {
    channels: new Map([
      ["slack", { ...slackOf, token: "slack" }],
      ["mail", { ...slackOf, token: "mail" }],
    ]),
    order: [],
    language: "en",
    channelOf: () => undefined,
    ...settings,
  };
  const carrier = courier({ messages: () => all, server: () => ({ url: "https://signalbox.example/" }) }, world);
  return {
    store,
    sent,
    carrier,
    behave: (via: string, how: (envelope: Envelope, signal: AbortSignal) => Promise<Sent>) => behaviour.set(via, how),
    recover: (via: string) => behaviour.delete(via),
    person: async (login: string, contacts: readonly Contact[], language: "en" | "ko" = "en") =>
      store.people.write([{ login, set: { name: login, contacts, language } }], [], now),
    write: async (key: string, message: Message, to: Addressee = kim) =>
      store.commit({ at: now, messages: [{ key, to, message }] }),
    /** Lets time go by in steps of a second, with a look at each. */
    async pass(seconds: number) {
      for (let second = 0; second <= seconds; second += 1) {
        await carrier.look();
        now += 1000;
      }
    },
    states: async () => (await store.outbox.list({})).map(({ key, state, via }) => [key, state, via]).toReversed(),
  };
}

const slackAndMail: readonly Contact[] = [
  { via: "slack", address: "U1" },
  { via: "mail", address: "kim@example.com" },
];
const down = async (): Promise<never> => {
  throw new NotifyFailed("mail: cannot be reached");
};

describe("a message", () => {
  let post: Awaited<ReturnType<typeof aPost>>;
  beforeEach(async () => {
    post = await aPost();
    await post.person("kim", slackAndMail);
  });
  afterEach(() => post.store.close());

  it("goes by the first contact, in the person's language, without secrets", async () => {
    await post.person("kim", slackAndMail, "ko");
    await post.write("a", anEnd("failed", { message: "web-1 said s3cret" }));
    await post.pass(0);
    expect(post.sent).toMatchObject([{ via: "slack", to: "U1", key: "a", notice: true, words: { tone: "bad" } }]);
    const { title, paragraphs, link } = post.sent[0]!.words;
    expect(title).toBe("배포 실패: orders → production (d-12)");
    expect(paragraphs).toContain("web-1 said •••");
    expect(link?.url).toBe("https://signalbox.example/deployments/01J00000000000000000000012");
    expect(await post.states()).toEqual([["a", "sent", "slack"]]);
    await post.pass(10);
    expect(post.sent).toHaveLength(1);
  });

  it("goes by the second contact when the first one stays down, within half a minute", async () => {
    post.behave("slack", down);
    await post.write("a", anAsk());
    await post.pass(19);
    expect(post.sent).toEqual([]);
    await post.pass(2);
    expect(post.sent.map(({ via, to }) => [via, to])).toEqual([["mail", "kim@example.com"]]);
    expect(await post.store.outbox.list({})).toMatchObject([{ state: "sent", via: "mail", tries: 3 }]);
  });

  it("goes by the first one when that is back before", async () => {
    post.behave("slack", down);
    await post.write("a", anAsk());
    await post.pass(6);
    post.recover("slack");
    await post.pass(30);
    expect(post.sent.map(({ via }) => via)).toEqual(["slack"]);
  });

  it("goes by the second contact at once when the first one can never work", async () => {
    post.behave("slack", async () => {
      throw new NotifyFailed("slack: user_not_found", { never: true });
    });
    await post.write("a", anAsk());
    await post.pass(0);
    expect(post.sent.map(({ via }) => via)).toEqual(["mail"]);
  });

  it("reaches nobody who is not there any more", async () => {
    await post.store.people.write([{ login: "kim", set: { disabled: true } }], [], 0);
    await post.write("a", anEnd("failed"));
    await post.pass(0);
    expect(post.sent).toEqual([]);
  });

  it("is given up loudly when an approver can't be reached at all", async () => {
    await post.person("kim", [{ via: "pigeon", address: "roof" }]);
    await post.write("a", anAsk());
    await post.write("b", anEnd("succeeded"), { kind: "person", login: "nobody" });
    await post.pass(0);
    expect(await post.states()).toEqual([
      ["a", "given-up", null],
      ["b", "dropped", null],
    ]);
    expect(await post.store.audit({})).toMatchObject([
      { action: "message given-up", object: "person:kim", detail: { error: expect.stringContaining("no contact") } },
    ]);
  });

  it("says nothing that it does not know of what went wrong", async () => {
    post.behave("slack", async () => {
      throw new Error("https://hooks.example/s3cret-address");
    });
    await post.write("a", anAsk());
    await post.pass(0);
    expect(await post.store.outbox.list({})).toMatchObject([{ state: "waiting", lastError: "slack: Error" }]);
  });
});

describe("messages of one thread", () => {
  let post: Awaited<ReturnType<typeof aPost>>;
  beforeEach(async () => {
    post = await aPost();
    await post.person("kim", slackAndMail);
  });
  afterEach(() => post.store.close());

  it("change what a channel showed", async () => {
    await post.write("a", anAsk());
    await post.pass(1);
    await post.write("b", anEndOfApproval({ kind: "approved", by: ["lee"] }));
    await post.pass(1);
    expect(post.sent.map(({ key, previous, notice }) => [key, previous, notice])).toEqual([
      ["a", undefined, true],
      ["b", "slack-1", false],
    ]);
  });

  it("are left out when a newer one says more before they were sent", async () => {
    post.behave("slack", down);
    await post.write("a", anAsk());
    await post.pass(1);
    post.recover("slack");
    await post.write("b", anEndOfApproval({ kind: "rejected", by: "lee", reason: "no" }));
    await post.write("c", brokenGlass("glass-broken"));
    await post.pass(20);
    expect(post.sent.map(({ key }) => key)).toEqual(["b", "c"]);
    expect(await post.states()).toEqual([
      ["a", "replaced", null],
      ["b", "sent", "slack"],
      ["c", "sent", "slack"],
    ]);
  });

  it("never change a newer one back", async () => {
    post.behave("slack", async ({ key }) => (key === "a" ? down() : { ref: key }));
    await post.write("a", anEndOfApproval({ kind: "rejected", by: "lee", reason: "no" }));
    await post.pass(1);
    await post.write("b", brokenGlass("glass-broken"));
    await post.pass(1);
    post.recover("slack");
    await post.pass(10);
    expect(post.sent.map(({ key, previous }) => [key, previous])).toEqual([
      ["b", undefined],
      ["a", undefined],
    ]);
  });

  it("go one after the other, and other threads meanwhile", async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    post.behave("slack", async ({ key }) => {
      if (key === "a") await held;
      return { ref: key };
    });
    await post.write("a", brokenGlass("glass-broken"));
    await post.write("b", brokenGlass("review-due"));
    await post.write("c", { kind: "test", id: "1", by: "kim" });
    const looking = post.carrier.look();
    await expect.poll(() => post.sent.map(({ key }) => key)).toEqual(["c"]);
    release();
    await looking;
    expect(post.sent.map(({ key }) => key)).toEqual(["c", "a", "b"]);
  });
});

describe("two looks at once", () => {
  it("send a message once", async () => {
    const post = await aPost();
    await post.person("kim", slackAndMail);
    await post.write("a", anAsk());
    await Promise.all([post.carrier.look(), post.carrier.look()]);
    expect(post.sent).toHaveLength(1);
    await post.store.close();
  });
});

describe("a server that ends", () => {
  it("lets arrive what is on its way, and begins nothing more", async () => {
    const post = await aPost({}, async () => new Promise(() => {}));
    let arrive: (() => void) | undefined;
    post.behave("slack", async ({ key }, signal) => {
      await new Promise<void>((resolve, reject) => {
        arrive = resolve;
        signal.addEventListener("abort", () => reject(new NotifyFailed("called off")));
      });
      return { ref: key };
    });
    await post.person("kim", slackAndMail);
    await post.write("a", brokenGlass("glass-broken"));
    await post.write("b", brokenGlass("review-due"));
    const looking = post.carrier.look();
    await expect.poll(() => arrive).toBeDefined();
    const closing = post.carrier.close();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    arrive!();
    await Promise.all([looking, closing]);
    expect(await post.states()).toEqual([
      ["a", "sent", "slack"],
      ["b", "waiting", null],
    ]);
    await post.store.close();
  });
});

describe("a channel that never answers", () => {
  it("keeps nobody from being told by another one, and is asked by four at once", async () => {
    const post = await aPost();
    let asked = 0;
    post.behave("mail", async (_envelope, signal) => {
      asked += 1;
      await new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new NotifyFailed("no answer in time")));
      });
      return {};
    });
    await post.person("lee", [{ via: "mail", address: "lee@example.com" }]);
    await post.person("kim", slackAndMail);
    for (let count = 0; count < 10; count += 1)
      await post.write(`mail ${count}`, { kind: "test", id: `${count}`, by: "lee" }, { kind: "person", login: "lee" });
    await post.write("slack", anAsk());
    const looking = post.carrier.look();
    await expect.poll(() => post.sent.map(({ key }) => key)).toEqual(["slack"]);
    expect(asked).toBe(4);
    await post.carrier.close();
    await looking;
    expect((await post.store.outbox.list({ state: "waiting" })).map(({ tries }) => tries)).toEqual(Array(10).fill(0));
    await post.store.close();
  });
});

describe("the channel of an environment", () => {
  const ways = [
    { via: "slack", address: "#deploys" },
    { via: "mail", address: "ops@example.com" },
  ];
  const channelOf = (): EnvironmentChannel => ({ ways, language: "ko" });

  it("has its own language and a second place", async () => {
    const post = await aPost({ channelOf });
    post.behave("slack", down);
    await post.write("a", anEnd("succeeded"), toChannel);
    await post.pass(70);
    expect(post.sent.map(({ via, to, words }) => [via, to, words.title])).toEqual([
      ["mail", "ops@example.com", "배포 완료: orders → production (d-12)"],
    ]);
    await post.store.close();
  });

  it("may be missing", async () => {
    const post = await aPost();
    await post.write("a", anEnd("succeeded"), toChannel);
    await post.pass(0);
    expect(await post.states()).toEqual([["a", "dropped", null]]);
    expect(await post.store.audit({})).toEqual([]);
    await post.store.close();
  });
});

describe("the order of the configuration", () => {
  it("comes before the order of a person's contacts", async () => {
    const post = await aPost({ order: ["mail"] });
    await post.person("kim", slackAndMail);
    await post.write("a", anAsk());
    await post.pass(0);
    expect(post.sent.map(({ via }) => via)).toEqual(["mail"]);
    await post.store.close();
  });
});

describe("whoever pushed without having an account", () => {
  const pusher: Addressee = { kind: "mail", address: "dev@example.com" };

  it("is told only where the configuration says by which channel", async () => {
    for (const [settings, told] of [
      [{ pushers: "mail" }, ["dev@example.com"]],
      [{}, []],
    ] as const) {
      const post = await aPost(settings);
      await post.write("a", anEnd("failed"), pusher);
      await post.pass(0);
      expect(post.sent.map(({ to }) => to)).toEqual(told);
      await post.store.close();
    }
  });
});

describe("a person without a contact", () => {
  it("is reached at the address in their commits, only where the configuration says so", async () => {
    for (const [settings, told] of [
      [{ pushers: "mail" }, [["mail", "lee@work.example"]]],
      [{}, []],
    ] as const) {
      const post = await aPost(settings);
      const commitMails = ["lee@work.example", "lee@home.example"];
      await post.store.people.write([{ login: "lee", set: { name: "Lee", commitMails } }], [], 0);
      await post.write("a", anEnd("failed"), { kind: "person", login: "lee" });
      await post.pass(0);
      expect(post.sent.map(({ via, to }) => [via, to])).toEqual(told);
      await post.store.close();
    }
  });
});

describe("the store", () => {
  it("wakes whoever sends when a transaction had messages in it, after it was written", async () => {
    const post = await aPost();
    const woken: number[] = [];
    const store: Store = wakingStore(post.store, () => woken.push(1));
    await store.commit({ at: 1 });
    expect(woken).toEqual([]);
    await store.commit({ at: 1, messages: [{ key: "a", to: kim, message: anAsk() }] });
    expect(woken).toEqual([1]);
    await post.store.close();
  });
});
