/**
 * The server file. This one schema validates it, makes the JSON schema that editors use, and writes the reference.
 */
import { z } from "zod";

import { environmentSchema } from "./environment.ts";
import { hostSchema } from "./host.ts";
import { serviceSchema } from "./service.ts";
import { about, absolutePath, environmentName, hostName, optional, serviceName } from "./values.ts";

const listen = z
  .string()
  .regex(/^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}$/, "must be an address and a port such as 127.0.0.1:7070")
  .refine((text) => Number(text.slice(text.lastIndexOf(":") + 1)) <= 65_535, "must have a port of at most 65535");

const serverSchema = z.strictObject({
  listen: optional(listen, "Where the server takes requests.", { default: "127.0.0.1:7070" }),
  data: optional(absolutePath, "The directory of its database, logs and artifacts.", { default: "/var/lib/signalbox" }),
});

export const configurationSchema = z.strictObject({
  server: optional(serverSchema, "The Signalbox server itself."),
  hosts: about(z.record(hostName, hostSchema), "The machines, by the name they have in this file."),
  services: about(
    z.record(
      serviceName,
      serviceSchema.nullable().transform((service) => service ?? {}),
    ),
    "What is deployed, by name. A part of it may live in the service's repository, as `signalbox.service.yml`.",
  ),
  environments: about(
    z.record(environmentName, environmentSchema),
    "Where services are deployed to. Keys directly under an environment are defaults for its services.",
  ),
});

export type ConfigurationInput = z.output<typeof configurationSchema>;
