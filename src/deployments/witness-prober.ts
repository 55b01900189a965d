/** The service, asked from outside. */
import type { Target } from "../core/service.ts";
import type { Probing } from "../ports/prober.ts";
import type { Part } from "./witness-part.ts";
import type { World } from "./world.ts";

/** Nothing where nobody is to ask, or the address can't be asked. */
export function proberPart({ traffic }: Target, { prober }: World): readonly Part[] {
  if (traffic.kind === "none" || traffic.probe === undefined) return [];
  const { url, perSecond } = traffic.probe;
  let probing: Probing;
  try {
    probing = prober.start(url, perSecond);
  } catch {
    return [];
  }
  return [{ take: () => ({ prober: probing.take() }), close: () => probing.close() }];
}
