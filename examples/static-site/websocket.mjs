// Holds WebSockets open and says back what it is told: RFC 6455 by hand, because this service has no dependency.
// node-greeter and static-site hold the same file, because each stands for a repository of its own.

import { createHash } from "node:crypto";

const opcodes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 };
const goingAway = Buffer.from([1001 >> 8, 1001 & 0xff]);
const tooBig = Buffer.from([1009 >> 8, 1009 & 0xff]);
const open = new Set();

/** Answers an upgrade with a WebSocket that lives until one of the two says goodbye. */
export function acceptWebSocket(request, socket, head, headers) {
  const key = request.headers["sec-websocket-key"];
  if (request.headers.upgrade?.toLowerCase() !== "websocket" || !key) return refuse(socket, "400 Bad Request");

  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  const lines = ["Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("\r\n")}\r\n\r\n`);
  socket.setNoDelay(true);
  open.add(socket);
  socket.once("close", () => open.delete(socket));
  socket.on("error", () => {});

  let unread = head;
  const read = (bytes) => {
    unread = Buffer.concat([unread, bytes]);
    for (let frame = takeFrame(unread); frame; frame = takeFrame(unread)) {
      unread = frame.rest;
      answerFrame(socket, frame);
    }
  };
  socket.on("data", read);
  read(Buffer.alloc(0));
}

export function refuse(socket, status) {
  socket.on("error", () => {});
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Says goodbye to everybody: clients come back, and then to a process that stays. */
export function closeWebSockets() {
  for (const socket of open) close(socket, goingAway);
}

function answerFrame(socket, { opcode, payload }) {
  if (opcode === opcodes.text || opcode === opcodes.binary) send(socket, opcode, payload);
  else if (opcode === opcodes.ping) send(socket, opcodes.pong, payload);
  else if (opcode === opcodes.close) close(socket, payload.subarray(0, 2));
}

function close(socket, code) {
  if (socket.writableEnded) return;
  send(socket, opcodes.close, code);
  socket.end();
  // Whoever does not hang up in turn is not waited for.
  setTimeout(() => socket.destroy(), 500).unref();
}

function send(socket, opcode, payload) {
  if (socket.writableEnded) return;
  const long = payload.length > 125;
  const head = Buffer.alloc(long ? 4 : 2);
  head[0] = 0x80 | opcode;
  head[1] = long ? 126 : payload.length;
  if (long) head.writeUInt16BE(payload.length, 2);
  socket.write(Buffer.concat([head, payload]));
}

/** The first whole frame of a client, unmasked; undefined until all of it is there. One of 64 KiB or more is a goodbye. */
function takeFrame(bytes) {
  if (bytes.length < 2) return undefined;
  const opcode = bytes[0] & 0x0f;
  const short = bytes[1] & 0x7f;
  if (short === 127) return { opcode: opcodes.close, payload: tooBig, rest: Buffer.alloc(0) };
  const maskAt = short === 126 ? 4 : 2;
  if (bytes.length < maskAt + 4) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short;
  const begin = maskAt + 4;
  if (bytes.length < begin + length) return undefined;
  const payload = Buffer.from(bytes.subarray(begin, begin + length));
  for (let at = 0; at < length; at += 1) payload[at] ^= bytes[maskAt + (at & 3)];
  return { opcode, payload, rest: bytes.subarray(begin + length) };
}
