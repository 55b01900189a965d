/** Times in which nothing is deployed, and exceptions from them, as they are kept. */
import type { FreezeCalendar, FreezeException, FreezeWindow } from "../core/freeze.ts";

/** Somebody else was first: what was to be removed or confirmed is not there, or not in that state, any more. */
export class FreezeChanged extends Error {
  override readonly name = "FreezeChanged";
}

export interface KeptWindow {
  readonly window: FreezeWindow;
  readonly madeAt: number;
  readonly madeBy: string;
}

/** What one person asked for; it lifts nothing before another one confirmed it. */
export interface KeptException {
  readonly id: string;
  readonly asked: Omit<FreezeException, "approvedBy">;
  readonly askedAt: number;
  readonly confirmed: { readonly by: string; readonly at: number } | null;
}

export type FreezeChange =
  | { readonly kind: "add-window"; readonly window: FreezeWindow; readonly by: string }
  /** With the exceptions from it. */
  | { readonly kind: "remove-window"; readonly name: string }
  | { readonly kind: "ask-exception"; readonly id: string; readonly asked: Omit<FreezeException, "approvedBy"> }
  | { readonly kind: "confirm-exception"; readonly id: string; readonly by: string };

export interface Freezes {
  windows(): Promise<readonly KeptWindow[]>;
  /** The oldest first. */
  exceptions(): Promise<readonly KeptException[]>;
  /** What counts: all windows, and the exceptions that two people stand for. */
  calendar(): Promise<FreezeCalendar>;
}
