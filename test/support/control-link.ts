/** The way from Signalbox to the sshd of one host, so that it can be cut while users still come to the host. */
import { createConnection, createServer } from "node:net";
import type { Server, Socket } from "node:net";

export class ControlLink {
  readonly address: string;
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #state: "whole" | "cut" | "silent" = "whole";

  private constructor(server: Server, address: string, port: number) {
    this.#server = server;
    this.address = address;
    this.port = port;
  }

  static async open(listenOn: string, to: { readonly host: string; readonly port: number }): Promise<ControlLink> {
    // Either side may finish first and still has to get what is on its way to it.
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, listenOn, resolve);
    });
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new Error("the link has no port");
    const link = new ControlLink(server, listenOn, bound.port);
    server.on("connection", (near) => link.#carry(near, to));
    return link;
  }

  /** Every connection breaks, and new ones are broken at once. */
  cut(): void {
    this.#state = "cut";
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Connections stay, and nothing comes through any more. */
  silence(): void {
    this.#state = "silent";
    for (const socket of this.#sockets) socket.pause();
  }

  /** What was silent before stays broken, as after a firewall has forgotten its connections. */
  restore(): void {
    if (this.#state === "silent") for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#state = "whole";
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #carry(near: Socket, to: { readonly host: string; readonly port: number }): void {
    this.#keep(near);
    if (this.#state === "cut") near.resetAndDestroy();
    else if (this.#state === "silent") near.pause();
    else {
      const far = createConnection({ ...to, allowHalfOpen: true });
      this.#keep(far);
      near.on("error", () => far.destroy()).pipe(far);
      far.on("error", () => near.destroy()).pipe(near);
    }
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
