import { z } from "zod";

import { about, argumentList, duration, optional, textUpTo, variables } from "./values.ts";

export const migrationSchema = z
  .strictObject({
    id: about(
      textUpTo(100).regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "must be letters, digits and . _ -, such as 2026-11-email"),
      "Its name. In each environment a migration of a name is run once.",
      { examples: ["2026-11-email"] },
    ),
    kind: about(
      z.enum(["expand", "contract"]),
      "`expand` fits the old release and the new one, and runs before the rollout; `contract` takes away what the old one needs, and runs last, when the old one is nowhere any more.",
    ),
    backup: optional(argumentList, "Runs before it, and must succeed. A `contract` needs it.", {
      examples: [["./bin/dump", "/var/backups/orders"]],
    }),
    run: about(argumentList, "Its argument list. It runs in the release's directory, outside of the service's start.", {
      examples: [["./bin/migrate", "expand"]],
    }),
    on: optional(z.enum(["first-host", "server"]), "Where both run. The service file can't say `server`.", {
      default: "first-host",
    }),
    environment: optional(
      variables,
      "Variables of both. Secrets are referred to as `${secret:NAME}`, never written here. A service file can refer only to what the server file gives the service.",
    ),
    within: optional(duration({ min: "1s", max: "1d" }), "How long each of them may take.", { default: "10m" }),
  })
  .refine(({ kind, backup }) => kind !== "contract" || backup !== undefined, {
    error: "takes something away for good, and needs a backup before it",
    params: { code: "SB-CONFIG-MIGRATION", hint: "Add backup: [...] with the command that makes one." },
  });

export type MigrationSettings = z.output<typeof migrationSchema>;
