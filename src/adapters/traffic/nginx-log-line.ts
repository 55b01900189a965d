import { z } from "zod";

import type { MemberName } from "../../core/traffic.ts";

/** One request, as nginx wrote it into the log of the managed server. */
export interface LoggedRequest {
  /** Missing when no member was there for it, or nginx answered it itself. */
  readonly member?: MemberName;
  readonly failed: boolean;
  readonly milliseconds: number;
  /** One of Signalbox's own. */
  readonly own: boolean;
}

const logged = z.object({
  side: z.string(),
  server: z.string(),
  status: z.string().regex(/^\d{3}$/),
  seconds: z.string(),
  "upstream-seconds": z.string(),
  "connect-seconds": z.string(),
  probe: z.string(),
});

/**
 * A line of the log.
 *
 * A request has failed with a status of 500 or more. A client that went away is 499, which says nothing about the
 * service. Of an answer that broke off in its middle nginx logs the status that it began with, so that is not seen.
 * The time is that of the last member, from the connection to the end of its answer, or of the connection alone when
 * it became a WebSocket. With retries `$upstream_addr` and the times are lists, of which the last one answered; an
 * upstream without anybody stands there by its name.
 *
 * @param memberAt who is behind an address on a side
 * @returns `null` for what is no such line, and for an address that nobody knows
 */
export function loggedRequest(
  line: string,
  memberAt: (side: string, address: string) => MemberName | undefined,
): LoggedRequest | null {
  const { data } = logged.safeParse(parsed(line));
  if (data === undefined) return null;

  const status = Number(data.status);
  const asked = data.server.split(/, | : /).filter((one) => /:\d+$/.test(one));
  const member = asked.length === 0 ? undefined : memberAt(data.side, asked.at(-1)!);
  if (asked.length > 0 && member === undefined) return null;
  const time = status === 101 ? data["connect-seconds"] : data["upstream-seconds"];
  return {
    ...(member !== undefined && { member }),
    failed: status >= 500,
    milliseconds: Math.round(1000 * (lastNumber(time) ?? lastNumber(data.seconds) ?? 0)),
    own: data.probe === "1",
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function lastNumber(list: string): number | undefined {
  const last = list.split(/, | : /).findLast((one) => /^\d+(\.\d+)?$/.test(one));
  return last === undefined ? undefined : Number(last);
}
