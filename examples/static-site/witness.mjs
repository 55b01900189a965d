// What this service swears to, in files that outlive it: which orders it accepted, and how often it was started.
// node-greeter and static-site hold the same file, because each stands for a repository of its own.

import { open } from "node:fs/promises";
import { dirname } from "node:path";

/** One line per process, before anything else can go wrong: the lines count how often a host was activated. */
export async function recordStart(release) {
  const starts = await openRecord(process.env.STARTS_FILE);
  await starts.add(`${new Date().toISOString()} ${process.pid} ${release}`);
  await starts.close();
}

/** `add` returns when the line is on disk. Only then may an order be called accepted. */
export const openLedger = () => openRecord(process.env.LEDGER_FILE);

async function openRecord(path) {
  if (!path) return { add: async () => {}, close: async () => {} };

  const file = await open(path, "a+");
  await syncDirectory(dirname(path));
  let torn = !(await endsWithNewline(file));

  return {
    async add(line) {
      // A power cut or a full disk can leave half a line behind, which must not swallow the next one.
      const text = torn ? `\n${line}\n` : `${line}\n`;
      // One small write in append mode: two slots may share the file.
      try {
        const { bytesWritten } = await file.write(text);
        if (bytesWritten !== Buffer.byteLength(text)) throw new Error("the disk took only a part of the line");
        torn = false;
      } catch (error) {
        torn = true;
        throw error;
      }
      await file.datasync();
    },
    close: () => file.close(),
  };
}

async function endsWithNewline(file) {
  const { size } = await file.stat();
  if (size === 0) return true;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() === "\n";
}

/** A synced file whose name is not synced is gone after a power cut. */
async function syncDirectory(path) {
  const directory = await open(path);
  await directory.sync();
  await directory.close();
}
