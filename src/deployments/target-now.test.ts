import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { aRelease } from "../../test/support/targets.ts";
import { memoryStore } from "../adapters/store/memory.ts";
import { systemClock } from "../adapters/clock/system.ts";
import { loadConfiguration } from "../config/load.ts";
import { settingsOf } from "../config/settings.ts";
import type { Settings } from "../core/settings.ts";
import type { Store } from "../ports/store.ts";
import { targetNow } from "./target-now.ts";

const own = `unit: { exec: ["node", "server.mjs"] }\nhealth: { http: /healthz }\n`;
const place = { service: "greeter", environment: "dev" };

let store: Store;
beforeEach(async () => {
  store = await memoryStore({ clock: systemClock });
});
afterEach(async () => store.close());

function settingsWith(unit: string): Settings {
  const { configuration, problems } = loadConfiguration(`
hosts: { dev-1: { address: 10.0.0.21 } }
services: { greeter: { source: { git: "https://git.example.com/greeter.git" }, port: 8081${unit} } }
environments: { dev: { services: { greeter: { hosts: [dev-1] } } } }
`);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  return settingsOf(() => configuration);
}

const around = (settings: Settings, files: Readonly<Record<string, string>>) => ({
  settings,
  world: {
    store,
    git: { readFile: async (_source: unknown, revision: string) => files[revision] } as never,
  },
});

describe("what a service is now", () => {
  it("stands in the configuration, where that is enough", async () => {
    const settings = settingsWith(`, unit: { exec: ["node", "a.mjs"] }, health: { http: /healthz }`);
    expect((await targetNow(place, around(settings, {}))).unit.exec).toEqual(["node", "a.mjs"]);
  });

  it("stands in its own file of the revision, or of the release that was made last", async () => {
    const settings = settingsWith("");
    const files = { abc: own, def: own.replace("server", "newer") };
    expect((await targetNow({ ...place, revision: "abc" }, around(settings, files))).unit.exec[1]).toBe("server.mjs");
    const release = { ...aRelease(3), revision: "def" };
    await store.commit({ at: 1, releases: [{ ...place, release, deployment: "x", verdict: "good" }] });
    expect((await targetNow(place, around(settings, files))).unit.exec[1]).toBe("newer.mjs");
  });

  it("is not known before there was a release, and the error says what is missing", async () => {
    await expect(targetNow(place, around(settingsWith(""), {}))).rejects.toThrow("has no unit.exec");
  });

  it("has its source also where the rest is only in its own file", () => {
    expect(settingsWith("").source("greeter", "dev")?.git).toBe("https://git.example.com/greeter.git");
    expect(() => settingsWith("").source("greeter", "nowhere")).toThrow("nowhere");
  });
});
