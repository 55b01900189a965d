/** Frames of RFC 6455 as a client needs them: short ones out, any that fit into memory in. */
import { randomBytes } from "node:crypto";

export const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** A client has to mask what it sends. At most 125 bytes. */
export function encodeFrame(opcode: number, payload: Buffer): Buffer {
  if (payload.length > 125) throw new Error("only short frames are sent");
  const mask = randomBytes(4);
  const masked = payload.map((byte, index) => byte ^ mask[index & 3]!);
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length]), mask, masked]);
}

/** Takes bytes as they come, gives whole frames. */
export class FrameReader {
  #unread: Buffer = Buffer.alloc(0);

  /** @throws when the server masks, which it must not */
  take(bytes: Buffer): readonly Frame[] {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    const frames: Frame[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): Frame | undefined {
    const bytes = this.#unread;
    if (bytes.length < 2) return undefined;
    if ((bytes[1]! & 0x80) !== 0) throw new Error("a server must not mask");
    const short = bytes[1]!;
    const begin = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (bytes.length < begin) return undefined;
    const length = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
    if (bytes.length < begin + length) return undefined;
    this.#unread = bytes.subarray(begin + length);
    return { opcode: bytes[0]! & 0x0f, payload: bytes.subarray(begin, begin + length) };
  }
}
