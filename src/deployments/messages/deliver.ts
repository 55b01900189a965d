/**
 * One turn of a message in the outbox: it is sent by the first way that takes it, or tried again later.
 *
 * Killed after it was sent and before that is written down, it is sent once more by the next start, under the same
 * key: nobody is left out, and somebody may be told twice.
 */
import type { Way } from "../../core/channel.ts";
import { afterRefusals, isReplacedBy, waysInTurn, type Refused } from "../../core/delivery.ts";
import { needsNotice, threadOf, type Message } from "../../core/message.ts";
import type { Settings } from "../../core/settings.ts";
import { NotifyFailed, type Envelope, type Words } from "../../ports/notifier.ts";
import type { KeptMessage, Settled } from "../../ports/outbox.ts";
import { SecretFailed } from "../../ports/secrets.ts";
import { words } from "../../words/words.ts";
import type { World } from "../world.ts";
import { readerOf, type Reader } from "./reader.ts";

export type DeliveryWorld = Pick<World, "store" | "clock" | "notifiers" | "masks">;

/** Keeps a channel from being asked by too many at once. */
export type Turns = <Result>(channel: string, work: () => Promise<Result>) => Promise<Result>;

export interface Delivery {
  readonly settings: Pick<Settings, "messages" | "server">;
  readonly world: DeliveryWorld;
  readonly turns: Turns;
  readonly signal: AbortSignal;
}

/** @returns undefined when it was called off: then nothing is written down */
export async function deliver(kept: KeptMessage, delivery: Delivery): Promise<Settled | undefined> {
  const { store, clock } = delivery.world;
  const settled = await tell(kept, delivery);
  if (settled === undefined) return undefined;
  await store.outbox.settle(kept.id, settled, clock.now());
  return settled;
}

async function tell(kept: KeptMessage, delivery: Delivery): Promise<Settled | undefined> {
  const { settings, world, signal } = delivery;
  const newer = await world.store.outbox.newer(kept);
  const told = newer.filter(({ state }) => state === "waiting" || state === "sent");
  if (told.some(({ message }) => isReplacedBy(kept.message, message))) return { kind: "replaced" };

  const reader = await readerOf(kept.to, settings.messages(), world);
  if (reader.ways.length === 0) return nowhere(kept);

  // What is older never takes the place of what is newer.
  const mayChange = newer.every(({ state }) => state !== "sent");
  const refusals: Refused[] = [];
  for (const [index, way] of reader.ways.entries()) {
    const never = refusals.filter((one) => one.never).length;
    if (index >= waysInTurn(kept.tries, reader.ways.length, never)) break;
    const sent = await sendBy(way, kept, reader, mayChange, delivery);
    if (signal.aborted && !("kind" in sent)) return undefined;
    if ("kind" in sent) return sent;
    refusals.push(sent);
  }
  return afterRefusals(kept.message, kept, refusals, world.clock.now());
}

/** Approvers who can't be reached are missed; who only would have liked to know is not. */
function nowhere({ to, message }: KeptMessage): Settled {
  const isMissed =
    message.kind === "approval-asked" || message.kind === "glass-broken" || message.kind === "review-due";
  if (message.kind !== "test" && (to.kind !== "person" || !isMissed)) return { kind: "dropped" };
  const who = to.kind === "person" ? to.login : to.kind === "mail" ? to.address : to.environment;
  return { kind: "given-up", error: `${who} has no contact by a channel of the configuration` };
}

async function sendBy(
  way: Way,
  kept: KeptMessage,
  reader: Reader,
  mayChange: boolean,
  delivery: Delivery,
): Promise<Extract<Settled, { kind: "sent" }> | Refused> {
  const { settings, world, turns, signal } = delivery;
  const channel = settings.messages().channels.get(way.via)!;
  const thread = threadOf(kept.message);
  try {
    const previous = mayChange ? await world.store.outbox.lastRef(thread, way.via, way.address) : undefined;
    const notifier = await world.notifiers.of(channel);
    const { ref } = await turns(way.via, async () => {
      const envelope: Envelope = {
        to: way.address,
        // Durations count from the moment at which it is its turn.
        words: wordsFor(kept.message, reader, delivery),
        key: kept.key,
        notice: needsNotice(kept.message),
        thread,
        ...(previous === undefined ? {} : { previous }),
      };
      signal.throwIfAborted();
      return notifier.send(envelope, signal);
    });
    return { kind: "sent", via: way.via, address: way.address, ...(ref === undefined ? {} : { ref }) };
  } catch (error) {
    return refusedBy(way, error, world);
  }
}

function wordsFor(message: Message, { language }: Reader, { settings, world }: Delivery): Words {
  const { timeZone } = settings.messages();
  const server = settings.server().url;
  const said = words(language).message(message, {
    now: world.clock.now(),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(server === undefined ? {} : { server: server.replace(/\/+$/, "") }),
  });
  const mask = (text: string): string => world.masks.text(text);
  return {
    ...said,
    title: mask(said.title),
    paragraphs: said.paragraphs.map(mask),
    facts: said.facts.map(({ name, value }) => ({ name, value: mask(value) })),
  };
}

const longestError = 300;

function refusedBy({ via }: Way, error: unknown, { masks }: DeliveryWorld): Refused {
  const shown = (text: string): string => {
    const masked = masks.text(text).slice(0, longestError);
    return masked.startsWith(`${via}: `) ? masked : `${via}: ${masked}`;
  };
  if (error instanceof NotifyFailed) {
    const { never, message, retryAfterMilliseconds } = error;
    return {
      never,
      error: shown(message),
      ...(retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds }),
    };
  }
  if (error instanceof SecretFailed) return { never: false, error: shown(error.message.split("\n")[0] ?? "") };
  // What nobody has foreseen may have anything in its words.
  return { never: false, error: shown(error instanceof Error ? error.name : "an unknown failure") };
}
