/**
 * The server file. This one schema validates it, makes the JSON schema that editors use, and writes the reference.
 */
import { z } from "zod";

import { environmentSchema } from "./environment.ts";
import { hostSchema } from "./host.ts";
import { messagesSchema } from "./messages.ts";
import { secretsSchema } from "./secrets.ts";
import { peopleSchema, serverSchema } from "./server.ts";
import { serviceSchema } from "./service.ts";
import { about, environmentName, hostName, optional, serviceName } from "./values.ts";
import { webhooksSchema } from "./webhook.ts";

export const configurationSchema = z.strictObject({
  hosts: about(z.record(hostName, hostSchema), "The machines, by the name they have in this file."),
  services: about(
    z.record(
      serviceName,
      serviceSchema.nullable().transform((service) => service ?? {}),
    ),
    "What is deployed, by name. A part of it may live in the service's repository, as `signalbox.service.yml`.",
  ),
  hooks: z.exactOptional(webhooksSchema),
  environments: about(
    z.record(environmentName, environmentSchema),
    "Where services are deployed to. Keys directly under an environment are defaults for its services.",
  ),
  server: optional(serverSchema, "The server itself."),
  people: optional(peopleSchema, "How people sign in. Who they are and what they may do is not in this file."),
  messages: optional(messagesSchema, "How people are told what happens."),
  secrets: optional(secretsSchema, "Secrets that the server does not keep itself."),
});

export type ConfigurationInput = z.output<typeof configurationSchema>;
