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
  readonly at: number;
  /** How often it was tried. */
  readonly tries: number;
  readonly lastError: string | null;
}

export type MessageState = "waiting" | "sent" | "given-up" | "replaced";

/** How a try went. */
export type Settled =
  /** `via` is the channel that took it; `ref` is what the channel calls it, if it can be changed there. */
  | { readonly kind: "sent"; readonly via: string; readonly ref?: string }
  | { readonly kind: "again"; readonly at: number; readonly error: string }
  | { readonly kind: "given-up"; readonly error: string }
  /** A newer message of its thread was sent meanwhile. */
  | { readonly kind: "replaced" };

export interface Outbox {
  /** What is due at this time, the oldest first. */
  due(at: number, limit: number): Promise<readonly KeptMessage[]>;
  settle(id: number, settled: Settled, at: number): Promise<void>;
  /** What a channel calls the last message of a thread to somebody. */
  lastRef(thread: string, to: Addressee, via: string): Promise<string | undefined>;
  /** The newest first, for people who ask what became of a message. */
  list(filter: {
    readonly thread?: string;
    readonly state?: MessageState;
    readonly limit?: number;
  }): Promise<readonly (KeptMessage & { readonly state: MessageState; readonly via: string | null })[]>;
}
