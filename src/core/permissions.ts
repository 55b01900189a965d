/** What a caller of the API may do. */

export const scopes = ["read", "deploy", "artifacts", "admin"] as const;
export type Scope = (typeof scopes)[number];

/** Who calls, and with which rights. */
export interface Caller {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/** `admin` may do everything; nobody may do what has no rule. */
export function mayCall({ scopes: held }: Caller, needed: Scope | undefined): boolean {
  return needed !== undefined && (held.includes(needed) || held.includes("admin"));
}

/** What people may be given, for one environment or for every one. No right comes with another one. */
export const rights = ["view", "deploy", "approve", "break-glass", "configure", "secrets", "admin", "audit"] as const;
export type Right = (typeof rights)[number];
