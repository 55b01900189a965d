/** WebSockets that are held open and asked for an echo each second: who cut them, and when. */
import { randomBytes } from "node:crypto";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

import { failureOf } from "./ask.ts";
import type { WebSocketCut, WebSocketsResult } from "./result.ts";
import { encodeFrame, FrameReader, opcodes } from "./websocket-frames.ts";

const path = "/socket";
const echoEveryMilliseconds = 1_000;
const reopenAfterMilliseconds = 500;

export class WebSockets {
  readonly #limitMilliseconds: number;
  readonly #open = new Set<HeldOpen>();
  readonly #cut: WebSocketCut[] = [];
  readonly #refused: { at: number; why: string }[] = [];
  #opened = 0;
  #echoes = 0;
  #stopped = false;

  constructor(urls: readonly string[], count: number, limitMilliseconds: number) {
    this.#limitMilliseconds = limitMilliseconds;
    for (let index = 0; index < count; index += 1) this.#keepOne(urls[index % urls.length]!);
  }

  /** Ends all of them; ours are no cuts. */
  stop(): WebSocketsResult {
    this.#stopped = true;
    const result = {
      opened: this.#opened,
      refused: this.#refused,
      cut: this.#cut,
      openAtTheEnd: this.#open.size,
      echoes: this.#echoes,
    };
    for (const held of this.#open) held.end();
    return result;
  }

  #keepOne(url: string): void {
    if (this.#stopped) return;
    const again = (): void => void setTimeout(() => this.#keepOne(url), reopenAfterMilliseconds);
    const refused = (why: string): void => {
      if (this.#stopped) return;
      this.#refused.push({ at: Date.now(), why });
      again();
    };
    const headers = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": randomBytes(16).toString("base64"),
    };
    const asked = request(new URL(path, url), { headers, agent: false });
    const limit = setTimeout(() => asked.destroy(new Error("no answer in time")), this.#limitMilliseconds);
    asked.once("close", () => clearTimeout(limit));
    asked.on("error", (error) => refused(failureOf(error)));
    asked.once("response", (response) => {
      response.resume();
      refused(`status ${response.statusCode}`);
    });
    asked.once("upgrade", (response, socket, head) => {
      clearTimeout(limit);
      this.#hold(response, socket, head, again);
    });
    asked.end();
  }

  #hold(response: IncomingMessage, socket: Duplex, head: Buffer, again: () => void): void {
    const release = response.headers["x-release"];
    const openSince = Date.now();
    this.#opened += 1;
    const held = new HeldOpen(socket, head, this.#limitMilliseconds, {
      echo: () => (this.#echoes += 1),
      cut: (how) => {
        this.#open.delete(held);
        if (this.#stopped) return;
        this.#cut.push({ at: Date.now(), openSince, how, release: typeof release === "string" ? release : "" });
        again();
      },
    });
    this.#open.add(held);
    if (this.#stopped) held.end();
  }
}

class HeldOpen {
  readonly #socket: Duplex;
  readonly #timer: NodeJS.Timeout;
  #waitingSince: number | undefined;

  constructor(
    socket: Duplex,
    head: Buffer,
    limitMilliseconds: number,
    tell: { readonly echo: () => void; readonly cut: (how: string) => void },
  ) {
    this.#socket = socket;
    const frames = new FrameReader();
    let how = "ended";
    const read = (bytes: Buffer): void => {
      for (const { opcode, payload } of frames.take(bytes)) {
        if (opcode === opcodes.ping) socket.write(encodeFrame(opcodes.pong, payload));
        if (opcode === opcodes.close) {
          how = `closed ${payload.length >= 2 ? payload.readUInt16BE(0) : 1005}`;
          socket.end(encodeFrame(opcodes.close, payload.subarray(0, 2)));
        }
        if (opcode === opcodes.text) {
          this.#waitingSince = undefined;
          tell.echo();
        }
      }
    };
    this.#timer = setInterval(() => {
      const silentFor = performance.now() - (this.#waitingSince ?? performance.now());
      if (silentFor > limitMilliseconds) {
        how = "silent";
        socket.destroy();
      } else if (this.#waitingSince === undefined && socket.writable) {
        this.#waitingSince = performance.now();
        socket.write(encodeFrame(opcodes.text, Buffer.from("still there?")));
      }
    }, echoEveryMilliseconds);
    socket.on("data", (bytes: Buffer) => {
      try {
        read(bytes);
      } catch {
        how = "broken frame";
        socket.destroy();
      }
    });
    socket.once("end", () => socket.end());
    socket.on("error", () => (how = how === "ended" ? "reset" : how));
    socket.once("close", () => {
      clearInterval(this.#timer);
      tell.cut(how);
    });
    read(head);
  }

  end(): void {
    const goingAway = Buffer.from([1001 >> 8, 1001 & 0xff]);
    if (this.#socket.writable) this.#socket.end(encodeFrame(opcodes.close, goingAway));
    clearInterval(this.#timer);
    setTimeout(() => this.#socket.destroy(), 500);
  }
}
