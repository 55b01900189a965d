/** What is known of a person, as options. */
import { InvalidArgumentError } from "commander";

import type { Details } from "../core/amendment.ts";
import type { Language } from "../core/language.ts";
import type { Contact } from "../core/person.ts";

export interface DetailOptions {
  readonly name?: string;
  readonly language?: Language;
  readonly contact?: readonly Contact[];
  readonly commitMail?: readonly string[];
  readonly mostOpen?: number;
  readonly mostADay?: number;
}

/** `mail:kim@example.com`; the channel's name is that of the configuration. */
export function contact(text: string, before: readonly Contact[] = []): readonly Contact[] {
  const [, via, address] = /^([a-z][a-z0-9-]{0,62}):(.+)$/.exec(text) ?? [];
  if (via === undefined || address === undefined) {
    throw new InvalidArgumentError("Write it as channel:address, such as mail:kim@example.com.");
  }
  return [...before, { via, address }];
}

type Request = { -readonly [Key in keyof Details]: Details[Key] };

interface SentDetails {
  name?: string;
  language?: Language;
  contacts?: Contact[];
  commitMails?: string[];
  most?: { open?: number; inADay?: number };
}

/** Only what was said. */
export function details({
  name,
  language,
  contact: contacts,
  commitMail,
  mostOpen,
  mostADay,
}: DetailOptions): SentDetails {
  const most = {
    ...(mostOpen === undefined ? {} : { open: mostOpen }),
    ...(mostADay === undefined ? {} : { inADay: mostADay }),
  };
  const sent: SentDetails = {
    ...(name === undefined ? {} : { name }),
    ...(language === undefined ? {} : { language }),
    ...(contacts === undefined ? {} : { contacts: [...contacts] }),
    ...(commitMail === undefined ? {} : { commitMails: [...commitMail] }),
    ...(Object.keys(most).length === 0 ? {} : { most }),
  };
  return sent satisfies Request;
}
