import { afterEach, describe, expect, it } from "vitest";

import { aCaller } from "../../test/support/callers.ts";
import { testEngine, obedientHosts } from "../../test/support/engine.ts";
import type { TestEngine } from "../../test/support/engine.ts";
import { aRelease, aTarget } from "../../test/support/targets.ts";
import { noMessages } from "../../test/support/messages.ts";
import type { Settings } from "../core/settings.ts";
import { CommandEnded } from "../ports/hosts.ts";
import { buildApi } from "./server.ts";

const nothing = { stdout: "", stderr: "", truncated: false };

const settings = {
  fleet: () => new Map([["web-1", { hostKeys: ["ssh-ed25519 AAAA"] }]]),
  targets: () => [{ service: "orders", environment: "production", hosts: ["web-1"] }],
  target: () => aTarget(),
  messages: () => noMessages,
  hooks: () => [],
  oidc: () => undefined,
  secretReferences: () => [],
} as unknown as Settings;

describe("answers that come line by line", () => {
  let engine: TestEngine;
  afterEach(async () => engine.close());

  async function api() {
    return buildApi(
      {
        world: engine.world,
        pushes: { receive: async () => "new" },
        settings,
        version: "",
        callerOf: async () => undefined,
        applyConfiguration: async () => ({ version: 1, warnings: "" }),
      },
      { trusted: async () => aCaller("view") },
    );
  }

  async function get(url: string) {
    return (await api()).inject({ url: `/api/v1${url}` });
  }

  it("name a host that does not answer in time, and the server goes on", async () => {
    engine = await testEngine(() => ({
      hosts: obedientHosts(aRelease(1), async (host) => {
        throw new CommandEnded(host, "limit", nothing, "web-1: it did not end within 30 s");
      }),
    }));
    const answer = await get("/doctor");
    expect(answer.body).toContain("did not end within 30 s");
  });

  it("end when a log can't be read, and the server goes on", async () => {
    engine = await testEngine(() => ({
      logs: {
        open: () => ({ write: () => {}, close: async () => {} }),
        list: async () => [{ deployment: "d", track: "prepare", step: 0, host: "web-1" }],
        async *read() {
          yield { at: 1, text: "before" };
          throw new Error("the disk is broken");
        },
      } as never,
    }));
    const id = await engine.restart();
    await expect(get(`/deployments/${id}/log`).then(({ body }) => body)).rejects.toBeInstanceOf(Error);
  });

  it("come from hosts of the service only", async () => {
    engine = await testEngine();
    const answer = await get("/services/orders/production/log?host=db-1");
    expect(answer.statusCode).toBe(404);
  });
});

describe("a plan", () => {
  it("builds nothing for who may only read", async () => {
    const engine = await testEngine();
    const app = await buildApi({
      world: engine.world,
      pushes: { receive: async () => "new" },
      settings,
      version: "",
      callerOf: async () => aCaller("view"),
      applyConfiguration: async () => ({ version: 1, warnings: "" }),
    });
    const answer = await app.inject({
      method: "POST",
      url: "/api/v1/plans",
      headers: { authorization: "Bearer sbx_x" },
      payload: { service: "orders", environment: "production", origin: { kind: "revision" }, build: true },
    });
    expect(answer.statusCode).toBe(403);
    await engine.close();
  });
});
