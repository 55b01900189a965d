/** What HAProxy's runtime API answers, as values. */

export interface ProcessInfo {
  readonly pid: number;
  /** A newer process has taken over; this one only finishes what it has. */
  readonly stopping: boolean;
  /** Milliseconds since 1970, to the second. */
  readonly startedAt: number;
  /** Lines of logs that it could not deliver since it began. */
  readonly droppedLogs: number;
  readonly version: string;
}

export interface ServerState {
  readonly server: string;
  readonly rotation: "in" | "draining" | "out";
  /** Whether it counts as up; while it is out nobody checks. */
  readonly up: boolean | "unknown";
  readonly address: string;
  readonly port: number;
}

export interface ServerLoad {
  readonly inFlight: number;
  readonly queued: number;
  /** Such as `L4CON Connection refused`. */
  readonly lastCheck: string;
  readonly fall: number;
  readonly rise: number;
}

/** @throws {Error} when the answer has another form */
export function processInfo(answer: string): ProcessInfo {
  const fields = new Map(
    answer.split("\n").map((line) => {
      const at = line.indexOf(": ");
      return [line.slice(0, at), line.slice(at + 2)] as const;
    }),
  );
  return {
    pid: whole(fields.get("Pid"), answer),
    stopping: fields.get("Stopping") !== "0",
    startedAt: whole(fields.get("Start_time_sec"), answer) * 1000,
    droppedLogs: whole(fields.get("DroppedLogs"), answer),
    version: fields.get("Version") ?? "",
  };
}

/** Bits of `srv_admin_state` (HAProxy's management guide, "show servers state"): forced or inherited maintenance, drain. */
const maintenance = 0x01 | 0x02 | 0x20;
const drain = 0x08 | 0x10;
/** `srv_op_state`: 2 is running, 3 is stopping softly. */
const running = "2";

/** @throws {Error} when the answer has another form */
export function serverStates(answer: string): readonly ServerState[] {
  const [version, heading, ...rows] = answer.trim().split("\n");
  if (version !== "1" || heading?.startsWith("# ") !== true) throw unexpected(answer);
  return table(heading.slice(2).split(" "), rows, " ").map((row) => {
    const admin = whole(row.get("srv_admin_state"), answer);
    const rotation = (admin & maintenance) !== 0 ? "out" : (admin & drain) !== 0 ? "draining" : "in";
    return {
      server: text(row.get("srv_name"), answer),
      rotation,
      up: rotation === "out" ? "unknown" : row.get("srv_op_state") === running,
      address: text(row.get("srv_addr"), answer),
      port: whole(row.get("srv_port"), answer),
    };
  });
}

/** @throws {Error} when the answer has another form */
export function serverLoads(answer: string): ReadonlyMap<string, ServerLoad> {
  const [heading, ...rows] = answer.trim().split("\n");
  if (heading?.startsWith("# ") !== true) throw unexpected(answer);
  return new Map(
    table(heading.slice(2).split(","), rows, ",").map((row) => [
      text(row.get("svname"), answer),
      {
        inFlight: whole(row.get("scur"), answer),
        queued: whole(row.get("qcur"), answer),
        lastCheck: `${row.get("check_status") ?? ""} ${row.get("last_chk") ?? ""}`.trim(),
        fall: Number(row.get("check_fall") ?? 0),
        rise: Number(row.get("check_rise") ?? 0),
      },
    ]),
  );
}

/** Lines of `0x55d0c8a4 key value`. @throws {Error} when the answer has another form */
export function mapEntries(answer: string): ReadonlyMap<string, string> {
  const lines = answer.split("\n").filter((line) => line.trim() !== "");
  return new Map(
    lines.map((line) => {
      const [id = "", key = "", value = "", more] = line.trim().split(" ");
      if (!id.startsWith("0x") || value === "" || more !== undefined) throw unexpected(answer);
      return [key, value] as const;
    }),
  );
}

/** The number in `New version created: 3`. @throws {Error} when the answer has another form */
export function preparedVersion(answer: string): number {
  return whole(/New version created: (\d+)/.exec(answer)?.[1], answer);
}

function table(
  columns: readonly string[],
  rows: readonly string[],
  separator: string,
): readonly ReadonlyMap<string, string>[] {
  return rows
    .filter((row) => row.trim() !== "")
    .map((row) => {
      const cells = row.split(separator);
      return new Map(columns.map((column, index) => [column, cells[index] ?? ""]));
    });
}

function whole(value: string | undefined, answer: string): number {
  if (value === undefined || !/^\d+$/.test(value)) throw unexpected(answer);
  return Number(value);
}

function text(value: string | undefined, answer: string): string {
  if (value === undefined || value === "") throw unexpected(answer);
  return value;
}

function unexpected(answer: string): Error {
  const [line = ""] = answer.trim().split("\n");
  return new Error(`HAProxy gave an unexpected answer: ${JSON.stringify(line.slice(0, 200))}`);
}
