/** A text for the standard input of a command: what must not stand in its arguments, which everybody on a host can read. */
import type { ByteSource } from "../ports/hosts.ts";

export function bytesOf(text: string): ByteSource {
  const bytes = Buffer.from(text, "utf8");
  return {
    bytes: bytes.length,
    stream: async function* stream() {
      yield bytes;
    },
  };
}
