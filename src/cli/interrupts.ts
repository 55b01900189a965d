/**
 * Ctrl-C while a deployment is followed.
 *
 * A server carries it on, so leaving is harmless. A local engine ends with this process, so the hosts that are being
 * changed are finished first, and the deployment is paused; only a second Ctrl-C leaves at once.
 */
import type { Deployment } from "../core/deployment.ts";
import { exitCodes } from "../core/exit-code.ts";
import type { Connection } from "./connect.ts";
import { isQuiet } from "./progress/hosts.ts";
import type { Show } from "./progress/show.ts";
import type { Session } from "./session.ts";
import { inSeconds } from "./words.ts";

export class Interrupts {
  readonly #show: Show;
  readonly #connection: Connection;
  readonly #title: string;
  readonly #leave: AbortController;
  readonly #off: () => void;
  #deployment: Deployment | undefined;
  #leavingWith: number | undefined;
  /** The exit code with which following ended before the deployment did. */
  left: number | undefined;

  constructor(session: Session, connection: Connection, title: string, show: Show, leave: AbortController) {
    this.#show = show;
    this.#connection = connection;
    this.#title = title;
    this.#leave = leave;
    this.#off = session.shell.onInterrupt(() => this.#interrupted());
  }

  /** Looks at each new state, for the moment at which it is safe to leave. */
  look(deployment: Deployment): void {
    this.#deployment = deployment;
    if (this.#leavingWith === undefined) return;
    const mayLeave = deployment.paused !== undefined && deployment.rollBack === undefined && isQuiet(deployment);
    if (!mayLeave) return;
    this.#note(`${this.#title} is paused; no host is being changed. signalbox resume ${this.#title} --local goes on.`);
    this.#go(this.#leavingWith);
  }

  timeOut(seconds: number): void {
    const after = inSeconds(seconds * 1000);
    if (this.#connection.carriedBy === "here") {
      this.#note(`Not done after ${after}.`);
      this.#pauseFirst(exitCodes.waitTimedOut);
      return;
    }
    this.#note(`Not done after ${after}; ${this.#title} goes on. signalbox watch ${this.#title} shows it again.`);
    this.#go(exitCodes.waitTimedOut);
  }

  end(): void {
    this.#off();
  }

  #interrupted(): void {
    if (this.#connection.carriedBy === "server") {
      this.#note(
        `Detached: ${this.#title} goes on at the server. signalbox watch ${this.#title} shows it again, signalbox abort ${this.#title} calls it off.`,
      );
      this.#go(exitCodes.interrupted);
      return;
    }
    if (this.#leavingWith === undefined) {
      this.#pauseFirst(exitCodes.interrupted);
      return;
    }
    this.#note(
      `Stopped at once. A host in the middle of a change finishes or reverts by itself; signalbox resume ${this.#title} --local finds out and goes on.`,
    );
    this.#go(exitCodes.interrupted);
  }

  #pauseFirst(exitCode: number): void {
    this.#leavingWith = exitCode;
    const isBack = this.#deployment?.rollBack !== undefined;
    this.#note(
      isBack
        ? `${this.#title} is being rolled back, which is finished first. Ctrl-C again leaves at once.`
        : `Finishing the hosts that are being changed, then ${this.#title} pauses. Ctrl-C again leaves at once.`,
    );
    if (isBack) return;
    void this.#connection.client.pause(this.#title).catch((error: unknown) => {
      this.#note(`It could not be paused: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  #note(text: string): void {
    this.#show.say(text);
  }

  #go(exitCode: number): void {
    this.left = exitCode;
    this.#leave.abort();
  }
}
