/** A value that nobody may see: from a file or a pipe as it is, or typed without being shown. */
import type { ReadStream } from "node:tty";

import { exitCodes } from "../core/exit-code.ts";
import { Stopped } from "./stopped.ts";

/** More than any secret may have; whoever redirected the wrong file is told, not waited for. */
const mostBytes = 1024 * 1024;

/** One line break at its end is not part of the value: `echo` and editors add it. */
export async function readSecret(prompt: string, input: ReadStream, show: (text: string) => void): Promise<string> {
  if (input.isTTY) return await typed(prompt, input, show);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Stopped("the value on standard input has more than 1 MiB", nothingChanged);
    chunks.push(chunk);
  }
  return textOf(Buffer.concat(chunks)).replace(/\r?\n$/, "");
}

const nothingChanged = { safe: "Nothing was changed.", exitCode: exitCodes.usage };

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Stopped("the value on standard input is no text in UTF-8", {
      ...nothingChanged,
      next: "give it in base64: base64 -w0 FILE | signalbox secrets set NAME",
    });
  }
}

async function typed(prompt: string, input: ReadStream, show: (text: string) => void): Promise<string> {
  // Before anybody is asked: what is typed quickly would be shown.
  input.setRawMode(true);
  input.setEncoding("utf8");
  show(prompt);
  try {
    let line = "";
    for await (const chunk of input as AsyncIterable<string>) {
      const state = afterKeys(line, chunk);
      if (typeof state !== "string") return state.line;
      line = state;
    }
    return line;
  } finally {
    input.setRawMode(false);
    show("\n");
  }
}

/** What is typed so far, or the whole line. */
export function afterKeys(before: string, keys: string): string | { readonly line: string } {
  let line = before;
  for (const [index, key] of [...keys].entries()) {
    if (key === "\r" || key === "\n") {
      if ([...keys].slice(index + 1).some((other) => other !== "\r" && other !== "\n")) {
        // The rest of what was pasted would go to the shell, which would keep it.
        throw new Stopped("what was pasted has several lines", {
          ...nothingChanged,
          next: "give it on standard input: signalbox secrets set NAME <FILE",
        });
      }
      return { line };
    }
    if (key === "\u0003")
      throw new Stopped("no value was given", { ...nothingChanged, exitCode: exitCodes.interrupted });
    if (key === "\u0004") return { line };
    if (key === "\u0015") line = "";
    else if (key === "\u007f" || key === "\b") line = [...line].slice(0, -1).join("");
    else line += key;
  }
  return line;
}
