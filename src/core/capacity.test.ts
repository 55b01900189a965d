import { describe, expect, it } from "vitest";

import {
  broken,
  done,
  ended,
  failed,
  inRollout,
  reverted,
  started,
  unknown,
  unreachable,
} from "../../test/support/deployments.ts";
import { allowedNow, mayLeaveBehind, room } from "./capacity.ts";
import { hostsOut } from "./rotation.ts";
import type { Deployment, DeploymentEvent } from "./deployment.ts";
import type { Outcome } from "./outcome.ts";
import { planRollBack } from "./rollback.ts";

const hosts = ["web-1", "web-2", "web-3", "web-4"];
const strategy = { kind: "rolling", options: { batch: 3, soakSeconds: 0 } } as const;

function fleet(floor: number, tolerate: number, ...events: readonly DeploymentEvent[]): Deployment {
  return inRollout({ hosts, strategy, limits: { floor, tolerate, progressSeconds: 300, load: 0.75 } }, ...events);
}

const begun = started("rollout", 0, "web-1");
const first = (outcome: Outcome): readonly DeploymentEvent[] => [begun, ended("rollout", 0, "web-1", outcome)];

describe("a host", () => {
  it.each([
    ["in activation", [begun], true],
    ["unknown", first(unknown), true],
    ["broken", first(broken), true],
    ["activated", first(done), false],
    ["reverted", first(reverted), false],
    ["not changed", first(failed), false],
    ["not reached", first(unreachable), false],
  ])("that is %s is out of rotation: %3$s", (_state, events, isOut) => {
    expect(hostsOut(fleet(1, 0, ...events)).has("web-1")).toBe(isOut);
  });

  it("that was left behind can't be counted on", () => {
    expect([...hostsOut(fleet(1, 1, { kind: "left-behind", hosts: ["web-4"], message: "" }))]).toEqual(["web-4"]);
  });

  it("is in rotation again when its roll-back is done, and out while it goes on", () => {
    const deployment = fleet(1, 0, ...first(broken));
    const planned: DeploymentEvent = { kind: "roll-back-planned", plan: planRollBack(deployment), reason: "" };
    const back = started("roll-back", 0, "web-1");
    expect([...hostsOut(fleet(1, 0, ...first(broken), planned, back))]).toEqual(["web-1"]);
    expect([...hostsOut(fleet(1, 0, ...first(broken), planned, back, ended("roll-back", 0, "web-1")))]).toEqual([]);
  });
});

describe("the hosts of a batch that may be activated now", () => {
  it("are fewer when others are out, so that the floor holds", () => {
    const left: DeploymentEvent = { kind: "left-behind", hosts: ["web-4"], message: "" };
    expect(room(fleet(1, 1))).toBe(3);
    expect(allowedNow(fleet(1, 1, left), "rollout", ["web-1", "web-2", "web-3"])).toEqual(["web-1", "web-2"]);
    expect(allowedNow(fleet(3, 1, left), "rollout", ["web-1", "web-2"])).toEqual([]);
  });

  it("are at least one on the way back, and every host that is out anyway", () => {
    expect(allowedNow(fleet(3, 0, ...first(broken)), "roll-back", ["web-2", "web-3"])).toEqual(["web-2"]);
    expect(allowedNow(fleet(3, 0, ...first(broken)), "roll-back", ["web-1"])).toEqual(["web-1"]);
  });
});

describe("a host may be left behind", () => {
  it("within the tolerance", () => {
    expect(mayLeaveBehind(fleet(1, 1), ["web-2"])).toBe(true);
    expect(mayLeaveBehind(fleet(1, 0), ["web-2"])).toBe(false);
    expect(mayLeaveBehind(fleet(1, 1), ["web-2", "web-3"])).toBe(false);
  });

  it("as long as the floor lets the others take their turn", () => {
    expect(mayLeaveBehind(fleet(3, 1), ["web-2"])).toBe(false);
    expect(mayLeaveBehind(fleet(2, 1), ["web-2"])).toBe(true);
  });

  it("when nobody else has to take a turn, as long as the floor holds", () => {
    const others = [1, 1, 1].flatMap((step, index) => {
      const host = hosts[index + 1]!;
      return [started("rollout", step, host), ended("rollout", step, host)];
    });
    expect(mayLeaveBehind(fleet(3, 1, ...others), ["web-1"])).toBe(true);
  });

  it("only while it is untouched, and only when it belongs to the fleet", () => {
    for (const outcome of [done, unknown, broken, reverted]) {
      expect(mayLeaveBehind(fleet(1, 1, ...first(outcome)), ["web-1"])).toBe(false);
    }
    expect(mayLeaveBehind(fleet(1, 1, ...first(unreachable)), ["web-1"])).toBe(true);
    expect(mayLeaveBehind(fleet(1, 1), ["builder"])).toBe(false);
  });

  it("unless no host would be left", () => {
    expect(mayLeaveBehind(fleet(0, 9), hosts)).toBe(false);
  });
});
