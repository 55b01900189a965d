/** Sends reports, one after the other for a deployment: what is shown last is what holds. */
import type { PushWorld } from "./look.ts";
import { sendReport, sendReportsOf } from "./reports.ts";

const mostAtOnce = 100;

export class Reporter {
  readonly #around: PushWorld;
  readonly #signal: AbortSignal;
  /** Deployments whose reports are being sent, and what came meanwhile. */
  readonly #busy = new Map<string, "nothing" | "news" | "all">();

  constructor(around: PushWorld, signal: AbortSignal) {
    this.#around = around;
    this.#signal = signal;
  }

  /** Something has changed about a deployment. */
  news(deployment: string): Promise<void> {
    return this.#send(deployment, false);
  }

  /** Sends everything whose time has come. */
  async due(): Promise<void> {
    const { store, clock } = this.#around.world;
    const due = await store.pushes.dueReports(clock.now(), mostAtOnce);
    await Promise.all(
      due.map((report) =>
        report.deployment === null
          ? this.#alone(`report ${report.id}`, () => sendReport(report, this.#around, this.#signal))
          : this.#send(report.deployment, true),
      ),
    );
  }

  async #send(deployment: string, all: boolean): Promise<void> {
    const busy = this.#busy.get(deployment);
    if (busy !== undefined) {
      this.#busy.set(deployment, all || busy === "all" ? "all" : "news");
      return;
    }
    let next = all;
    await this.#alone(deployment, async () => {
      do {
        this.#busy.set(deployment, "nothing");
        await sendReportsOf(deployment, next, this.#around, this.#signal);
        next = this.#busy.get(deployment) === "all";
      } while (this.#busy.get(deployment) !== "nothing" && !this.#signal.aborted);
    });
  }

  async #alone(key: string, work: () => Promise<void>): Promise<void> {
    if (this.#busy.has(key)) return;
    this.#busy.set(key, "nothing");
    try {
      await work();
    } finally {
      this.#busy.delete(key);
    }
  }
}
