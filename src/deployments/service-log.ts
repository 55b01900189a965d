/** A service's own log over all its hosts, as one stream of lines. */
import type { Target } from "../core/service.ts";
import { helper } from "../steps/ask.ts";
import type { World } from "./world.ts";

export interface ServiceLogOptions {
  readonly lines: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
  readonly onLine: (host: string, line: string) => void;
}

/** The longest that a log is followed without asking anew. */
const followSeconds = 12 * 60 * 60;
const readSeconds = 60;

/** Ends when every host's log ended; a host that can't be asked says so in a line of its own. */
export async function serviceLog(
  target: Target,
  hosts: readonly string[],
  options: ServiceLogOptions,
  world: World,
): Promise<void> {
  await Promise.all(hosts.map(async (host) => hostLog(target, host, options, world)));
}

async function hostLog(
  { service, slot }: Target,
  host: string,
  { lines, follow, signal, onLine }: ServiceLogOptions,
  { hosts, masks }: World,
): Promise<void> {
  const mask = masks.stream();
  let rest = "";
  try {
    await hosts.run(host, {
      argv: helper("journal", service, slot, `lines=${lines}`, ...(follow ? ["follow=yes"] : [])),
      limitSeconds: follow ? followSeconds : readSeconds,
      channel: follow ? "follow" : "commands",
      signal,
      onOutput: (chunk) => {
        const all = (rest + mask.push(chunk)).split("\n");
        rest = all.pop() ?? "";
        for (const line of all) onLine(host, line);
      },
    });
  } catch (error) {
    if (!signal.aborted) onLine(host, masks.text(`(${error instanceof Error ? error.message : String(error)})`));
  }
  rest += mask.end();
  if (rest !== "") onLine(host, rest);
}
