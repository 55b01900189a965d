/** What an approver should know before anything else, as data. The words are in the catalogue. */

export type RiskLine =
  /** `more`: there are more commits, or more authors, than were counted. */
  | { readonly kind: "commits"; readonly count: number; readonly authors: readonly string[]; readonly more: boolean }
  | { readonly kind: "files"; readonly count: number }
  | { readonly kind: "migrations"; readonly names: readonly string[]; readonly contract: boolean }
  /** What serves is older than this: big steps fail more often. */
  | { readonly kind: "since-last"; readonly seconds: number }
  | { readonly kind: "first-deployment" }
  | { readonly kind: "unit-changes"; readonly lines: number }
  /** How long this revision has served in another environment. */
  | { readonly kind: "proven-in"; readonly environment: string; readonly seconds: number }
  | { readonly kind: "not-proven" }
  /** Users notice: the service is down for a while on each host. */
  | { readonly kind: "downtime" };
