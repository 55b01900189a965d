/** Secrets, as clients see them: values go in and never come out. */
import type { Calls } from "./calls.ts";
import type { CheckedSecretView, NamedSecret, NewSecretRequest, SecretView, SetSecretView } from "./secret-views.ts";

export interface SecretsClient {
  set(secret: NewSecretRequest): Promise<SetSecretView>;
  list(): Promise<readonly SecretView[]>;
  remove(secret: NamedSecret): Promise<void>;
  /** What the configuration refers to, and what holds there. */
  check(): Promise<readonly CheckedSecretView[]>;
  rotateKey(): Promise<{ readonly versions: number }>;
}

export function secretsClient({ get, post }: Calls): SecretsClient {
  return {
    set: async (secret) => post("/secrets", secret),
    list: async () => get("/secrets"),
    remove: async (secret) => post("/secrets/remove", secret),
    check: async () => get("/secrets/check"),
    rotateKey: async () => post("/secrets/rotate-key"),
  };
}
