/** The API over a store in memory and hosts that do what they are asked, called without a network. */
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from "fastify";

import type { ApiContext } from "../../src/api/context.ts";
import { buildApi } from "../../src/api/server.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { settingsOf } from "../../src/config/settings.ts";
import type { Scope } from "../../src/core/permissions.ts";
import { scopes } from "../../src/core/permissions.ts";
import { callerOfToken, createToken } from "../../src/deployments/tokens.ts";
import { testEngine } from "./engine.ts";

const configuration = `
hosts:
  web-1: { address: 10.0.0.11, user: deploy }
services:
  orders:
    unit: { exec: ["java", "-jar", "orders.jar"], user: orders }
    port: 8080
environments:
  production:
    services:
      orders: { hosts: [web-1] }
`;

export interface TestApi {
  readonly app: FastifyInstance;
  readonly context: ApiContext;
  /** One token for each scope. */
  readonly tokens: Readonly<Record<Scope, string>>;
  call(asked: InjectOptions & { readonly token?: string | undefined }): Promise<LightMyRequestResponse>;
  close(): Promise<void>;
}

export async function testApi(change: Partial<ApiContext> = {}): Promise<TestApi> {
  const { configuration: loaded } = loadConfiguration(configuration, "signalbox.yml");
  const { world, close } = await testEngine();
  const context: ApiContext = {
    world,
    settings: settingsOf(() => loaded!),
    version: "0.0.0",
    callerOf: async (token) => callerOfToken(token, world),
    applyConfiguration: async () => ({ version: 1, warnings: "" }),
    ...change,
  };
  const made = scopes.map(async (scope) => createToken({ name: scope, scopes: [scope], days: 1 }, "kim", world));
  const tokens = Object.fromEntries((await Promise.all(made)).map(({ name, token }) => [name, token]));
  const app = await buildApi(context);
  return {
    app,
    context,
    tokens: tokens as Record<Scope, string>,
    call: async ({ token, headers = {}, ...asked }) =>
      app.inject({
        ...asked,
        headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      }),
    close: async () => {
      await app.close();
      await close();
    },
  };
}
