/** What an adapter must do that can switch between two sides, and give one of them a share. */
import { setTimeout as sleep } from "node:timers/promises";

import { beforeEach, describe, expect, it } from "vitest";

import { tally } from "./traffic-requests.contract.ts";
import type { Stage } from "./traffic-stage.contract.ts";

/** Four times the standard deviation of a share: exceeded by chance once in some 15,000 tests. */
const chance = (share: number, count: number): number => 4 * Math.sqrt((share * (1 - share)) / count);

export function describeSides(stage: Stage): void {
  describe("the two sides", () => {
    beforeEach(({ skip }) => {
      if (!stage.can().shares) skip("there is one side only");
    });

    it("are switched without a failure, for every request after it", async () => {
      const loads = stage.world.fronts.map((_, front) => stage.client(front).keepAsking());
      await sleep(200);
      await stage.change({ active: "green" });
      const isGreen = performance.now();
      await sleep(300);
      expect(await stage.change({ active: "green" })).toEqual([]);
      await stage.change({ active: "blue" });
      const isBlue = performance.now();
      await sleep(300);
      const answers = stage.kept((await Promise.all(loads.map((load) => load.stop()))).flat());

      expect(stage.statuses(answers)).toEqual({ 200: answers.length });
      expect(tally(answers.filter(({ at }) => at > isBlue).map(({ side }) => side))).not.toHaveProperty("green");
      expect(tally(answers.map(({ side }) => side))["green"]).toBeGreaterThan(0);
      expect(isGreen).toBeLessThan(isBlue);
    });

    it("are switched from a whole share with nobody moved back", async () => {
      const asking = stage.client();
      const users = await Promise.all(Array.from({ length: 8 }, () => asking.ask()));
      await stage.change({ share: 10_000 });
      const load = asking.keepAsking((index) => ({ cookie: users[index]!.cookie }));
      for (const active of ["green", "blue", "green"] as const) {
        await sleep(100);
        await stage.change({ active, share: active === "blue" ? 10_000 : 0 });
      }
      const answers = stage.kept(await load.stop());
      expect(stage.statuses(answers)).toEqual({ 200: answers.length });
      expect(tally(answers.map(({ side }) => side))).toEqual({ green: answers.length });
    });

    it("get the share of requests that is wanted", async () => {
      for (const share of [100, 2500, 5000]) {
        await stage.change({ share });
        const sides = tally((await stage.client().askMany(3000)).map(({ side }) => side));
        const measured = (sides["green"] ?? 0) / 3000;
        expect(Math.abs(measured - share / 10_000)).toBeLessThan(chance(share / 10_000, 3000));
      }
    });

    it("keep their users within a share, and take none back while it rises", async () => {
      const users = (await stage.client().askMany(400)).map(({ cookie }) => cookie);
      const sidesOf = async (front: number): Promise<readonly string[]> =>
        (await stage.client(front).askMany(400, (index) => ({ cookie: users[index]! }))).map(({ side }) => side);

      let earlier: readonly string[] = users.map(() => "blue");
      for (const share of [500, 2500, 6000, 10_000]) {
        await stage.change({ share });
        const now = await sidesOf(0);
        for (const front of stage.world.fronts.keys()) expect(await sidesOf(front)).toEqual(now);
        expect(now.filter((side, index) => side === "blue" && earlier[index] === "green")).toEqual([]);
        earlier = now;
      }
      expect(tally(earlier)).toEqual({ green: 400 });
    });

    it("do not believe a cookie that they did not make", async ({ skip }) => {
      if (stage.world.changesByReload === true) skip("any id is one");
      await stage.change({ share: 5000 });
      const name = (await stage.client().ask()).cookie.split("=")[0]!;
      for (const value of ["garbage", "-1", "99999999", "1e3", "", "0x10", "'"]) {
        const answer = await stage.client().ask("/", { cookie: `${name}=${value}` });
        expect(answer.status).toBe(200);
        expect(answer.cookie).toMatch(new RegExp(`^${name}=[0-9]{1,4}$`));
      }
    });

    it("can be chosen by testers", async () => {
      const { traffic } = stage.world.target;
      const header = "testers" in traffic ? traffic.testers! : "";
      const sideFor = async (choice: string): Promise<string> =>
        Object.keys(
          tally((await stage.client().askMany(50, () => ({ [header]: choice }))).map(({ side }) => side)),
        ).join();

      expect([await sideFor("candidate"), await sideFor("baseline")]).toEqual(["green", "blue"]);
      await stage.change({ share: 10_000 });
      expect([await sideFor("candidate"), await sideFor("baseline")]).toEqual(["green", "blue"]);
      await stage.change({ active: "green", share: 0 });
      expect([await sideFor("candidate"), await sideFor("baseline")]).toEqual(["blue", "green"]);
    });
  });
}
