/**
 * Empties the outbox: whatever is due, whenever it is woken. It holds no truth; a wake-up that is lost is made good by
 * the next scan.
 */
import { addresseeKey, threadOf } from "../../core/message.ts";
import type { KeptMessage } from "../../ports/outbox.ts";
import type { Store } from "../../ports/store.ts";
import { deliver, type Delivery, type DeliveryWorld, type Turns } from "./deliver.ts";

/** More wait for the next look. */
const mostAtOnce = 1000;
const mostPerChannel = 4;

/** What is being sent when the server ends has so long to arrive; what is called off stays in the outbox. */
const graceMilliseconds = 3_000;
/** Looks this often, in case that a wake-up was lost, and for what is due again. */
const scanMilliseconds = 5_000;

export interface Courier {
  /** Looks what is due. @returns when everything that was due then has had its turn */
  look(): Promise<void>;
  close(): Promise<void>;
}

export function courier(settings: Delivery["settings"], world: DeliveryWorld): Courier {
  const stop = new AbortController();
  let isClosing = false;
  const delivery: Delivery = { settings, world, turns: turnsPerChannel(), signal: stop.signal };
  /** By reader and thread: one after the other, so that what is newer comes last. */
  const busy = new Map<string, Promise<void>>();
  const carry = async (messages: readonly KeptMessage[]): Promise<void> => {
    for (const message of messages) if (!isClosing) await deliver(message, delivery);
  };
  return {
    async look() {
      const { frozen } = await world.store.installation();
      // A restored copy of a store must not tell everything again.
      if (frozen || isClosing) return;
      const due = await world.store.outbox.due(world.clock.now(), mostAtOnce);
      const turns = [...Map.groupBy(due, keyOf)]
        .filter(([key]) => !busy.has(key))
        .map(([key, messages]) => {
          const turn = carry(messages).finally(() => busy.delete(key));
          busy.set(key, turn);
          return turn;
        });
      const failed = (await Promise.allSettled(turns)).find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason;
    },
    async close() {
      isClosing = true;
      const sent = Promise.allSettled(busy.values());
      await Promise.race([sent, world.clock.sleep(graceMilliseconds, stop.signal)]);
      stop.abort();
      await sent;
    },
  };
}

function keyOf({ to, message }: KeptMessage): string {
  return `${addresseeKey(to)} ${threadOf(message)}`;
}

function turnsPerChannel(): Turns {
  const channels = new Map<string, { running: number; readonly waiting: (() => void)[] }>();
  return async (name, work) => {
    const channel = channels.get(name) ?? { running: 0, waiting: [] };
    channels.set(name, channel);
    if (channel.running >= mostPerChannel) await new Promise<void>((resolve) => void channel.waiting.push(resolve));
    else channel.running += 1;
    try {
      return await work();
    } finally {
      const next = channel.waiting.shift();
      if (next === undefined) channel.running -= 1;
      else next();
    }
  };
}

export interface Sending {
  wake(): void;
  close(): Promise<void>;
}

/** Sends what the store has and will have. What fails here is tried again by the next look. */
export function sendMessages(
  settings: Delivery["settings"],
  world: DeliveryWorld,
  onError: (error: Error) => void,
): Sending {
  const messages = courier(settings, world);
  const wake = (): void => void messages.look().catch(onError);
  const timer = setInterval(wake, scanMilliseconds);
  wake();
  return {
    wake,
    close: async () => {
      clearInterval(timer);
      await messages.close();
    },
  };
}

/** The same store; it says when a transaction had messages in it. */
export function wakingStore(store: Store, wake: () => void): Store {
  return {
    ...store,
    async commit(change) {
      await store.commit(change);
      // What becomes of a message is the server's doing, and not of whoever wrote it.
      if ((change.messages ?? []).length > 0) store.within(undefined, wake);
    },
  };
}
