/** Whose decision is waited for, by deployment, for lists that show more than one. */
import type { Client } from "../api/client.ts";
import type { ApprovalView } from "./approval-text.ts";
import { safeLine } from "./safe-text.ts";
import { named } from "./words.ts";

export type Awaited = ReadonlyMap<string, ApprovalView>;

/** Whoever may not look at requests sees the list without them. */
export async function awaitedIn(client: Client, isAny: boolean): Promise<Awaited> {
  if (!isAny) return new Map();
  const open = await client.approvals.list({ open: true }).catch(() => []);
  return new Map(open.map((view) => [view.deployment, view]));
}

/** `kim, lee`. */
export function askedBriefly({ asked }: ApprovalView): string {
  return asked.length === 0 ? "somebody who can be asked" : named(asked.map(({ login }) => safeLine(login)));
}
