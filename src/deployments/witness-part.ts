/** One thing that a witness looks at. */
import type { Observation } from "../core/observation.ts";

export interface Part {
  /** Looks once more. It may take its time and may fail: then there is nothing new to be told. */
  look?(signal: AbortSignal): Promise<void>;
  /** The pause before the next look, where it is not the usual one. */
  pauseMilliseconds?(): number;
  /** What was seen since the last call. */
  take(): Partial<Observation>;
  /** Whether what was seen is worth being written down at once. */
  isUrgent?(): boolean;
  close?(): void;
}

type Rest = Omit<Observation, "from" | "until" | "complete" | "members" | "unserved">;

/** What all parts have seen. */
export function together(parts: readonly Part[]): Rest {
  const seen = parts.map((part) => part.take());
  const rest: Rest = {
    queued: Math.max(0, ...seen.map(({ queued = 0 }) => queued)),
    loads: Object.assign({}, ...seen.map(({ loads }) => loads)),
    restarts: Object.assign({}, ...seen.map(({ restarts }) => restarts)),
  };
  const others = seen.map(({ loads: _, restarts: __, queued: ___, ...other }) => other);
  return Object.assign({}, ...others, rest);
}
