/** Counts what becomes of requests, by phase. */
import { createHistogram } from "node:perf_hooks";
import type { RecordableHistogram } from "node:perf_hooks";

import type { Failure, Glance, Latencies, PhaseResult, ReleaseSpan } from "./result.ts";

const examplesKept = 20;

export interface Outcome {
  readonly phase: string;
  /** Milliseconds since 1970. */
  readonly due: number;
  /** From when it was due, without what it asked for itself. */
  readonly milliseconds: number;
  readonly release: string | undefined;
  readonly failure: Failure | undefined;
}

export class Tally {
  readonly #phases = new Map<string, Phase>();
  readonly #byKind = new Map<string, number>();
  readonly #releases = new Map<string, ReleaseSpan>();
  readonly #examples: Failure[] = [];

  /** A phase that was there before goes on. */
  begin(phase: string): void {
    if (!this.#phases.has(phase)) this.#phases.set(phase, new Phase());
  }

  add({ phase, due, milliseconds, release, failure }: Outcome): void {
    this.#phases.get(phase)!.add(milliseconds, release, failure !== undefined);
    if (release !== undefined) this.#answeredBy(release, due);
    if (failure === undefined) return;
    this.#byKind.set(failure.kind, (this.#byKind.get(failure.kind) ?? 0) + 1);
    if (this.#examples.length < examplesKept) this.#examples.push(failure);
  }

  #answeredBy(release: string, due: number): void {
    const { from, until, answers } = this.#releases.get(release) ?? { from: due, until: due, answers: 0 };
    this.#releases.set(release, { from: Math.min(from, due), until: Math.max(until, due), answers: answers + 1 });
  }

  glance(): Glance {
    const phases = Object.fromEntries([...this.#phases].map(([name, phase]) => [name, phase.result()]));
    const sum = (key: "requests" | "failed"): number =>
      Object.values(phases).reduce((total, phase) => total + phase[key], 0);
    return {
      requests: sum("requests"),
      failed: sum("failed"),
      failuresByKind: Object.fromEntries(this.#byKind),
      examples: this.#examples,
      phases,
      releases: Object.fromEntries(this.#releases),
    };
  }
}

class Phase {
  readonly #from = Date.now();
  readonly #latencies = new Durations();
  readonly #releases = new Map<string, number>();
  #requests = 0;
  #failed = 0;

  add(milliseconds: number, release: string | undefined, failed: boolean): void {
    this.#requests += 1;
    if (release !== undefined) this.#releases.set(release, (this.#releases.get(release) ?? 0) + 1);
    if (failed) this.#failed += 1;
    else this.#latencies.add(milliseconds);
  }

  result(): PhaseResult {
    return {
      from: this.#from,
      requests: this.#requests,
      failed: this.#failed,
      releases: Object.fromEntries(this.#releases),
      ...this.#latencies.result(),
    };
  }
}

/** Durations with three significant digits, in constant memory. */
export class Durations {
  readonly #microseconds: RecordableHistogram = createHistogram({ lowest: 1, highest: 600_000_000, figures: 3 });

  add(milliseconds: number): void {
    this.#microseconds.record(Math.min(600_000_000, Math.max(1, Math.round(milliseconds * 1000))));
  }

  result(): Latencies {
    const there = this.#microseconds.count > 0;
    const at = (percent: number): number => (there ? this.#microseconds.percentile(percent) / 1000 : NaN);
    return { p50: at(50), p90: at(90), p99: at(99), longest: there ? this.#microseconds.max / 1000 : NaN };
  }
}
