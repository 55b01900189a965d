/** The service, asked from outside. */
import type { Deployment } from "../core/deployment.ts";
import { NO_RELEASE } from "../core/release.ts";
import type { Target } from "../core/service.ts";
import type { Probing } from "../ports/prober.ts";
import type { Part } from "./witness-part.ts";
import type { World } from "./world.ts";

/** Nothing where nobody is to ask, the address can't be asked, or nobody serves before the rollout. */
export function proberPart({ traffic }: Target, { rollout }: Deployment, { prober }: World): readonly Part[] {
  if (traffic.kind === "none" || traffic.probe === undefined) return [];
  const before = Object.values(rollout?.targets[0].before ?? {});
  if (before.length > 0 && before.every((release) => release === NO_RELEASE)) return [];
  const { url, perSecond } = traffic.probe;
  let probing: Probing;
  try {
    probing = prober.start(url, perSecond);
  } catch {
    return [];
  }
  return [{ take: () => ({ prober: probing.take() }), close: () => probing.close() }];
}
