/** `secrets:`, where secrets come from that the server does not keep itself. */
import { z } from "zod";

import type { SecretCommand } from "../core/settings.ts";
import { about, argumentList, duration, optional, variables } from "./values.ts";

export const secretsSchema = z
  .strictObject({
    command: about(
      argumentList,
      "A program on the server that prints one secret, asked for what `signalbox secrets set` was not used for. `{name}`, `{service}` and `{environment}` stand for what is asked for; `{name}` has to be among its arguments. No shell reads it.",
      { examples: [["op", "read", "op://{environment}/{name}"]] },
    ),
    environment: optional(
      variables,
      "Variables of the program. Beside these it has PATH and LANG, and nothing of the server's own.",
    ),
    within: optional(duration({ min: "1s", max: "5m" }), "How long it may take for one secret.", { default: "20s" }),
  })
  .refine(
    ({ command: [program = "", ...rest] }) => !program.includes("{") && rest.some((one) => one.includes("{name}")),
    {
      error: "must begin with the name of a program, and have {name} among its arguments",
      path: ["command"],
    },
  );

export type SecretsSettings = z.output<typeof secretsSchema>;

export function secretCommandOf(settings: Partial<SecretsSettings>): SecretCommand | undefined {
  const { command, environment = {}, within = 20 } = settings;
  if (command === undefined) return undefined;
  return { argv: command, variables: environment, limitSeconds: within };
}
