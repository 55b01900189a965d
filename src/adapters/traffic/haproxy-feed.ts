import { setTimeout as sleep } from "node:timers/promises";

import { addCounts, bucketOf, noRequests, type RequestCounts } from "../../core/analysis/counts.ts";
import type { MemberName } from "../../core/traffic.ts";
import type { FeedWindow, TrafficFeed } from "../../ports/traffic.ts";
import { processInfo, type ProcessInfo } from "./haproxy-answers.ts";
import { loggedRequest } from "./haproxy-log-line.ts";
import type { HaproxyRuntime, RuntimeSession } from "./haproxy-runtime.ts";

/** The ring that the managed frontends log into. */
export const ring = "signalbox";

/** A silent stream proves nothing. The proxy is asked so often whether it is the one that serves, and the way stands. */
const askEveryMs = 1000;
/** Without an answer for so long nobody knows what was missed. */
const silenceMs = 3000;

/** The requests of a service, counted as the proxies write them into their log rings. */
export class HaproxyFeed implements TrafficFeed {
  readonly #listeners: readonly RingListener[];

  /** @param runtimes of all proxies that send requests to the service of that name */
  constructor(name: string, runtimes: readonly HaproxyRuntime[]) {
    this.#listeners = runtimes.map((runtime) => new RingListener(name, runtime));
  }

  take(): FeedWindow {
    const windows = this.#listeners.map((listener) => listener.take());
    const members: Record<MemberName, RequestCounts> = {};
    for (const [name, counts] of windows.flatMap((window) => Object.entries(window.members))) {
      members[name as MemberName] = addCounts(members[name as MemberName] ?? noRequests, counts);
    }
    return {
      complete: windows.every(({ complete }) => complete),
      members,
      unserved: windows.reduce((sum, { unserved }) => sum + unserved, 0),
    };
  }

  close(): void {
    for (const listener of this.#listeners) listener.close();
  }
}

interface Count {
  requests: number;
  errors: number;
  readonly buckets: number[];
}

/** The ring of one proxy. */
class RingListener {
  readonly #name: string;
  readonly #runtime: HaproxyRuntime;
  readonly #closing = new AbortController();
  #members = new Map<MemberName, Count>();
  #unserved = 0;
  #isComplete = false;
  /** The process whose ring is read, once the reading is known to have begun. */
  #attached: ProcessInfo | undefined;
  #confirmedAt = Number.NEGATIVE_INFINITY;

  constructor(name: string, runtime: HaproxyRuntime) {
    this.#name = name;
    this.#runtime = runtime;
    void this.#stayAttached();
  }

  take(): FeedWindow {
    const isConfirmed = this.#attached !== undefined && performance.now() - this.#confirmedAt < silenceMs;
    const window = {
      complete: this.#isComplete && isConfirmed,
      members: Object.fromEntries(this.#members),
      unserved: this.#unserved,
    };
    this.#members = new Map();
    this.#unserved = 0;
    this.#isComplete = isConfirmed;
    return window;
  }

  close(): void {
    this.#closing.abort();
  }

  async #stayAttached(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#attach(signal).catch(() => {});
      // Whatever ended it, it is tried again, and the window says that something may be missing.
      this.#attached = undefined;
      this.#isComplete = false;
      await sleep(askEveryMs, undefined, { signal }).catch(() => {});
    }
  }

  async #attach(closing: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const signal = AbortSignal.any([closing, ended.signal]);
    try {
      const session = await this.#runtime.open(signal);
      // Asked on the very stream that is read: during a reload another one may lead to another process.
      const reading = processInfo(await session.ask({ say: "show info" }));
      await Promise.race([this.#read(session), this.#confirm(reading, signal)]);
    } finally {
      ended.abort();
    }
  }

  #read(session: RuntimeSession): Promise<void> {
    let rest = "";
    return session.follow({ say: "follow", ring }, (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#count(line);
      // Its last words: requests go to a newer process already.
      if (lines.some((line) => /^Proxy \S+ stopped /.test(line))) session.close();
    });
  }

  /** Ends when another process serves than the one whose ring is read. */
  async #confirm(reading: ProcessInfo, signal: AbortSignal): Promise<void> {
    let droppedLogs = reading.droppedLogs;
    let questions = 0;
    while (!signal.aborted) {
      const { info } = await this.#runtime.current();
      if (signal.aborted || info.pid !== reading.pid || info.startedAt !== reading.startedAt) return;
      if (info.droppedLogs > droppedLogs) this.#isComplete = false;
      droppedLogs = info.droppedLogs;
      // The reading was asked for on a stream of its own before the first question; by the second it has begun.
      if (++questions > 1) this.#attached = info;
      this.#confirmedAt = performance.now();
      await sleep(askEveryMs, undefined, { signal }).catch(() => {});
    }
  }

  #count(line: string): void {
    if (line === "") return;
    const request = loggedRequest(line, this.#name);
    if (request === null) this.#isComplete = false;
    if (request === null || request === undefined || request.own) return;
    if (request.member === undefined) {
      if (request.failed) this.#unserved++;
      return;
    }

    const count = this.#members.get(request.member) ?? { requests: 0, errors: 0, buckets: [...noRequests.buckets] };
    this.#members.set(request.member, count);
    const bucket = bucketOf(request.milliseconds);
    count.requests++;
    if (request.failed) count.errors++;
    count.buckets[bucket] = (count.buckets[bucket] ?? 0) + 1;
  }
}
