/** Which request comes next. */
import type { CompleteOptions, RequestKind } from "./options.ts";

/** One population: they differ in what they ask, on what kind of connection, and with a cookie or without. */
export interface Population {
  readonly kind: RequestKind;
  readonly keptAlive: boolean;
  readonly ofUsers: boolean;
}

/**
 * Every population in turn, in proportion to its weight and evenly spread.
 *
 * Chosen as one of all combinations: were each property chosen in turn by itself, their turns could fall together,
 * and every POST, say, would have a fresh connection.
 */
export function populations({ mix, keptAlive, ofUsers }: CompleteOptions): () => Population {
  const all = (Object.keys(mix) as RequestKind[]).flatMap((kind) =>
    [true, false].flatMap((kept) =>
      [true, false].map((users) => ({
        item: { kind, keptAlive: kept, ofUsers: users },
        weight: mix[kind] * (kept ? keptAlive : 1 - keptAlive) * (users ? ofUsers : 1 - ofUsers),
      })),
    ),
  );
  return inTurn(all.filter(({ weight }) => weight > 0));
}

/** Smooth weighted round robin, as in nginx: the one that waited most comes next, and pays with the sum of all weights. */
export function inTurn<T>(weighted: readonly { readonly item: T; readonly weight: number }[]): () => T {
  if (weighted.length === 0) throw new Error("nothing to choose from");
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  const credits = weighted.map(() => 0);
  return () => {
    let best = 0;
    for (const [index, { weight }] of weighted.entries()) {
      credits[index]! += weight;
      if (credits[index]! > credits[best]!) best = index;
    }
    credits[best]! -= total;
    return weighted[best]!.item;
  };
}
