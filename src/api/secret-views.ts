/** What the API says of secrets: names, scopes, versions, people and times. No view has a field for a value. */
import { z } from "zod";

import { environmentNamePattern, serviceNamePattern } from "../core/names.ts";
import { secretNamePattern, secretNameRule } from "../core/secret-reference.ts";

const secretId = {
  name: z.string().regex(secretNamePattern, `must be ${secretNameRule}`),
  /** `null`: of every environment, or of every service; said, never left out. */
  environment: z.string().regex(environmentNamePattern).nullable(),
  service: z.string().regex(serviceNamePattern).nullable(),
};
const idView = { name: z.string(), environment: z.string().nullable(), service: z.string().nullable() };

export const namedSecret = z.strictObject(secretId);
export const newSecret = z.strictObject({ ...secretId, value: z.string() });

export const setSecretView = z.strictObject({ ...idView, version: z.string(), warning: z.string().nullable() });

export const secretView = z.strictObject({
  ...idView,
  /** The newest first. */
  versions: z.array(z.strictObject({ version: z.string(), at: z.int(), by: z.string() })),
});

export const checkedSecretView = z.strictObject({
  name: z.string(),
  /** Such as `orders in production`, or `the hook github`. */
  neededBy: z.string(),
  /** `null` for the server itself. */
  environment: z.string().nullable(),
  holds: z.strictObject({ ...idView, version: z.string() }).nullable(),
  problem: z.string().nullable(),
});

export const rotatedView = z.strictObject({ versions: z.int() });

export type NamedSecret = z.input<typeof namedSecret>;
export type NewSecretRequest = z.input<typeof newSecret>;
export type SetSecretView = z.output<typeof setSecretView>;
export type SecretView = z.output<typeof secretView>;
export type CheckedSecretView = z.output<typeof checkedSecretView>;
