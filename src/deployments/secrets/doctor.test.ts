import { afterEach, beforeEach, expect, it } from "vitest";

import { testEngine } from "../../../test/support/engine.ts";
import type { TestEngine } from "../../../test/support/engine.ts";
import { loadConfiguration } from "../../config/load.ts";
import { settingsOf } from "../../config/settings.ts";
import { examineSecrets } from "./doctor.ts";

let engine: TestEngine;
beforeEach(async () => {
  engine = await testEngine();
});
afterEach(async () => engine.close());

const settings = (more: string) => {
  const { configuration, problems } = loadConfiguration(`
hosts: { web-1: { address: 10.0.0.11 } }
services:
  orders: { unit: { exec: ["java"] }, health: { active-for: 10s }, source: { git: "https://git.example.com/orders.git" } }
${more}
`);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  return settingsOf(() => configuration);
};
const named = settings(`
hooks: { forge: { github: { secrets: [HOOK] } } }
messages: { channels: { chat: { slack: { token: CHAT } } } }
environments:
  production: { services: { orders: { hosts: [web-1], environment: { DB: "\${secret:ORDERS_DB}" } } } }
`);
const look = async (of = named) =>
  (await examineSecrets(of, engine.world)).map(({ level, message, cure }) => `${level}: ${message} (${cure})`);

it("names each secret that has no value, who needs it, and how to set it", async () => {
  expect(await look()).toEqual([
    expect.stringMatching(
      /^problem: orders in production needs the secret ORDERS_DB: .*set ORDERS_DB --environment production\)$/,
    ),
    expect.stringMatching(/^problem: the hook forge needs the secret HOOK: .*\(signalbox secrets set HOOK\)$/),
    expect.stringMatching(/^problem: the channel chat needs the secret CHAT: .*\(signalbox secrets set CHAT\)$/),
  ]);
});

it("is content when each of them has one, and says nothing where none is named", async () => {
  for (const name of ["ORDERS_DB", "HOOK", "CHAT"]) {
    await engine.world.secrets.put({ name, environment: null, service: null, value: "a long enough value", by: "kim" });
  }
  expect(await look()).toEqual(["ok: all 3 that are named have a value (null)"]);
  expect(await look(settings("environments: { dev: { services: { orders: { hosts: [web-1] } } } }"))).toEqual([]);
});
