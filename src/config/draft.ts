/**
 * A configuration as far as it can be read.
 *
 * Each key stands for itself: one that is wrong is left out, so that the relations between all others can be
 * checked in the same pass.
 */
import { z } from "zod";

import type { EnvironmentSettings, PlacementSettings } from "./environment.ts";
import { environmentSchema, placementSchema } from "./environment.ts";
import type { HostSettings } from "./host.ts";
import { hostSchema } from "./host.ts";
import type { MessagesSettings } from "./messages.ts";
import { messagesSchema } from "./messages.ts";
import type { SecretsSettings } from "./secrets.ts";
import { secretsSchema } from "./secrets.ts";
import type { PeopleFileSettings, ServerFileSettings } from "./server.ts";
import { peopleSchema, serverSchema } from "./server.ts";
import type { ServiceSettings } from "./service.ts";
import { serviceSchema } from "./service.ts";
import type { WebhookSettings } from "./webhook.ts";
import { webhookSchema } from "./webhook.ts";

export interface EnvironmentDraft {
  readonly settings: Readonly<Partial<Omit<EnvironmentSettings, "services">>>;
  readonly services: ReadonlyMap<string, PlacementSettings>;
}

export interface Draft {
  readonly hosts: ReadonlyMap<string, Partial<HostSettings>>;
  readonly services: ReadonlyMap<string, ServiceSettings>;
  /** Who may tell of pushes. */
  readonly webhooks: ReadonlyMap<string, Partial<WebhookSettings>>;
  readonly environments: ReadonlyMap<string, EnvironmentDraft>;
  readonly messages: Partial<MessagesSettings>;
  readonly secrets: Partial<SecretsSettings>;
  readonly server: Partial<ServerFileSettings>;
  readonly people: Partial<PeopleFileSettings>;
}

export function draftOf(value: unknown): Draft {
  const top = entries(value);
  return {
    messages: validKeys(messagesSchema, top.get("messages")),
    secrets: validKeys(secretsSchema, top.get("secrets")),
    server: validKeys(serverSchema, top.get("server")),
    people: validKeys(peopleSchema, top.get("people")),
    hosts: mapped(top.get("hosts"), (host) => validKeys(hostSchema, host)),
    services: mapped(top.get("services"), (service) => validKeys(serviceSchema, service)),
    webhooks: mapped(top.get("hooks"), (webhook) => validKeys(webhookSchema, webhook)),
    environments: mapped(top.get("environments"), (environment) => {
      const { services: _, ...settings } = validKeys(environmentSchema, environment);
      const services = mapped(entries(environment).get("services"), (placement) => {
        return validKeys(placementSchema, placement);
      });
      return { settings, services };
    }),
  };
}

/** The keys of a map whose values are right, in their parsed form. */
export function validKeys<S extends z.ZodObject>(schema: S, value: unknown): Partial<z.output<S>> {
  const valid: Record<string, unknown> = {};
  for (const [key, given] of entries(value)) {
    if (!Object.hasOwn(schema.shape, key)) continue;
    const read = validPart(schema.shape[key] as z.ZodType, given);
    if (read !== undefined) valid[key] = read;
  }
  return valid as Partial<z.output<S>>;
}

/** A value in its parsed form, or what is right of it. */
function validPart(schema: z.ZodType, given: unknown): unknown {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const inner = schema instanceof z.ZodExactOptional ? (schema.unwrap() as z.ZodType) : schema;
  if (inner instanceof z.ZodObject) return validKeys(inner, given);
  if (inner instanceof z.ZodUnion) return validForm(inner.options as readonly z.ZodType[], given);
  if (!(inner instanceof z.ZodRecord)) return undefined;
  const each = [...entries(given)].filter(([, value]) => (inner.valueType as z.ZodType).safeParse(value).success);
  return Object.fromEntries(each);
}

/** Of several forms, a map of keys is the only one that can be right in part. */
function validForm(forms: readonly z.ZodType[], given: unknown): unknown {
  const form = forms.find((form) => form instanceof z.ZodObject);
  const keys = form === undefined ? {} : validKeys(form, given);
  return Object.keys(keys).length === 0 ? undefined : keys;
}

function mapped<T>(value: unknown, read: (entry: unknown) => T): Map<string, T> {
  return new Map([...entries(value)].map(([name, entry]) => [name, read(entry)]));
}

function entries(value: unknown): Map<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return new Map();
  return new Map(Object.entries(value));
}
