/** The prober over HTTP, from this process; in turns over a kept connection and over a new one. */
import http from "node:http";
import https from "node:https";

import type { ProbeCounts, Prober, Probing } from "../../ports/prober.ts";

/** An answer that takes longer is none. */
const answerMilliseconds = 10_000;
/** More unanswered requests than this are not sent any more; they count as failed. */
const mostUnanswered = 500;

export const httpProber: Prober = {
  start: (url, perSecond) => new HttpProbing(new URL(url), 1000 / perSecond),
};

interface Waiting {
  readonly dueAt: number;
  readonly request: http.ClientRequest;
}

class HttpProbing implements Probing {
  readonly #url: URL;
  readonly #everyMilliseconds: number;
  readonly #kept: http.Agent;
  readonly #waiting = new Set<Waiting>();
  #nextDueAt = performance.now();
  #count = 0;
  #sent = 0;
  #failed = 0;
  #slowest = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(url: URL, everyMilliseconds: number) {
    this.#url = url;
    this.#everyMilliseconds = everyMilliseconds;
    this.#kept = new (url.protocol === "https:" ? https : http).Agent({ keepAlive: true, maxSockets: 1 });
    this.#sendWhatIsDue();
  }

  take(): ProbeCounts {
    const now = performance.now();
    const oldest = Math.min(now, ...[...this.#waiting].map(({ dueAt }) => dueAt));
    const counts = {
      sent: this.#sent,
      failed: this.#failed,
      slowestMilliseconds: Math.round(Math.max(this.#slowest, now - oldest)),
    };
    this.#sent = 0;
    this.#failed = 0;
    this.#slowest = 0;
    return counts;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const { request } of this.#waiting) request.destroy();
    this.#waiting.clear();
    this.#kept.destroy();
  }

  /** All that became due while this process was busy goes out now, with the time at which it was due. */
  #sendWhatIsDue(): void {
    const now = performance.now();
    for (; this.#nextDueAt <= now; this.#nextDueAt += this.#everyMilliseconds) this.#send(this.#nextDueAt);
    this.#timer = setTimeout(() => this.#sendWhatIsDue(), this.#nextDueAt - now).unref();
  }

  #send(dueAt: number): void {
    this.#sent += 1;
    this.#count += 1;
    if (this.#waiting.size >= mostUnanswered) {
      this.#failed += 1;
      return;
    }
    const request = (this.#url.protocol === "https:" ? https : http).get(this.#url, {
      // A new connection for every other request: a kept one would not notice that nobody can connect.
      agent: this.#count % 2 === 0 ? this.#kept : false,
      headers: { "x-signalbox-probe": "1" },
    });
    const waiting = { dueAt, request };
    this.#waiting.add(waiting);
    const end = (isGood: boolean): void => {
      if (this.#isClosed || !this.#waiting.delete(waiting)) return;
      clearTimeout(limit);
      if (!isGood) this.#failed += 1;
      this.#slowest = Math.max(this.#slowest, performance.now() - dueAt);
    };
    const limit = setTimeout(() => request.destroy(new Error("no answer")), answerMilliseconds).unref();
    request.on("socket", (socket) => socket.unref());
    request.on("error", () => end(false));
    request.on("response", (response) => {
      response.on("error", () => end(false));
      response.on("close", () => end(response.complete && response.statusCode! < 500));
      response.resume();
    });
  }
}
