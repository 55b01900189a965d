/** Where repositories are hosted: sends webhooks when something is pushed, and shows what became of a commit. */
import type { ForgeKind } from "../core/trigger-hook.ts";
import type { PushEvent } from "../core/trigger-push.ts";

/**
 * The longest body of a webhook, in bytes; to be enforced while it is read, before anything else looks at it.
 *
 * Forges send more for pushes of very many commits. Such a push is found like one whose webhook was lost: by comparing
 * tips.
 */
export const largestDelivery = 1024 * 1024;

/** A shorter secret is none: it could be guessed offline from one delivery. */
export const shortestSecret = 16;

/** A webhook as it came in. */
export interface Delivery {
  /** By lower-case name, as node has them. */
  readonly headers: DeliveryHeaders;
  /** The bytes as they were sent. */
  readonly body: Uint8Array;
}

export type DeliveryHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export type Verification =
  /** `secret` is the index of the one that fits: whether the old one of a rotation is still in use. */
  | { readonly kind: "accepted"; readonly secret: number }
  /** The reason is for the server's log. The sender learns nothing of it. */
  | {
      readonly kind: "refused";
      readonly because: "no-secret" | "too-large" | "no-signature" | "wrong-signature" | "stale";
    };

/** Texts in it may be stored; they are safe to compare, and still somebody else's words. */
export type Reading =
  | { readonly kind: "pushes"; readonly delivery?: string; readonly pushes: readonly PushEvent[] }
  /** The forge tries whether anybody is there. */
  | { readonly kind: "ping"; readonly delivery?: string }
  /** Nothing about a branch or tag that could be deployed. */
  | { readonly kind: "ignored"; readonly delivery?: string; readonly reason: string }
  /** Not what this forge sends. */
  | { readonly kind: "unreadable"; readonly reason: string };

export interface Forge {
  readonly kind: ForgeKind;
  /**
   * Whether somebody who knows one of the secrets sent exactly this body. Takes the same time for each wrong signature.
   *
   * `secrets` are one, or two while one takes the place of the other. `now` is in milliseconds since 1970.
   */
  verify(delivery: Delivery, secrets: readonly string[], now: number): Verification;
  /**
   * What a verified delivery says. Never throws.
   *
   * `delivery` in the answer is the forge's id of it. It is the same when the forge sends it again; most forges do not
   * sign it, so another id does not mean another push.
   */
  read(delivery: Delivery): Reading;
  /**
   * The request that shows what becomes of a commit; missing where there is nobody to show it.
   *
   * @throws {ReportRefused}
   */
  readonly report?: (report: Report, access: ReportAccess) => ReportRequest;
}

/** What becomes of a commit in one place. A later report with the same `place` takes the place of this one. */
export interface Report {
  /** As the forge calls the repository, e.g. `acme/orders`: from the configured address, not from a webhook. */
  readonly repository: string;
  /** The full name of the commit. */
  readonly revision: string;
  readonly state: "pending" | "success" | "failure";
  /** Such as `orders@dev`. */
  readonly place: string;
  /** The page of the deployment; missing when this server has no address that others know. */
  readonly url?: string;
  /** One sentence; cut to what the forge takes. */
  readonly words: string;
}

export interface ReportAccess {
  readonly token: string;
  /** Where the forge's API begins, without a slash at the end. Only the forges of everybody have a default. */
  readonly api?: string;
}

/** A request as data; it has the token in it, so it is neither logged nor stored. */
export interface ReportRequest {
  readonly method: "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A report that cannot be put into a request. */
export class ReportRefused extends Error {
  override readonly name = "ReportRefused";
}

/** Sends a request and gives back the status of the answer; throws when there was none. Follows no redirect. */
export type Send = (request: ReportRequest, signal: AbortSignal) => Promise<number>;

/** All forges, and the way to them. */
export interface Forges {
  of(kind: ForgeKind): Promise<Forge>;
  readonly send: Send;
}

/** `again`: later it may work. `refused`: it never will, and people may have to look at the token. */
export type ReportOutcome = "shown" | "again" | "refused";

/** What the answer to a report means. */
export function outcomeOfReport(status: number): ReportOutcome {
  if (status >= 200 && status < 300) return "shown";
  return status === 408 || status === 425 || status === 429 || status >= 500 ? "again" : "refused";
}
