import { expect, it } from "vitest";

import { obedientHosts, testEngine } from "../../test/support/engine.ts";
import { aRelease, aTarget } from "../../test/support/targets.ts";
import type { Settings } from "../core/settings.ts";
import { HostUnreachable } from "../ports/hosts.ts";
import { adopt } from "./adopt.ts";

it("what some hosts adopted is written down when another one can't be asked", async () => {
  const engine = await testEngine(() => ({
    hosts: obedientHosts(aRelease(1), async (host) => {
      if (host === "web-2") throw new HostUnreachable(host, "connection-refused", false, "web-2 does not answer");
      return { stdout: "adopted=orders.service\n" };
    }),
  }));
  const settings = { target: () => aTarget() } as unknown as Settings;
  const place = { service: "orders", environment: "production" };

  const said = await adopt({ ...place, unit: "orders.service" }, "kim", settings, engine.world);

  expect(said.map(({ message }) => message)).toEqual([
    "orders.service is release 0 now; it was not restarted",
    "web-2 does not answer",
  ]);
  expect((await engine.world.store.releases("orders", "production")).map(({ release }) => release.number)).toEqual([0]);
  await engine.close();
});
