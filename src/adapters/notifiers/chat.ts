/** What all chats have in common: a message is posted, and where the chat can, the next of its thread changes it. */
import type { Envelope, Notifier, Sent } from "../../ports/notifier.ts";

export interface Chat {
  /** What the chat calls the new message, where it can be changed later. */
  post(envelope: Envelope, signal: AbortSignal): Promise<string | undefined>;
  /** Only of chats that can do it. `gone`: there is nothing left to change. */
  readonly change?: (envelope: Envelope, ref: string, signal: AbortSignal) => Promise<"changed" | "gone">;
  /** A short answer below a message that was changed, since nobody is told of changes. */
  readonly answer?: (envelope: Envelope, ref: string, signal: AbortSignal) => Promise<void>;
}

/**
 * One message per thread. Killed between two requests, the try that follows changes the same message once more and
 * answers again: somebody may be told twice, nobody is not told.
 */
export function notifierOf({ post, change, answer }: Chat): Notifier {
  return {
    async send(envelope, signal): Promise<Sent> {
      const { previous, notice } = envelope;
      if (previous !== undefined && change !== undefined && (await change(envelope, previous, signal)) === "changed") {
        if (notice) await answer?.(envelope, previous, signal);
        return { ref: previous };
      }
      const ref = await post(envelope, signal);
      return ref === undefined ? {} : { ref };
    },
  };
}
