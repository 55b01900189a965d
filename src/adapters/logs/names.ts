/** Names of files for logs. Whatever a host or deployment is called, the name is safe and no other log has it. */
import { createHash } from "node:crypto";

import type { LogName } from "../../ports/logs.ts";

const longestPart = 80;

export function directoryName({ deployment }: Pick<LogName, "deployment">): string {
  return safe(deployment);
}

/** `~` never occurs in a part. */
export function fileName({ track, step, host }: LogName): string {
  return [safe(track), String(step), safe(host)].join("~");
}

function safe(name: string): string {
  const encoded = Array.from(Buffer.from(name), (byte) => safeByte(byte)).join("");
  const visible = encoded.replace(/^\./, "%2E") || "%";
  if (visible.length <= longestPart) return visible;
  return `${visible.slice(0, longestPart - 33)}%${createHash("sha256").update(name).digest("hex").slice(0, 32)}`;
}

function safeByte(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9@._-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}
