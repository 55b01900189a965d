import type { Socket } from "node:net";

import type { ByteStream, HostUnreachable } from "../../../ports/hosts.ts";

/** A stream to a socket of a host, over a forwarding that OpenSSH listens for on this machine. */
export class HostSocket implements ByteStream {
  readonly #socket: Socket;
  readonly #unreachable: (why: string) => HostUnreachable;
  #isGivenUp = false;

  constructor(socket: Socket, unreachable: (why: string) => HostUnreachable) {
    this.#socket = socket;
    this.#unreachable = unreachable;
    // Whoever reads hears of an error; whoever does not read yet must not be ended by it.
    socket.on("error", () => {});
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  destroy(): void {
    this.#isGivenUp = true;
    this.#socket.destroy();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of this.#socket as AsyncIterable<Uint8Array>) yield chunk;
    } catch (error) {
      const { name, code = name } = error as NodeJS.ErrnoException;
      if (name === "AbortError") throw error;
      if (this.#isGivenUp) return;
      throw this.#unreachable(`it ended with ${code}`);
    }
    // OpenSSH takes the connection first and asks the host then. A socket that is not there looks like an early end.
    if (this.#socket.bytesRead === 0 && !this.#isGivenUp) throw this.#unreachable("it ended before a byte came");
  }
}
