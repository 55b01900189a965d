/** What doctor says about one thing. */
export interface Finding {
  readonly host: string | null;
  readonly check: string;
  readonly level: "ok" | "warning" | "problem";
  readonly message: string;
  readonly cure: string | null;
}
