/** What every way to reach people has to do, against a server that answers as the service's documentation says. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Envelope, Notifier, Words } from "./notifier.ts";
import { NotifyFailed } from "./notifier.ts";

/** How the service behaves: `busy` asks for patience of 7 s, `endless` never stops answering. */
export type Behaviour = "well" | "failing" | "busy" | "silent" | "closed" | "redirecting" | "endless";

export interface ShownMessage {
  /** Everything that people can read in it. */
  readonly text: string;
  /** Where its link goes. */
  readonly link: string | undefined;
}

export interface NotifierUnderTest {
  readonly notifier: Notifier;
  /** An address there; `unknown` where the service knows its addresses. */
  readonly known: string;
  readonly unknown?: string;
  /** Whether a message can be changed after it was sent. */
  readonly changes: boolean;
  /** Which of the behaviours it can have. */
  readonly behaviours: readonly Behaviour[];
  /** None of them may be in an error. */
  readonly secrets: readonly string[];
  behave(how: Behaviour): Promise<void> | void;
  /** The messages that are there, in the order in which they came; a changed one stays in its place. */
  shown(): readonly ShownMessage[];
  /** Somebody deletes all messages. */
  forget(): void;
  stop(): Promise<void>;
}

export const someWords: Words = {
  title: "Approval needed: orders to production (d-12)",
  paragraphs: ["kim asks to deploy this.", "· 12 commits by lee\n· 1 file changed"],
  facts: [
    { name: "Service", value: "orders" },
    { name: "승인 기한", value: "11월 23일(월) 15:20" },
  ],
  link: { label: "Look at it and decide", url: "https://signalbox.example/approvals/01J1?x=1&y=(2)" },
  tone: "ask",
};

export function anEnvelope(to: string, differences: Partial<Envelope> = {}): Envelope {
  return { to, words: someWords, key: "a-1:1:person:kim", notice: true, thread: "a-1", ...differences };
}

/** Invisible spaces may be put between characters, marks may be taken for others; letters stay. */
function letters(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, " ");
}

const patience = 200;

export function describeNotifier(name: string, open: () => Promise<NotifierUnderTest>): void {
  describe(`messages by ${name}`, () => {
    let world: NotifierUnderTest;
    beforeEach(async () => {
      world = await open();
    });
    afterEach(() => world.stop());

    const send = (differences: Partial<Envelope> = {}, signal = AbortSignal.timeout(10_000)) =>
      world.notifier.send(anEnvelope(world.known, differences), signal);
    const failure = async (sending: Promise<unknown>): Promise<NotifyFailed> => {
      const error = await sending.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(NotifyFailed);
      const told = `${(error as Error).message} ${(error as Error).stack} ${String((error as Error).cause)}`;
      for (const secret of world.secrets) expect(told).not.toContain(secret);
      return error as NotifyFailed;
    };
    const wordsWith = (title: string): Words => ({ ...someWords, title });

    it("shows all of the words, and where to look", async () => {
      await send();
      const [message, ...more] = world.shown();
      expect(more).toEqual([]);
      for (const text of [
        "Approval needed",
        "kim asks to deploy this",
        "1 file changed",
        "Service",
        "승인 기한",
        "15 20",
      ])
        expect(letters(message!.text)).toContain(letters(text));
      expect(new URL(message!.link!).href.replaceAll("%28", "(").replaceAll("%29", ")")).toBe(someWords.link!.url);
    });

    it("does without a link", async () => {
      const { link: _, ...words } = someWords;
      await send({ words });
      expect(world.shown()).toMatchObject([{ text: expect.stringContaining("orders"), link: undefined }]);
    });

    it("keeps one message per thread where it can, and says something new where that must be noticed", async () => {
      const { ref } = await send();
      const thread = ref === undefined ? {} : { previous: ref };
      const second = await send({ ...thread, key: "2", words: wordsWith("It moved"), notice: false });
      expect(world.shown()).toHaveLength(world.changes ? 1 : 2);
      expect(world.shown().at(-1)!.text).toContain("It moved");
      if (!world.changes) return;
      expect(second.ref).toBe(ref);
      await send({ ...thread, key: "3", words: wordsWith("It failed") });
      const [changed, noticed, ...more] = world.shown();
      expect(changed!.text).toContain("It failed");
      expect(noticed!.text).toContain("It failed");
      expect(noticed!.text.length).toBeLessThan(changed!.text.length);
      expect(more).toEqual([]);
    });

    it("sends a new one when the one that it would change is gone", async () => {
      const { ref } = await send();
      world.forget();
      const again = await send({ words: wordsWith("Still here"), ...(ref === undefined ? {} : { previous: ref }) });
      expect(world.shown()).toMatchObject([{ text: expect.stringContaining("Still here") }]);
      expect(again.ref !== ref).toBe(world.changes);
    });

    it("takes nothing invisible along, and no line breaks into titles", async () => {
      const title = "fine\r\nBcc: all@example.com\u202E\u0000\u0007 end";
      await send({ words: { ...someWords, title, paragraphs: ["a\u2066b\u0000c\u001B[31m"] } });
      const [{ text } = { text: "" }] = world.shown();
      expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/);
      expect(letters(text)).toContain("fine Bcc all example com end");
    });

    it("cuts what is longer than the service takes", async () => {
      const long = "가🚦<&*_".repeat(20_000);
      const facts = Array.from({ length: 40 }, (_, index) => ({ name: `${index} ${long}`, value: long }));
      await send({ words: { ...someWords, title: `Title ${long}`, paragraphs: [`Text ${long}`, long], facts } });
      const [message] = world.shown();
      expect(message!.text).toContain("Title");
      expect(message!.text).toContain("Text");
      expect(message!.text.isWellFormed()).toBe(true);
    });

    it("says whether asking again can help", async () => {
      const refused = world.unknown === undefined ? undefined : await failure(send({ to: world.unknown }));
      expect(refused?.never ?? true).toBe(true);
      for (const how of ["failing", "redirecting", "closed"] as const) {
        if (!world.behaviours.includes(how)) continue;
        await world.behave(how);
        expect([how, (await failure(send())).never]).toEqual([how, false]);
      }
    });

    it("is as patient as it is asked to be", async () => {
      if (!world.behaviours.includes("busy")) return;
      await world.behave("busy");
      expect(await failure(send())).toMatchObject({ never: false, retryAfterMilliseconds: 7_000 });
    });

    it("ends when it is called off, whatever the service does", async () => {
      await world.behave("silent");
      const before = performance.now();
      await failure(send({}, AbortSignal.timeout(patience)));
      expect(performance.now() - before).toBeLessThan(10 * patience);
    });

    it("does not read an answer that never ends", async () => {
      if (!world.behaviours.includes("endless")) return;
      await world.behave("endless");
      await Promise.race([send({}, AbortSignal.timeout(5_000)).catch(failureOnly), tooLate(4_000)]);
    });
  });
}

function failureOnly(error: unknown): void {
  expect(error).toBeInstanceOf(NotifyFailed);
}

async function tooLate(milliseconds: number): Promise<never> {
  await new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
  throw new Error("it is still reading");
}
