import { once } from "node:events";
import { rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";

import { startSsh } from "./ssh-process.ts";

/** A unix socket of the host as it is on this machine while somebody uses it. */
interface Forward {
  readonly local: string;
  /** Resolves when the connection has taken it. */
  readonly ready: Promise<void>;
  users: number;
}

/** OpenSSH did not take the forwarding, or the way to the socket broke before anybody spoke. */
export class ForwardFailed extends Error {
  override readonly name = "ForwardFailed";
}

const askSeconds = 10;

/** The unix sockets of a host that can be spoken to over one warm connection. */
export class Forwards {
  readonly #host: string;
  readonly #controlPath: string;
  readonly #forwards = new Map<string, Forward>();
  #made = 0;

  /** @param controlPath where the warm connection is asked; the sockets are made beside it */
  constructor(host: string, controlPath: string) {
    this.#host = host;
    this.#controlPath = controlPath;
  }

  get size(): number {
    return this.#forwards.size;
  }

  /**
   * A byte stream to a socket. Streams to one socket share its forwarding, which ends with the last of them.
   *
   * @throws {ForwardFailed}
   */
  async open(path: string): Promise<Socket> {
    const forward = this.#forwards.get(path) ?? this.#add(path);
    forward.users++;

    try {
      await forward.ready;
      const socket = connect(forward.local);
      await once(socket, "connect");
      socket.once("close", () => void this.#release(path, forward));
      return socket;
    } catch (error) {
      void this.#release(path, forward);
      if (error instanceof ForwardFailed) throw error;
      throw new ForwardFailed((error as Error).message);
    }
  }

  #add(path: string): Forward {
    // Not the name of an earlier one, which OpenSSH may still be about to remove.
    const local = `${this.#controlPath}.f${++this.#made}`;
    const forward: Forward = { local, ready: this.#ask("forward", forwarding(local, path)), users: 0 };
    this.#forwards.set(path, forward);
    return forward;
  }

  async #release(path: string, forward: Forward): Promise<void> {
    if (--forward.users > 0) return;

    if (this.#forwards.get(path) === forward) this.#forwards.delete(path);
    // With the connection its forwardings are gone, and there is nobody to ask.
    await this.#ask("cancel", forwarding(forward.local, path)).catch(() => {});
    await rm(forward.local, { force: true });
  }

  async #ask(what: "forward" | "cancel", wanted: string): Promise<void> {
    // Without any configuration: forwardings that somebody has for himself in his own must not come along.
    const process = await startSsh(["-F", "none", "-S", this.#controlPath, "-O", what, "-L", wanted, "--", this.#host]);
    const timer = setTimeout(() => process.kill("SIGKILL"), askSeconds * 1000);
    process.stdin.end();
    process.stdout.resume();
    const ended = once(process, "close");
    ended.catch(() => {});
    try {
      const said = await text(process.stderr);
      const [code] = (await ended) as [number | null];
      if (code !== 0) throw new ForwardFailed(said.trim() || "OpenSSH gave no answer.");
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * The argument of `-L`. OpenSSH splits it at colons and replaces `%h` and `${HOME}` in it.
 *
 * @throws {RangeError} for a path that could mean anything but itself
 */
export function forwarding(local: string, remote: string): string {
  for (const path of [local, remote]) {
    if (!/^\/[A-Za-z0-9_./@+-]*[A-Za-z0-9_@+-]$/.test(path) || path.split("/").includes("..")) {
      throw new RangeError(`${JSON.stringify(path)} is not a plain absolute path of a socket.`);
    }
    // The kernel keeps 108 bytes with the one that ends it.
    if (path.length > 107) throw new RangeError(`${path} is longer than the 107 bytes of a socket's path.`);
  }
  return `${local}:${remote}`;
}
