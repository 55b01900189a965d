/** Takes over a hand-made service as release 0, without a restart, so that the very first deployment can be rolled back. */
import type { Settings } from "../core/settings.ts";
import { answers, helper, refusal } from "../steps/ask.ts";
import { refuseWhileFrozen } from "./frozen.ts";
import { targetNow } from "./target-now.ts";
import type { World } from "./world.ts";

export interface Adoption {
  readonly host: string;
  readonly done: boolean;
  readonly message: string;
}

const limitSeconds = 30;

/** Release 0 has no artifact: its unit stays as it is on the host. */
const noArtifact = "0".repeat(64);

export async function adopt(
  asked: { readonly service: string; readonly environment: string; readonly unit: string },
  by: string,
  settings: Settings,
  world: World,
): Promise<readonly Adoption[]> {
  await refuseWhileFrozen(world);
  const { service, environment, unit } = asked;
  const { hosts } = await targetNow({ service, environment }, { settings, world });
  const adoptions = await Promise.all(
    hosts.map(async (host): Promise<Adoption> => {
      try {
        const answer = await world.hosts.run(host, { argv: helper("adopt", service, unit), limitSeconds });
        const done = answer.code === 0 && answers(answer.stdout).has("adopted");
        return { host, done, message: done ? `${unit} is release 0 now; it was not restarted` : refusal(answer) };
      } catch (error) {
        // What the others did is written down all the same.
        return { host, done: false, message: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
  if (adoptions.some(({ done }) => done)) {
    const at = world.clock.now();
    const release = {
      number: 0,
      artifact: { sha256: noArtifact, bytes: 0, form: "file", name: unit },
      settings: "",
    } as const;
    await world.store.commit({
      at,
      releases: [{ service, environment, release, deployment: "adopted", verdict: "good" }],
      audit: [{ actor: by, action: "adopt", object: `${service}@${environment}`, detail: { unit } }],
    });
  }
  return adoptions;
}
