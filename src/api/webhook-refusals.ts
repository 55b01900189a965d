/** Tells the operator that webhooks are refused, and why, without letting strangers fill the log. */
import type { Verification } from "../ports/forge.ts";
import type { Clock } from "../ports/clock.ts";

const onceInMilliseconds = 60_000;

type Because = (Verification & { kind: "refused" })["because"];

const words: Readonly<Record<Because, string>> = {
  "no-secret": "none of its secrets is set, or long enough: signalbox secrets set NAME",
  "too-large": "it is longer than a webhook may be",
  "no-signature": "it has no signature",
  "wrong-signature": "its signature is made with another secret",
  stale: "its signature is too old, or the clocks are apart",
};

export class Refusals {
  readonly #clock: Pick<Clock, "now">;
  readonly #told = new Map<string, { at: number; since: number }>();

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** `hook` is the name of one that exists, so there are only so many. */
  count(hook: string, because: Because, tell: (words: string) => void): void {
    const key = `${hook} ${because}`;
    const now = this.#clock.now();
    const known = this.#told.get(key);
    if (known !== undefined && now - known.at < onceInMilliseconds) {
      known.since += 1;
      return;
    }
    const more = known === undefined || known.since === 0 ? "" : `; ${known.since} more like it since the last line`;
    this.#told.set(key, { at: now, since: 0 });
    tell(`a webhook for ${hook} was refused: ${words[because]}${more}`);
  }
}
