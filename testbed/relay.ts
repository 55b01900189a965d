/** A slow line to a host: a TCP relay that delays and throttles, because this kernel has no `netem`. */
import { createConnection, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface Line {
  /** Added in each direction, so a round trip takes twice as long. */
  readonly delayMs?: number;
  /** In each direction and for each connection. */
  readonly bytesPerSecond?: number;
  /** The connection breaks once so many bytes went to the host. */
  readonly breakAfterBytes?: number;
}

export interface Relay {
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

export async function openRelay(
  listenOn: string,
  target: { address: string; port: number },
  line: Line,
): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection({ host: target.address, port: target.port });
    const both = [near, far];
    for (const socket of both) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        for (const end of both) end.destroy();
      });
    }
    void carry(near, far, line, line.breakAfterBytes ?? Infinity);
    void carry(far, near, line, Infinity);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, listenOn, resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("the relay has no port");
  return {
    address: listenOn,
    port: bound.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function carry(from: Socket, to: Socket, line: Line, breakAfter: number): Promise<void> {
  const { delayMs = 0, bytesPerSecond = Infinity } = line;
  // The wire: what is on it arrives in order, each piece delayMs after it was sent.
  let arrived = Promise.resolve();
  let total = 0;
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      await sleep((chunk.length / bytesPerSecond) * 1000);
      total += chunk.length;
      if (total > breakAfter) {
        from.resetAndDestroy();
        to.resetAndDestroy();
        return;
      }
      const arrives = sleep(delayMs);
      arrived = arrived.then(() => arrives).then(() => send(to, chunk));
    }
    await arrived;
    to.end();
  } catch {
    to.destroy();
  }
}

/** Waits when the receiver does not keep up, as a line would. */
async function send(to: Socket, chunk: Buffer): Promise<void> {
  if (to.destroyed || to.write(chunk)) return;
  await new Promise((resolve) => {
    to.once("drain", resolve);
    to.once("close", resolve);
  });
}
