/**
 * Looks for planted secrets wherever a journey could have left them: files, databases, journals, the arguments of
 * processes; as they are and in the forms into which programs bring them.
 *
 * A scan that finds nothing proves nothing by itself: a second one for a value that lies there in the open tells
 * whether each place was really looked at.
 */
import { lstat, open, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import type { TestbedHost } from "../../testbed/host.ts";

export interface Leak {
  /** The place, such as `web-1: /etc/passwd`. */
  readonly where: string;
  /** Of the planted secret; never its value. */
  readonly secret: string;
  readonly form: string;
}

interface Form {
  readonly secret: string;
  readonly form: string;
  readonly bytes: Buffer;
}

/** The shortest piece that is looked for: shorter ones are found by chance. */
const fewestBytes = 6;

export class LeakScan {
  readonly #forms: readonly Form[];

  /** @param planted values by the names under which leaks are reported */
  constructor(planted: Readonly<Record<string, string>>) {
    this.#forms = Object.entries(planted).flatMap(([secret, value]) => formsOf(secret, value));
  }

  /** What is in these bytes. */
  inBytes(where: string, bytes: Buffer): readonly Leak[] {
    const found = this.#forms.filter((form) => bytes.includes(form.bytes));
    return found.map(({ secret, form }) => ({ where, secret, form }));
  }

  inText(where: string, text: string): readonly Leak[] {
    return this.inBytes(where, Buffer.from(text));
  }

  /** Every file below it, with its name, and every row of the databases among them. */
  async inDirectory(directory: string): Promise<readonly Leak[]> {
    const leaks: Leak[] = [];
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      leaks.push(...this.inText(`the name of ${file}`, entry.name));
      if (entry.isFile()) leaks.push(...(await this.#inFile(file)));
    }
    return leaks;
  }

  /** Every row of every table, as JSON. Of a file that no server has open. */
  inDatabase(file: string): readonly Leak[] {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
      return tables.flatMap(({ name }) => {
        const table = String(name).replaceAll('"', '""');
        const rows = database.prepare(`select * from "${table}"`).all();
        return rows.flatMap((row) => this.inText(`${file}, table ${String(name)}`, Object.values(row).join("\n")));
      });
    } finally {
      database.close();
    }
  }

  /** Files that are written on a running system, the journal, and what systemd tells everybody. */
  async onHost(host: TestbedHost): Promise<readonly Leak[]> {
    const files = await this.#filesOnHost(host);
    const told: readonly (readonly [string, readonly string[]])[] = [
      ["its journal", ["journalctl", "--no-pager", "--all", "--output=json"]],
      ["systemctl show", ["systemctl", "show", "*", "--all"]],
    ];
    const leaks: Leak[] = [];
    for (const [what, argv] of told) leaks.push(...this.inText(`${host.name}: ${what}`, await host.mustRun(argv)));
    return [...files, ...leaks];
  }

  async #filesOnHost(host: TestbedHost): Promise<readonly Leak[]> {
    const places = ["/etc", "/home", "/root", "/run", "/srv", "/tmp", "/var"];
    const leaks: Leak[] = [];
    // The patterns on standard input: as arguments they would be what is looked for.
    const look = async (patterns: readonly Form[]): Promise<string> =>
      (
        await host.rootShell(["grep", "-rlsaF", "-D", "skip", "-f", "-", ...places], {
          input: Buffer.concat(patterns.flatMap(({ bytes }) => [bytes, Buffer.from("\n")])),
        })
      ).stdout;
    if ((await look(this.#forms)) === "") return [];
    for (const form of this.#forms) {
      for (const file of (await look([form])).split("\n").filter(Boolean)) {
        leaks.push({ where: `${host.name}: ${file}`, secret: form.secret, form: form.form });
      }
    }
    return leaks;
  }

  async #inFile(file: string): Promise<readonly Leak[]> {
    const { size } = await lstat(file);
    if (size < 16 * 1024 * 1024) return this.inBytes(file, await readFile(file));
    const found = new Map<string, Leak>();
    const overlap = Math.max(...this.#forms.map(({ bytes }) => bytes.length));
    const handle = await open(file);
    try {
      const buffer = Buffer.alloc(8 * 1024 * 1024);
      for (let at = 0; at < size; at += buffer.length - overlap) {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
        for (const leak of this.inBytes(file, buffer.subarray(0, bytesRead))) found.set(JSON.stringify(leak), leak);
      }
    } finally {
      await handle.close();
    }
    return [...found.values()];
  }

  /** Looks at the arguments of every process of this machine, the hosts' among them, until it is stopped. */
  watchArguments(everyMilliseconds = 40): ArgumentWatch {
    const leaks = new Map<string, Leak>();
    const seen = new Set<string>();
    const look = async (): Promise<void> => {
      const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
      await Promise.all(
        pids.map(async (pid) => {
          const bytes = await readFile(`/proc/${pid}/cmdline`).catch(() => Buffer.alloc(0));
          const text = bytes.toString("latin1");
          if (bytes.length === 0 || seen.has(text)) return;
          seen.add(text);
          const program = text.split("\0")[0]!;
          for (const leak of this.inBytes(`the arguments of ${program}`, bytes)) leaks.set(JSON.stringify(leak), leak);
        }),
      );
    };
    const stop = new AbortController();
    const looking = (async () => {
      while (!stop.signal.aborted) {
        await look();
        await new Promise((resolve) => setTimeout(resolve, everyMilliseconds));
      }
    })();
    return {
      saw: (text) => [...seen].some((line) => line.includes(text)),
      stop: async () => {
        stop.abort();
        await looking;
        return [...leaks.values()];
      },
    };
  }
}

export interface ArgumentWatch {
  /** Whether some process had this in its arguments: that it was really looked. */
  saw(text: string): boolean;
  stop(): Promise<readonly Leak[]>;
}

function formsOf(secret: string, value: string): readonly Form[] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString("hex");
  const forms: readonly (readonly [string, string])[] = [
    ["itself", value],
    ["itself, within JSON", JSON.stringify(value).slice(1, -1)],
    ["itself, within double quotes", value.replaceAll(/["\\`$]/g, "\\$&")],
    ["itself, within single quotes", value.replaceAll("'", "'\\''")],
    ["URL", encodeURIComponent(value)],
    ["URL, all of it", [...bytes].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("")],
    ["hex", hex],
    ["hex, capitals", hex.toUpperCase()],
    ...[0, 1, 2].flatMap((offset): readonly (readonly [string, string])[] => {
      const text = middleOfBase64(bytes, offset);
      return [
        [`base64 at ${offset}`, text],
        [`base64url at ${offset}`, text.replaceAll("+", "-").replaceAll("/", "_")],
      ];
    }),
  ];
  // Forms that are the same are called by the first of their names.
  const each = new Map(forms.toReversed().map(([form, text]) => [text, form]));
  return [...each]
    .filter(([text]) => Buffer.byteLength(text) >= fewestBytes)
    .map(([text, form]) => ({ secret, form, bytes: Buffer.from(text) }));
}

/** What of the value's base64 does not depend on its neighbours. */
function middleOfBase64(bytes: Buffer, offset: number): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
  return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
}
