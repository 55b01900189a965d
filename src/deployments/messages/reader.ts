/** Who reads a message: by which ways, in which language. */
import type { MessageSettings, Way } from "../../core/channel.ts";
import type { Language } from "../../core/language.ts";
import type { Addressee } from "../../core/message.ts";
import type { World } from "../world.ts";

export interface Reader {
  /** The preferred one first; only those that are configured. */
  readonly ways: readonly Way[];
  readonly language: Language;
}

export async function readerOf(
  to: Addressee,
  settings: MessageSettings,
  { store }: Pick<World, "store">,
): Promise<Reader> {
  const { ways, language } = await wanted(to, settings, store);
  return { ways: ways.filter(({ via }) => settings.channels.has(via)), language };
}

async function wanted(to: Addressee, settings: MessageSettings, store: World["store"]): Promise<Reader> {
  const { language } = settings;
  switch (to.kind) {
    case "channel":
      return settings.channelOf(to.environment) ?? { ways: [], language };
    case "mail":
      return { ways: settings.pushers === undefined ? [] : [{ via: settings.pushers, address: to.address }], language };
    case "person": {
      const person = await store.people.find(to.login);
      if (person === undefined || person.disabled) return { ways: [], language };
      const { contacts, commitMails, language: own } = person;
      const mails = settings.pushers === undefined ? [] : commitMails.slice(0, 1);
      const others = mails.map((address) => ({ via: settings.pushers!, address }));
      return { ways: contacts.length === 0 ? others : inOrder(contacts, settings.order), language: own };
    }
  }
}

/** Channels that the order names come first; the others stay as the person has them. */
function inOrder(ways: readonly Way[], order: readonly string[]): readonly Way[] {
  const placeOf = ({ via }: Way): number => (order.includes(via) ? order.indexOf(via) : order.length);
  return ways.toSorted((one, other) => placeOf(one) - placeOf(other));
}
