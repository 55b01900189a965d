/**
 * Jars as Spring Boot makes them: some hundred deflated classes, then whole libraries, stored without compression.
 *
 * The same options give the same bytes, so that a figure can be measured again.
 */
import { crc32, deflateRawSync } from "node:zlib";

export interface JarShape {
  readonly classes: number;
  /** Sizes of the stored libraries. */
  readonly libraries: readonly number[];
  /** Which classes were changed since the first release. */
  readonly changed?: readonly number[];
  /** The build's moment, as seconds since 1980; entries carry it, and it differs between builds that don't pin it. */
  readonly builtAt?: number;
}

/** As in the measurements of docs/: 60 MB, 300 classes, 40 libraries. */
export const bootJar: JarShape = {
  classes: 300,
  libraries: Array.from({ length: 40 }, (_, index) => 400_000 + ((index * 7919) % 40) * 55_000),
};

interface Entry {
  readonly name: string;
  readonly method: 0 | 8;
  readonly crc: number;
  readonly data: Buffer;
  readonly size: number;
  readonly offset: number;
}

export function makeJar({ classes, libraries, changed = [], builtAt = 0 }: JarShape): Buffer {
  const chunks: Buffer[] = [];
  const entries: Entry[] = [];
  let offset = 0;
  const add = (name: string, content: Buffer, method: 0 | 8): void => {
    const data = method === 8 ? deflateRawSync(content, { level: 6 }) : content;
    const entry = { name, method, crc: crc32(content), data, size: content.length, offset };
    const header = localHeader(entry, builtAt);
    chunks.push(header, data);
    offset += header.length + data.length;
    entries.push(entry);
  };
  add("META-INF/MANIFEST.MF", Buffer.from("Manifest-Version: 1.0\r\nMain-Class: example.Main\r\n\r\n"), 8);
  for (let index = 0; index < classes; index++) add(className(index), classFile(index, changed.includes(index)), 8);
  for (const [index, size] of libraries.entries()) add(`BOOT-INF/lib/library-${index}.jar`, library(index, size), 0);
  const directory = Buffer.concat(entries.map((entry) => directoryEntry(entry, builtAt)));
  return Buffer.concat([...chunks, directory, endOfDirectory(entries.length, directory.length, offset)]);
}

const className = (index: number): string =>
  `BOOT-INF/classes/example/shop/${["orders", "payment", "stock", "mail"][index % 4]}/Handler${index}.class`;

/** Compresses about as a class file does: names that come again, numbers that don't. */
function classFile(index: number, changed: boolean): Buffer {
  const random = numbers(index + 1);
  const parts: Buffer[] = [Buffer.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 65])];
  const words = [
    "java/lang/String",
    "java/util/List",
    "example/shop/Order",
    "(Ljava/lang/Object;)V",
    "getAmount",
    "LineNumberTable",
  ];
  for (let part = 0; part < 120 + (index % 90); part++) {
    parts.push(Buffer.from(words[random() % words.length] ?? ""));
    const code = Buffer.alloc(12 + (random() % 20));
    for (let at = 0; at < code.length; at++) code[at] = random() & 0x7f;
    parts.push(code);
  }
  if (changed) parts.splice(60, 0, Buffer.from("a line that was not there before"));
  return Buffer.concat(parts);
}

/** A library is a jar itself: already compressed, so its bytes look random. */
function library(index: number, size: number): Buffer {
  const random = numbers(10_000 + index);
  const bytes = Buffer.alloc(size - (size % 4));
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(random(), at);
  return bytes;
}

/** Marsaglia's xorshift: fast, and the same everywhere. */
function numbers(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>>= 0);
  };
}

/** The time as MS-DOS knew it: two seconds are the shortest step. */
function stamp(builtAt: number): number {
  const date = new Date(Date.UTC(1980, 0, 1) + builtAt * 1000);
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  return ((day << 16) | time) >>> 0;
}

function localHeader({ name, method, crc, data, size }: Entry, builtAt: number): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(method, 8);
  header.writeUInt32LE(stamp(builtAt), 10);
  header.writeUInt32LE(crc, 14);
  header.writeUInt32LE(data.length, 18);
  header.writeUInt32LE(size, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name)]);
}

function directoryEntry({ name, method, crc, data, size, offset }: Entry, builtAt: number): Buffer {
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(20, 4);
  entry.writeUInt16LE(20, 6);
  entry.writeUInt16LE(method, 10);
  entry.writeUInt32LE(stamp(builtAt), 12);
  entry.writeUInt32LE(crc, 16);
  entry.writeUInt32LE(data.length, 20);
  entry.writeUInt32LE(size, 24);
  entry.writeUInt16LE(name.length, 28);
  entry.writeUInt32LE(offset, 42);
  return Buffer.concat([entry, Buffer.from(name)]);
}

function endOfDirectory(count: number, bytes: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(bytes, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}
