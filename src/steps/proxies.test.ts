import { describe, expect, it } from "vitest";

import { aStep, haproxy } from "../../test/support/step-context.ts";
import { PROXIES } from "../core/step.ts";
import { ProxyFailed } from "../ports/traffic.ts";
import { drain } from "./drain.ts";
import { inspectTraffic } from "./inspect-traffic.ts";
import { readmit } from "./readmit.ts";
import { setShare } from "./set-share.ts";
import type { StepContext } from "./step.ts";
import { switchSide } from "./switch-side.ts";

const pair = { host: PROXIES, proxies: ["lb-1", "lb-2"] } as const;
const slots = { ports: { blue: 8081, green: 8082 }, variable: "PORT" } as const;

describe("looking at the traffic", () => {
  const step = { kind: "inspect-traffic", hosts: [PROXIES] } as const;

  it("tells who is active, the share and who is in rotation", async () => {
    const world = aStep(pair);
    for (const proxy of world.traffic.proxies) proxy.share = 500;
    expect(await inspectTraffic.perform(step, world.context)).toEqual({
      kind: "done",
      changed: false,
      result: {
        kind: "traffic",
        traffic: { active: "blue", share: 500, inRotation: ["blue/web-1", "blue/web-2"] },
      },
    });
  });

  it.each([
    ["the active side", (world: ReturnType<typeof aStep>) => (world.traffic.proxies[1]!.active = "green")],
    ["the share", (world: ReturnType<typeof aStep>) => (world.traffic.proxies[1]!.share = 100)],
    ["the rotation", (world: ReturnType<typeof aStep>) => world.traffic.set("blue/web-2", { rotation: "out" }, "lb-2")],
  ])("fails where proxies do not agree on %s", async (_what, change) => {
    const world = aStep(pair);
    change(world);
    expect(await inspectTraffic.perform(step, world.context)).toMatchObject({
      kind: "failed",
      message: expect.stringMatching(/lb-1: blue is active.*lb-2: .*signalbox doctor/),
    });
  });
});

describe("looking at proxies", () => {
  const step = { kind: "inspect-traffic", hosts: [PROXIES] } as const;

  it("waits until a change that is made just now has come to all of them", async () => {
    const world = aStep(pair);
    world.traffic.proxies[0]!.active = "green";
    world.traffic.atLook = (count) => {
      if (count === 3) world.traffic.proxies[1]!.active = "green";
    };
    expect(await inspectTraffic.perform(step, world.context)).toMatchObject({ kind: "done" });
  });

  it("fails where one does not know a host, and says how it gets to know it", async () => {
    const world = aStep(pair);
    for (const { members } of world.traffic.proxies) delete members["green/web-2"];
    expect(await inspectTraffic.perform(step, world.context)).toEqual({
      kind: "failed",
      message: "lb-1 does not know green/web-2. Nothing was changed. Next: signalbox traffic install lb-1",
    });
  });

  it("fails where users come to a host that the configuration does not name any more", async () => {
    const world = aStep(pair);
    world.traffic.set("blue/web-9", { rotation: "out" });
    expect(await inspectTraffic.perform(step, world.context)).toMatchObject({ kind: "done" });
    world.traffic.set("blue/web-9", { rotation: "in" });
    expect(await inspectTraffic.perform(step, world.context)).toMatchObject({
      kind: "failed",
      message: expect.stringContaining("lb-1 has blue/web-9 in rotation, which the configuration does not name"),
    });
  });

  it("knows the hosts that the deployment does not mean", async () => {
    const world = aStep({ ...pair, target: { others: ["web-9"] } });
    world.traffic.set("blue/web-9", { rotation: "in" });
    world.traffic.set("green/web-9", { rotation: "out" });
    expect(await inspectTraffic.perform(step, world.context)).toMatchObject({ kind: "done" });
  });
});

describe("a share", () => {
  const step = { kind: "set-share", hosts: [PROXIES], side: "green", share: 500 } as const;
  const ready = (options: Parameters<typeof aStep>[0] = {}): ReturnType<typeof aStep> => {
    const world = aStep({ ...pair, target: { slots }, ...options });
    world.traffic.set("green/web-1", { rotation: "in" });
    return world;
  };

  it("is the same on every proxy", async () => {
    const world = ready();
    expect(await setShare.perform(step, world.context)).toEqual({
      kind: "done",
      changed: true,
      note: "5 % goes to green",
    });
    expect(world.traffic.proxies.map(({ share }) => share)).toEqual([500, 500]);
  });

  it("is not given to a side that a proxy does not see up", async () => {
    const world = ready();
    world.traffic.set("green/web-1", { up: false }, "lb-2");
    expect(await setShare.perform(step, world.context)).toEqual({
      kind: "failed",
      message: "green gets no requests yet: lb-2 says that green/web-1 is not up",
    });
    expect(world.traffic.asked).toEqual([]);
  });

  it("is not given to a side without a copy in rotation", async () => {
    const world = aStep({ ...pair, target: { slots } });
    expect(await setShare.perform(step, world.context)).toMatchObject({ kind: "failed" });
  });

  it("can be taken from a side that is down", async () => {
    const world = ready();
    world.traffic.set("green/web-1", { up: false });
    expect(await setShare.perform({ ...step, share: 0 }, world.context)).toMatchObject({ kind: "done" });
  });

  it("of a proxy that was missed on the way back is asked for again, after the others have it", async () => {
    const world = ready({ isWayBack: true });
    for (const proxy of world.traffic.proxies) proxy.share = 500;
    world.traffic.gone.add("lb-2");
    expect(await setShare.perform({ ...step, share: 0 }, world.context)).toMatchObject({
      kind: "unknown",
      message: expect.stringContaining("lb-2 could not be told"),
    });
    expect(world.traffic.proxies.map(({ share }) => share)).toEqual([0, 500]);
  });
});

describe("a switch", () => {
  const step = { kind: "switch-side", hosts: [PROXIES], to: "green" } as const;

  it("moves all traffic at once, and ends the share", async () => {
    const world = aStep({ ...pair, target: { slots } });
    world.traffic.set("green/web-1", { rotation: "in" });
    expect(await switchSide.perform(step, world.context)).toMatchObject({ kind: "done", changed: true });
    expect(world.traffic.asked).toEqual(["active green, share 0"]);
    expect(await switchSide.perform(step, world.context)).toMatchObject({ kind: "done", changed: false });
  });

  it("is not made to copies that a proxy does not see up", async () => {
    const world = aStep({ ...pair, target: { slots } });
    world.traffic.set("green/web-1", { rotation: "in", up: false }, "lb-1");
    expect(await switchSide.perform(step, world.context)).toEqual({
      kind: "failed",
      message: "the traffic stays where it is: lb-1 says that green/web-1 is not up",
    });
  });
});

describe("the candidate's side", () => {
  const step = { kind: "switch-side", hosts: [PROXIES], to: "green" } as const;
  const both = (options: Parameters<typeof aStep>[0]): ReturnType<typeof aStep> => {
    const world = aStep({ ...pair, target: { slots }, ...options });
    world.traffic.set("green/web-1", { rotation: "in" });
    world.traffic.set("green/web-2", { rotation: "in", up: false });
    return world;
  };

  it("loses hosts that were left behind in the moment in which users come to it", async () => {
    const world = both({ leftBehind: ["web-2"] });
    expect(await switchSide.perform(step, world.context)).toMatchObject({ kind: "done" });
    expect(world.traffic.asked).toEqual(["green/web-2 out, active green, share 0"]);
  });

  it("needs one copy on the way back, and every copy on the way there", async () => {
    expect(await switchSide.perform(step, both({}).context)).toMatchObject({ kind: "failed" });
    expect(await switchSide.perform(step, both({ isWayBack: true }).context)).toMatchObject({ kind: "done" });
    const none = both({ isWayBack: true });
    none.traffic.set("green/web-1", { up: false });
    expect(await switchSide.perform(step, none.context)).toMatchObject({ kind: "unknown" });
    expect(none.traffic.asked).toEqual([]);
  });
});

describe("a change that was made", () => {
  const share = { kind: "set-share", hosts: [PROXIES], side: "green", share: 500 } as const;
  const steps = {
    "a switch": (context: StepContext) =>
      switchSide.perform({ kind: "switch-side", hosts: [PROXIES], to: "green" }, context),
    "a share": (context: StepContext) => setShare.perform(share, context),
  };
  const ready = (): ReturnType<typeof aStep> => {
    const world = aStep({ ...pair, target: { slots } });
    world.traffic.set("green/web-1", { rotation: "in" });
    return world;
  };

  it.each(Object.entries(steps))("is not taken for one that never began: %s", async (_what, perform) => {
    const silent = ready();
    silent.traffic.atLook = (count) => count > 1 && silent.traffic.gone.add("lb-2");
    expect(await perform(silent.context)).toMatchObject({ kind: "unknown", message: "lb-2 does not answer" });

    const other = ready();
    other.traffic.atLook = (count) => {
      if (count > 1) Object.assign(other.traffic.proxies[1]!, { active: "blue", share: 100 });
    };
    expect(await perform(other.context)).toMatchObject({ kind: "unknown", message: expect.stringContaining("lb-2") });

    const broken = ready();
    broken.traffic.change = () => Promise.reject(new Error("something else"));
    expect(await perform(broken.context)).toMatchObject({ kind: "unknown", message: "something else" });
  });

  it.each(Object.entries(steps))("is read back although it was called off meanwhile: %s", async (_what, perform) => {
    const world = ready();
    const { traffic } = world;
    const states = traffic.states.bind(traffic);
    traffic.states = (_target?: unknown, signal?: AbortSignal) => {
      if (traffic.asked.length > 0) signal?.throwIfAborted();
      return states();
    };
    const change = traffic.change.bind(traffic);
    traffic.change = async (...args) => {
      world.callOff();
      return change(...args);
    };
    expect(await perform(world.context)).toMatchObject({ kind: "done", changed: true });
  });
});

describe("the way back", () => {
  it("waits a moment and no longer for a proxy that is silent, before it tells the others", async () => {
    const world = aStep({ ...pair, isWayBack: true });
    world.traffic.states = (_target?: unknown, signal?: AbortSignal) =>
      new Promise((_, reject) => {
        signal!.addEventListener("abort", () => reject(new ProxyFailed("lb-2", false, "lb-2 is silent")));
      });
    await switchSide.perform({ kind: "switch-side", hosts: [PROXIES], to: "green" }, world.context);
    expect(world.traffic.asked).toEqual(["active green, share 0"]);
  });

  it("asks again where users can't go yet, instead of leaving them where they are", async () => {
    const world = aStep({ ...pair, isWayBack: true });
    const share = { kind: "set-share", hosts: [PROXIES], side: "green", share: 500 } as const;
    expect(await setShare.perform(share, world.context)).toMatchObject({ kind: "unknown" });
    for (const proxy of world.traffic.proxies) proxy.active = "green";
    expect(await setShare.perform(share, world.context)).toMatchObject({ kind: "unknown" });
    expect(world.traffic.asked).toEqual([]);
  });

  it("does not need a silent proxy to cut what is in flight", async () => {
    const rules = { ...haproxy, drain: { graceSeconds: 0, deadlineSeconds: 2, longLived: "cut" as const } };
    const cut = async (): Promise<void> => {
      throw new ProxyFailed("lb-2", true, "lb-2 is silent");
    };
    const step = { kind: "drain", hosts: ["web-1"], side: "blue" } as const;
    const busy = (isWayBack: boolean): ReturnType<typeof aStep> => {
      const world = aStep({ isWayBack, target: { traffic: rules } });
      world.traffic.set("blue/web-1", { inFlight: 1 });
      world.traffic.cut = cut;
      return world;
    };
    expect(await drain.perform(step, busy(true).context)).toMatchObject({ kind: "done" });
    expect(await drain.perform(step, busy(false).context)).toMatchObject({ kind: "unknown" });
  });
});

describe("coming back into rotation", () => {
  const step = { kind: "readmit", hosts: ["web-1"], side: "green" } as const;

  it("waits until every proxy says that the copy is up", async () => {
    const world = aStep({ proxies: ["lb-1", "lb-2"] });
    world.traffic.set("green/web-1", { up: false }, "lb-2");
    world.traffic.atLook = (count) => {
      if (count === 4) world.traffic.set("green/web-1", { up: true });
    };
    expect(await readmit.perform(step, world.context)).toEqual({
      kind: "done",
      changed: true,
      note: "up after 400 ms",
    });
  });

  it("fails when a proxy does not see the copy up", async () => {
    const world = aStep();
    world.traffic.set("green/web-1", { up: false });
    expect(await readmit.perform(step, world.context)).toEqual({
      kind: "failed",
      message: "lb-1 says that green/web-1 is not up, 30 s after it was put into rotation",
    });
  });

  it("is asked for again on the way back, so that one sick copy does not keep the other hosts from it", async () => {
    const cold = { ...haproxy, warmUp: { path: "/", requests: 3 } } as typeof haproxy;
    for (const traffic of [haproxy, cold]) {
      const world = aStep({ isWayBack: true, target: { traffic }, answer: () => ({ stdout: "000\n" }) });
      world.traffic.set("green/web-1", { up: false });
      expect(await readmit.perform(step, world.context)).toMatchObject({ kind: "unknown" });
    }
  });

  it("leaves the other side, where the same copy may have come back by itself", async () => {
    const world = aStep({ proxies: ["lb-1", "lb-2"] });
    world.traffic.set("green/web-1", { rotation: "in" });
    world.traffic.set("blue/web-1", { rotation: "out" }, "lb-1");
    expect(await readmit.perform(step, world.context)).toMatchObject({ kind: "done", changed: true });
    expect(world.traffic.asked).toEqual(["green/web-1 in, blue/web-1 out"]);
  });

  it("leaves the copy in the other slot where it is", async () => {
    const world = aStep({ target: { slots } });
    await readmit.perform(step, world.context);
    expect(world.traffic.asked).toEqual(["green/web-1 in"]);
  });

  it("does nothing where it was done", async () => {
    const world = aStep();
    world.traffic.set("green/web-1", { rotation: "in" });
    world.traffic.set("blue/web-1", { rotation: "out" });
    expect(await readmit.perform(step, world.context)).toMatchObject({ kind: "done", changed: false });
    expect(world.traffic.asked).toEqual([]);
  });

  it("warms the copy up before, on its own port", async () => {
    const warmUp = { path: "/", requests: 3 };
    const world = aStep({
      target: { slots, traffic: { ...haproxy, warmUp } as typeof haproxy },
      answer: () => ({ stdout: "200\n200\n500\n" }),
    });
    expect(await readmit.perform(step, world.context)).toMatchObject({
      note: "warmed up with 3 requests, 1 of them failed; up after 0 ms",
    });
    expect(world.commands[0]!.argv.slice(4)).toEqual(["8082", "/", "10", "3", "4"]);
  });

  it("stays out when no warm-up request was served", async () => {
    const warmUp = { path: "/", requests: 3 };
    const world = aStep({
      target: { traffic: { ...haproxy, warmUp } as typeof haproxy },
      answer: () => ({ stdout: "000\n000\n503\n" }),
    });
    expect(await readmit.perform(step, world.context)).toMatchObject({ kind: "failed" });
    expect(world.traffic.asked).toEqual([]);
  });
});
