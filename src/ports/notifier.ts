/** A way to reach people: mail, a chat, a webhook. */

import type { Channel } from "../core/channel.ts";

/** A message in words, the same for every channel; each channel brings it into its own form, with its own encoder. */
export interface Words {
  /** One line: the subject of a mail, the headline in a chat. */
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** Pairs that are read at a glance, such as the service, the revision, the deadline. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly link?: { readonly label: string; readonly url: string };
  readonly tone: "ask" | "good" | "bad" | "plain";
}

export interface Envelope {
  /** A mail address, a member or channel of a chat; empty where the channel has only one place. */
  readonly to: string;
  readonly words: Words;
  /** The same for every try of one message: where a channel knows such keys, a message that is sent twice shows once. */
  readonly key: string;
  /** The reader has to notice it; where an older message is only changed, something new comes beside it. */
  readonly notice: boolean;
  /** Messages of one thread belong together. */
  readonly thread: string;
  /** What the channel called the last message of this thread to the same address. */
  readonly previous?: string;
}

export interface Sent {
  /** What the channel calls the message, where it can be changed later. */
  readonly ref?: string;
}

/** It was not sent. `never`: asking again would change nothing. The message holds no secret of the channel. */
export class NotifyFailed extends Error {
  override readonly name = "NotifyFailed";
  readonly never: boolean;
  /** The channel asks to be left alone for so long. */
  readonly retryAfterMilliseconds: number | undefined;

  constructor(message: string, { never = false, retryAfterMilliseconds }: Partial<Omit<NotifyFailed, "name">> = {}) {
    super(message);
    this.never = never;
    this.retryAfterMilliseconds = retryAfterMilliseconds;
  }
}

export interface Notifier {
  /** @throws {NotifyFailed} */
  send(envelope: Envelope, signal: AbortSignal): Promise<Sent>;
}

/** The ways to reach people that this server knows. */
export interface Notifiers {
  of(channel: Channel): Promise<Notifier>;
}
