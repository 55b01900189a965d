/** Everything a deployment can touch. `signalbox.ts` fills it with real adapters, tests with fakes that pass the same contracts. */
import type { Bell } from "../ports/bell.ts";
import type { Forges } from "../ports/forge.ts";
import type { Logs } from "../ports/logs.ts";
import type { Masks } from "../ports/masks.ts";
import type { Notifiers } from "../ports/notifier.ts";
import type { Prober } from "../ports/prober.ts";
import type { Queue } from "../ports/queue.ts";
import type { SecretVault } from "../ports/secrets.ts";
import type { Store } from "../ports/store.ts";
import type { StepPorts } from "../steps/step.ts";
import type { PasswordCost } from "./sign-in/password-hash.ts";

export interface World extends StepPorts {
  readonly store: Store;
  readonly queue: Queue;
  readonly logs: Logs;
  readonly forges: Forges;
  /** Of services, and of the server itself: those are read by name with `secretOf` (`secrets/secret-of.ts`). */
  readonly secrets: SecretVault;
  /** For every text that comes from outside and is shown or kept. */
  readonly masks: Masks;
  readonly notifiers: Notifiers;
  readonly bell: Bell;
  readonly prober: Prober;
  /** Hosts worked on at once within one step. */
  readonly fanOut: number;
  /** How often what is seen of a rollout is written down; 10 s without it. */
  readonly observeSeconds?: number;
  /** What a password's hash costs; low ones are for tests alone. */
  readonly passwordCost?: PasswordCost;
}
