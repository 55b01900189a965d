/** The blocks of a tar file (POSIX.1-2024 pax, and GNU's long names when reading). Bytes in, bytes out. */

export const blockBytes = 512;

export interface TarHeader {
  readonly name: string;
  /** `0` file, `1` hard link, `2` symbolic link, `5` directory, `x` and `g` pax records, `L` and `K` GNU long names. */
  readonly type: string;
  readonly mode: number;
  readonly size: number;
  readonly link: string;
}

/** A header that is none, or one that other programs could read in another way. */
export class TarMalformed extends Error {
  override readonly name = "TarMalformed";
}

/** Reads one header; nothing for the block of zeros that ends the archive. */
export function readHeader(block: Buffer): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  if (checksumOf(block) !== octal(block, 148, 8, "checksum")) throw new TarMalformed("a header's checksum is wrong");
  const type = block[156] === 0 ? "0" : String.fromCharCode(block[156] ?? 0);
  const prefix = block.toString("latin1", 257, 263) === "ustar\0" ? text(block, 345, 155) : "";
  const name = text(block, 0, 100);
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    type,
    mode: octal(block, 100, 8, "mode"),
    size: octal(block, 124, 12, "size"),
    link: text(block, 157, 100),
  };
}

/** The records of a pax header: `LENGTH KEY=VALUE\n`, one after the other. */
export function readPaxRecords(data: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(data.toString("latin1", at, space));
    const end = at + length;
    if (!Number.isInteger(length) || end > data.length || end <= space + 1 || data[end - 1] !== 0x0a)
      throw new TarMalformed("a pax record is malformed");
    const record = utf8(data.subarray(space + 1, end - 1));
    const equals = record.indexOf("=");
    if (equals <= 0) throw new TarMalformed("a pax record has no key");
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at = end;
  }
  return records;
}

/**
 * The header blocks of one entry, with a pax header before it only where the plain one has no room.
 *
 * Nothing of the machine or the moment is in it: owner 0, time 0. So equal entries are equal bytes.
 */
export function writeHeader({ name, type, mode, size, link }: TarHeader): Buffer {
  const records: [string, string][] = [];
  if (Buffer.byteLength(name) > 100) records.push(["path", name]);
  if (Buffer.byteLength(link) > 100) records.push(["linkpath", link]);
  if (size > 0o77777777777) records.push(["size", String(size)]);
  const plain = plainHeader({ name, type, mode, size, link });
  if (records.length === 0) return plain;

  const data = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  const pax = plainHeader({ name: "pax", type: "x", mode: 0o644, size: data.length, link: "" });
  return Buffer.concat([pax, data, padding(data.length), plain]);
}

/** What fills up the last block of an entry's data. */
export function padding(size: number): Buffer {
  return Buffer.alloc((blockBytes - (size % blockBytes)) % blockBytes);
}

export const endOfArchive = Buffer.alloc(2 * blockBytes);

function plainHeader({ name, type, mode, size, link }: TarHeader): Buffer {
  const block = Buffer.alloc(blockBytes);
  Buffer.from(name).copy(block, 0, 0, 100);
  const number = (value: number, at: number, length: number): void => {
    block.write(
      value
        .toString(8)
        .padStart(length - 1, "0")
        .slice(-(length - 1)),
      at,
      "latin1",
    );
  };
  number(mode, 100, 8);
  number(0, 108, 8);
  number(0, 116, 8);
  number(size > 0o77777777777 ? 0 : size, 124, 12);
  number(0, 136, 12);
  block.write(type, 156, "latin1");
  Buffer.from(link).copy(block, 157, 0, 100);
  block.write("ustar\x0000", 257, "latin1");
  number(checksumOf(block), 148, 7);
  block[155] = 0x20;
  return block;
}

function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return Buffer.from(`${length} ${key}=${value}\n`);
}

function checksumOf(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < blockBytes; at++) if (at < 148 || at >= 156) sum += block[at] ?? 0;
  return sum;
}

function text(block: Buffer, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return utf8(end < 0 ? field : field.subarray(0, end));
}

function octal(block: Buffer, at: number, length: number, what: string): number {
  // GNU writes numbers that don't fit as binary. Nothing that large is accepted, so no second notation is either.
  const digits = block
    .toString("latin1", at, at + length)
    .replace(/[\0 ]+$/, "")
    .trimStart();
  if (!/^[0-7]*$/.test(digits)) throw new TarMalformed(`the ${what} of an entry is not an octal number`);
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function utf8(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new TarMalformed(`the name ${JSON.stringify(bytes.toString("latin1"))} is not UTF-8`);
  }
}
