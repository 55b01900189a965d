import type { MemberName } from "../../core/traffic.ts";

/** One request, as the managed frontend wrote it into the log ring. */
export interface LoggedRequest {
  /** Missing when no server was there for it, or it was refused before. */
  readonly member?: MemberName;
  readonly failed: boolean;
  /** Until the answer began, without the time in which the client sent or read. */
  readonly milliseconds: number;
  /** One of Signalbox's own. */
  readonly own: boolean;
}

/**
 * A line of `%b %s %ST %Tr %Tw %Tc %Ta %tsc %HM %[var(txn.sbx_probe)]`, when it is about the service of that name.
 *
 * A request has failed with a status of 500 or more, and when the session ended by the server (S, s), by the proxy (P,
 * R, I, D) or by being cut (K) before the answer was complete; see HAProxy's configuration manual, "Session state at
 * disconnection". A client that went away (C, c) says nothing about the service, a refused request of a client
 * (PR with 4xx) neither, and the end of a WebSocket (101) is no failure.
 *
 * @returns `undefined` for requests of other services, `null` for what is no such line
 */
export function loggedRequest(line: string, name: string): LoggedRequest | undefined | null {
  const found = pattern.exec(line);
  if (found === null) return null;
  const { backend = "", server = "", flags = "", probe } = found.groups ?? {};
  const side = sideOf(backend, name);
  if (side === undefined) return undefined;

  const [status, response, queued, connected, active] = ["status", "Tr", "Tw", "Tc", "Ta"].map((key) =>
    Number(found.groups?.[key]),
  ) as [number, number, number, number, number];
  const isServed = side !== "none" && !server.startsWith("<");
  const isEndedByServer = "SsPRIDK".includes(flags.charAt(0)) && status !== 101 && !(status >= 400 && status < 500);
  return {
    ...(isServed && { member: `${side}/${server}` as const }),
    failed: status >= 500 || (isServed && isEndedByServer),
    milliseconds: response < 0 ? active : Math.max(0, queued) + Math.max(0, connected) + response,
    own: probe === "1",
  };
}

const pattern =
  /^(?<backend>\S+) (?<server>\S+) (?<status>-?\d+) (?<Tr>-?\d+) (?<Tw>-?\d+) (?<Tc>-?\d+) (?<Ta>\+?-?\d+) (?<flags>\S{2,4}) (?<method>\S+)(?: (?<probe>\S*))?\s*$/;

/** The frontend has the service's own name and stands in the line when no backend was chosen. */
function sideOf(backend: string, name: string): "blue" | "green" | "none" | undefined {
  if (backend === `${name}_blue`) return "blue";
  if (backend === `${name}_green`) return "green";
  return backend === name ? "none" : undefined;
}
