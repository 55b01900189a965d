/** The API over a store in memory and hosts that do what they are asked, called without a network. */
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from "fastify";

import type { ApiContext } from "../../src/api/context.ts";
import { buildApi } from "../../src/api/server.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { settingsOf } from "../../src/config/settings.ts";
import type { Right } from "../../src/core/permissions.ts";
import { rightsOfMachines } from "../../src/core/permissions.ts";
import { PushOffice } from "../../src/deployments/pushes/office.ts";
import { callerOfToken, createToken } from "../../src/deployments/tokens.ts";
import { aPerson } from "./callers.ts";
import { testEngine } from "./engine.ts";

const configuration = `
hosts:
  web-1: { address: 10.0.0.11, user: deploy }
  dev-1: { address: 10.0.0.12, user: deploy }
services:
  orders:
    unit: { exec: ["java", "-jar", "orders.jar"], user: orders }
    port: 8080
environments:
  production:
    services:
      orders: { hosts: [web-1] }
  dev:
    services:
      orders: { hosts: [dev-1] }
`;

export interface TestApi {
  readonly app: FastifyInstance;
  readonly context: ApiContext;
  /** Of machines: one that may all that machines may, everywhere, and one that only looks. */
  readonly tokens: Readonly<Record<"everything" | "view", string>>;
  call(asked: InjectOptions & { readonly token?: string | undefined }): Promise<LightMyRequestResponse>;
  close(): Promise<void>;
}

type Build = (context: ApiContext) => Promise<FastifyInstance>;

export async function testApi(change: Partial<ApiContext> = {}, build: Build = buildApi): Promise<TestApi> {
  const { configuration: loaded } = loadConfiguration(configuration, "signalbox.yml");
  const { world, close } = await testEngine();
  const context: ApiContext = {
    world,
    settings: settingsOf(() => loaded!),
    pushes: new PushOffice({ world, settings: settingsOf(() => loaded!) }),
    version: "0.0.0",
    callerOf: async (token) => callerOfToken(token, world),
    applyConfiguration: async () => ({ version: 1, warnings: "" }),
    ...change,
  };
  const tokenWith = async (name: string, rights: readonly Right[]): Promise<string> => {
    const grants = rights.map((right) => ({ right, environment: null }));
    const asked = { name, for: "machine", grants, days: 1 } as const;
    return (await createToken(asked, aPerson("kim", "admin"), world)).token;
  };
  const tokens = {
    everything: await tokenWith("everything", rightsOfMachines),
    view: await tokenWith("view", ["view"]),
  };
  const app = await build(context);
  return {
    app,
    context,
    tokens,
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
