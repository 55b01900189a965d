import { expect, it } from "vitest";

import { aPolicy } from "../../test/support/approvals.ts";
import { aCaller, aPerson } from "../../test/support/callers.ts";
import { systemClock } from "../adapters/clock/system.ts";
import { memoryStore } from "../adapters/store/memory.ts";
import type { Settings } from "../core/settings.ts";
import { admitConfiguration } from "./apply-configuration.ts";

const settings = (approval: object): Settings =>
  ({
    targets: () => [{ service: "orders", environment: "production", hosts: [] }],
    policy: (environment: string) => ({ environment, ...approval }),
  }) as unknown as Settings;

it("a configuration without the approvals of production waits until another person applies the same", async () => {
  const store = await memoryStore({ clock: systemClock });
  const world = { store, clock: systemClock };
  const now = settings({ approval: aPolicy() });
  const next = { digest: "d", settings: settings({}) };
  const apply = async (login: string) => admitConfiguration(next, now, aPerson(login, "configure"), world);

  expect(await apply("kim")).toMatchObject({ kind: "apply", detail: { approvalsChanged: ["production"] } });
  await store.people.write([], [], 1, { founded: true });
  expect(await apply("kim")).toMatchObject({ kind: "proposed", proposal: { by: "kim", environments: ["production"] } });
  expect(await apply("kim")).toMatchObject({ kind: "proposed" });
  expect(await admitConfiguration({ ...next, digest: "other" }, now, aPerson("lee"), world)).toMatchObject({
    kind: "proposed",
  });
  expect(await apply("lee")).toEqual({
    kind: "apply",
    detail: { approvalsChanged: ["production"], proposedBy: "kim" },
  });
  expect(await admitConfiguration({ ...next, settings: now }, now, aCaller("configure"), world)).toEqual({
    kind: "apply",
    detail: {},
  });
  await expect(admitConfiguration(next, now, aCaller("configure"), world)).rejects.toThrow("token:ci is no person");
  await store.close();
});
