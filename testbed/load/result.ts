/** What a load has seen, as plain data. Moments are milliseconds since 1970. */

/** Why a request counts as failed. Nothing is ever sent a second time, so each is what a user would have met. */
export type FailureKind =
  | "refused"
  | "unreachable"
  | "reset"
  /** On a connection that had carried requests before: it was being closed as the request was sent. */
  | "reset on a reused connection"
  /** The answer began and never came to its end. */
  | "cut short"
  | "timeout"
  | `status ${number}`
  | `other: ${string}`;

export interface Failure {
  readonly at: number;
  readonly phase: string;
  /** Such as `POST /orders`. */
  readonly request: string;
  readonly kind: FailureKind;
  readonly keptAlive: boolean;
  /** From when it was due. */
  readonly milliseconds: number;
  /** Who answered, where somebody did. */
  readonly release?: string;
  readonly host?: string;
}

/**
 * Latencies in milliseconds, of requests that were answered well, from the moment at which they were due. What a slow
 * request asked for itself is taken off. NaN when there was no request.
 */
export interface Latencies {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly longest: number;
}

/** A request belongs to the phase in which it was due. */
export interface PhaseResult extends Latencies {
  readonly from: number;
  readonly requests: number;
  readonly failed: number;
  /** How many answers came from each release. */
  readonly releases: Readonly<Record<string, number>>;
}

/** The first and the last request that a release answered, by when they were due. */
export interface ReleaseSpan {
  readonly from: number;
  readonly until: number;
  readonly answers: number;
}

/** What is cheap to ask while the load goes on. */
export interface Glance {
  readonly requests: number;
  readonly failed: number;
  readonly failuresByKind: Readonly<Record<string, number>>;
  /** The first of them. */
  readonly examples: readonly Failure[];
  readonly phases: Readonly<Record<string, PhaseResult>>;
  readonly releases: Readonly<Record<string, ReleaseSpan>>;
}

export interface WebSocketCut {
  readonly at: number;
  readonly openSince: number;
  /** `closed 1001` when the server said goodbye, `reset`, `ended` without a goodbye, or `silent` when no echo came. */
  readonly how: string;
  readonly release: string;
}

export interface WebSocketsResult {
  /** Handshakes that succeeded; one that was cut is opened again. */
  readonly opened: number;
  readonly refused: readonly { readonly at: number; readonly why: string }[];
  readonly cut: readonly WebSocketCut[];
  readonly openAtTheEnd: number;
  readonly echoes: number;
}

/** Which releases answered one user, one after the other. */
export interface UserHistory {
  readonly user: string;
  readonly stays: readonly { readonly release: string; readonly from: number; readonly answers: number }[];
}

export interface LoadResult extends Glance {
  readonly posts: {
    readonly sent: readonly string[];
    /** Answered well: each must be in a ledger exactly once. */
    readonly acknowledged: readonly string[];
  };
  readonly webSockets: WebSocketsResult;
  readonly users: readonly UserHistory[];
  /** How late the generator itself was, in milliseconds: what is not the fault of whoever answered. */
  readonly lag: { readonly p99: number; readonly longest: number };
}

/** Changes of release that users met, all together: one each for a switch that moves everybody once. */
export function flips({ users }: Pick<LoadResult, "users">): number {
  return users.reduce((sum, { stays }) => sum + Math.max(0, stays.length - 1), 0);
}

/** Users who came back to a release that they had left. */
export function movedBack({ users }: Pick<LoadResult, "users">): readonly string[] {
  return users
    .filter(({ stays }) => new Set(stays.map(({ release }) => release)).size < stays.length)
    .map(({ user }) => user);
}

export interface LedgerFindings {
  /** Ids that are there more than once: done twice. */
  readonly doubled: readonly string[];
  /** Ids that were acknowledged and are not there: lost. */
  readonly lost: readonly string[];
}

/** Compares what the services swear to with what was sent; other ids in the ledgers are none of this load's business. */
export function compareWithLedgers({ posts }: Pick<LoadResult, "posts">, ids: readonly string[]): LedgerFindings {
  const times = new Map<string, number>();
  for (const id of ids) times.set(id, (times.get(id) ?? 0) + 1);
  return {
    doubled: posts.sent.filter((id) => (times.get(id) ?? 0) > 1),
    lost: posts.acknowledged.filter((id) => !times.has(id)),
  };
}
