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
  // Either side may finish first and still has to get what is on its way to it.
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = createConnection({ host: target.address, port: target.port, allowHalfOpen: true });
    const join = (one: Socket, other: Socket): void => {
      sockets.add(one);
      one.setNoDelay(true);
      one.on("error", () => other.resetAndDestroy());
      one.on("close", () => sockets.delete(one));
    };
    join(near, far);
    join(far, near);
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
    // The sender's end is not the end of the socket: an answer may still go the other way.
    for await (const chunk of from.iterator({ destroyOnReturn: false })) {
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
  await new Promise<void>((resolve) => {
    const goOn = (): void => {
      to.off("drain", goOn).off("close", goOn);
      resolve();
    };
    to.on("drain", goOn).on("close", goOn);
  });
}
