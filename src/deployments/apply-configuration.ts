/** Whether a configuration may be taken into use by one person. */
import { approvalsChanged, judgeConfiguration } from "../core/configuration-change.ts";
import type { ConfigurationProposal } from "../core/configuration-change.ts";
import type { Caller } from "../core/permissions.ts";
import type { EnvironmentPolicy } from "../core/policy.ts";
import type { Settings } from "../core/settings.ts";
import { PeopleForbidden } from "./people.ts";
import type { World } from "./world.ts";

const proposalMilliseconds = 7 * 24 * 60 * 60 * 1000;

export interface NextConfiguration {
  /** Of its text. */
  readonly digest: string;
  readonly settings: Settings;
}

export type Admitted =
  /** It may be applied; `detail` belongs into the audit row. */
  | { readonly kind: "apply"; readonly detail: Readonly<Record<string, unknown>> }
  | { readonly kind: "proposed"; readonly proposal: ConfigurationProposal };

/** @throws {PeopleForbidden} */
export async function admitConfiguration(
  { digest, settings }: NextConfiguration,
  current: Settings,
  by: Caller,
  { store, clock }: Pick<World, "store" | "clock">,
): Promise<Admitted> {
  const now = clock.now();
  const changed = approvalsChanged(policiesOf(current), policiesOf(settings));
  const { founded } = await store.people.book();
  const judgement = judgeConfiguration(changed, await store.configurationProposal(digest), { by, founded, now });
  switch (judgement.kind) {
    case "refuse":
      throw new PeopleForbidden(judgement.message);
    case "propose": {
      const { environments } = judgement;
      const proposal = { digest, by: by.name, at: now, until: now + proposalMilliseconds, environments };
      await store.proposeConfiguration(proposal);
      return { kind: "proposed", proposal };
    }
    case "apply": {
      const { kind: _, ...why } = judgement;
      return { kind: "apply", detail: changed.length === 0 ? {} : { approvalsChanged: changed, ...why } };
    }
  }
}

function policiesOf(settings: Settings): readonly EnvironmentPolicy[] {
  const names = new Set(settings.targets().map(({ environment }) => environment));
  return [...names].map((name) => settings.policy(name));
}
