/** Messages that wait to be sent. They are written in the transaction of what they tell, so none is lost and none is early. */
import type { Addressee, Message } from "../core/message.ts";

export interface NewMessage {
  /** The same message is written once, whoever writes it again. */
  readonly key: string;
  readonly to: Addressee;
  readonly message: Message;
}

export interface KeptMessage extends NewMessage {
  readonly id: number;
  /** When it was written. */
  readonly at: number;
  /** How often it was tried. */
  readonly tries: number;
  readonly lastError: string | null;
}

export type MessageState = "waiting" | "sent" | "given-up" | "replaced" | "dropped";

/** How a try went. */
export type Settled =
  /** `via` is the channel that took it for an address; `ref` is what it calls it there, if a later one needs that. */
  | { readonly kind: "sent"; readonly via: string; readonly address: string; readonly ref?: string }
  | { readonly kind: "again"; readonly at: number; readonly error: string }
  /** With a row in the audit log: somebody was not told. */
  | { readonly kind: "given-up"; readonly error: string }
  /** It was not tried any more: a newer message of its thread says more. */
  | { readonly kind: "replaced" }
  /** There is nowhere to send it, and nobody misses it: the environment has no channel, the reader no contact. */
  | { readonly kind: "dropped" };

/** A message with what became of it. */
export interface ListedMessage extends KeptMessage {
  readonly state: MessageState;
  /** Who took it. */
  readonly via: string | null;
  readonly address: string | null;
  /** When it was sent, given up or replaced; while it waits, when it is tried again. */
  readonly next: number;
}

export interface Outbox {
  /** What is due at this time, the oldest first. */
  due(at: number, limit: number): Promise<readonly KeptMessage[]>;
  /** What has been settled for good stays so. */
  settle(id: number, settled: Settled, at: number): Promise<void>;
  /** What a channel calls the newest message of a thread that it took for this address. */
  lastRef(thread: string, via: string, address: string): Promise<string | undefined>;
  /** Messages of the same thread to the same reader that were written later, the oldest first. */
  newer(message: KeptMessage): Promise<readonly ListedMessage[]>;
  /** The newest first, for people who ask what became of a message. */
  list(filter: {
    readonly thread?: string;
    readonly state?: MessageState;
    readonly limit?: number;
  }): Promise<readonly ListedMessage[]>;
}
