import { z } from "zod";

import { forgeOptions } from "../adapters/forges/options.ts";
import type { ForgeKind, TriggerHook } from "../core/trigger-hook.ts";
import { about, exactlyOne, optional } from "./values.ts";

export const webhookName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "must be 1 to 63 of a-z, 0-9 and '-', beginning with a letter or digit");

const kinds = Object.keys(forgeOptions) as ForgeKind[];

/** Who tells this server of pushes. The options of each forge are its adapter's own. */
export const webhookSchema = z
  .strictObject({
    github: optional(forgeOptions.github, "GitHub, or GitHub Enterprise Server.", {
      examples: [{ secrets: ["GITHUB_HOOK"], token: "GITHUB_STATUS" }],
    }),
    gitlab: optional(forgeOptions.gitlab, "GitLab, its own or one of yours."),
    gitea: optional(forgeOptions.gitea, "Gitea."),
    forgejo: optional(forgeOptions.forgejo, "Forgejo, such as Codeberg."),
    bitbucket: optional(forgeOptions.bitbucket, "Bitbucket Cloud."),
    signed: optional(
      forgeOptions.signed,
      "Anything that signs as Standard Webhooks does, such as `examples/post-receive` on a plain git server.",
    ),
  })
  .refine(exactlyOne(kinds), `must have exactly one of ${kinds.slice(0, -1).join(", ")} and ${kinds.at(-1)}`);

export const webhooksSchema = about(
  z.record(webhookName, webhookSchema),
  "Who may tell this server of pushes, by a name that is the end of the address: `/hooks/<name>`.",
);

export type WebhookSettings = z.output<typeof webhookSchema>;

export function webhookOf(name: string, settings: WebhookSettings): TriggerHook | undefined {
  const forge = kinds.find((kind) => settings[kind] !== undefined);
  if (forge === undefined) return undefined;
  const { secrets, token, api }: { secrets: readonly string[]; token?: string | undefined; api?: string | undefined } =
    settings[forge]!;
  return {
    name,
    forge,
    secrets,
    ...(token === undefined ? {} : { token }),
    ...(api === undefined ? {} : { api }),
  };
}
