/**
 * What verified webhooks said, what is known of the places that they are about, and reports that wait for their forge.
 *
 * A delivery only ever means "look there". What was found and decided is written with `Change.places`, in the
 * transaction of the deployment that comes of it.
 */
import type { Access } from "../core/access.ts";
import type { Commitment, KnownPlace } from "../core/trigger-decision.ts";
import type { PushEvent, PushedRef } from "../core/trigger-push.ts";

export interface NewDelivery {
  /** The name of the hook that verified it. */
  readonly hook: string;
  /** The forge's id of it, for people who compare. */
  readonly delivery: string | null;
  /** The same for the same delivery, and for nothing else. */
  readonly key: string;
  readonly pushes: readonly PushEvent[];
  /** From where it came, for the audit log. */
  readonly from?: Access;
}

export interface KeptDelivery extends Omit<NewDelivery, "from"> {
  readonly id: number;
  readonly at: number;
  /** How often its repository was looked at in vain. */
  readonly tries: number;
}

/** What became of deliveries. */
export type DeliverySettled =
  /** `said` is what was decided, in sentences. */
  | { readonly kind: "done"; readonly said: readonly string[] }
  | { readonly kind: "again"; readonly at: number; readonly error: string }
  | { readonly kind: "given-up"; readonly error: string };

export interface DeliveryRecord extends KeptDelivery {
  readonly state: "waiting" | "done" | "given-up";
  readonly said: readonly string[];
}

/** What is known of a service in an environment about one ref, and the version of that knowledge. */
export interface KeptPlace {
  /** Counts up with each change of the place; 0 when nothing is known of it. */
  readonly version: number;
  readonly known: KnownPlace;
}

export interface PlaceChange {
  readonly service: string;
  readonly environment: string;
  /** The version that the decision was made from; `null` when it holds whatever was known. */
  readonly expected: number | null;
  /** The tip of a ref (in full) that is dealt with by this. */
  readonly seen?: { readonly ref: string; readonly revision: string };
  readonly requested?: Commitment & { readonly ref?: PushedRef };
}

/** Something else became known of the place meanwhile: look again, decide again. */
export class PlaceChanged extends Error {
  override readonly name = "PlaceChanged";
}

/** That a forge is to show what becomes of a commit. */
export interface NewReport {
  /** The same report is written once. */
  readonly key: string;
  /** The hook whose forge and token it is. */
  readonly hook: string;
  /** As the forge calls it, such as `acme/orders`. */
  readonly repository: string;
  readonly revision: string;
  /** Such as `orders@dev`. */
  readonly place: string;
  /** The deployment whose state is shown; `null` when none came of it, which `words` explain. */
  readonly deployment: string | null;
  readonly words: string | null;
}

export type ReportState = "pending" | "success" | "failure";

export interface KeptReport extends NewReport {
  readonly id: number;
  readonly at: number;
  readonly tries: number;
  /** What the forge shows now, if anything. */
  readonly shown: ReportState | null;
}

export type ReportSettled =
  /** `next` is when to look again; `null` when nothing more comes. */
  | { readonly kind: "shown"; readonly state: ReportState; readonly next: number | null }
  | { readonly kind: "again"; readonly at: number; readonly error: string }
  | { readonly kind: "given-up"; readonly error: string };

export interface Pushes {
  /**
   * Keeps deliveries with their audit rows, all in one transaction. Durable when it returns.
   *
   * A delivery that is known by its key, and one whose pushes are all the newest that are known of their refs, is
   * known already and leaves no trace.
   *
   * @throws {StoreFull} when the disk is full; nothing was kept then
   */
  accept(deliveries: readonly NewDelivery[], at: number): Promise<readonly ("new" | "known")[]>;
  /** What waits and is due at this time, the oldest first. */
  due(at: number, limit: number): Promise<readonly KeptDelivery[]>;
  settle(ids: readonly number[], settled: DeliverySettled): Promise<void>;
  /** The newest first. */
  list(filter: { readonly hook?: string; readonly limit?: number }): Promise<readonly DeliveryRecord[]>;
  /** Forgets settled deliveries and reports that are older. @returns how many */
  forget(before: number): Promise<number>;

  place(service: string, environment: string, ref: string): Promise<KeptPlace>;

  dueReports(at: number, limit: number): Promise<readonly KeptReport[]>;
  /** Reports about a deployment that still have something to show. */
  openReports(deployment: string): Promise<readonly KeptReport[]>;
  settleReport(id: number, settled: ReportSettled, at: number): Promise<void>;
}
