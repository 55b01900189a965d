import { describe, expect, it } from "vitest";

import { aStep, haproxy } from "../../test/support/step-context.ts";
import type { StepOptions, StepWorld } from "../../test/support/step-context.ts";
import { HostUnreachable } from "../ports/hosts.ts";
import type { Command } from "../ports/hosts.ts";
import { ProxyFailed } from "../ports/traffic.ts";
import { drain } from "./drain.ts";

const step = { kind: "drain", hosts: ["web-1"], side: "blue" } as const;
const connection = (peer: string): string => `0 0 10.0.0.11:8080 ${peer}:41234\n`;

/** The proxy has the address 10.0.0.5; connections are what the host says one look after the other. */
function hosts(...connections: readonly string[]): NonNullable<StepOptions["answer"]> {
  let looks = 0;
  return (_host: string, { argv }: Command) => {
    if (argv[0] === "hostname") return { stdout: "10.0.0.5 fd00::5 \n" };
    if (argv[0] !== "ss") return {};
    const stdout = connections[Math.min(looks, connections.length - 1)] ?? "";
    looks += 1;
    return { stdout };
  };
}

describe("a drain", () => {
  it("gives sticky users a grace, then takes the copy out, and waits for what is in flight", async () => {
    const world = aStep({ answer: hosts("") });
    world.traffic.set("blue/web-1", { inFlight: 2 });
    world.traffic.atLook = (count) => {
      if (count === 3) world.traffic.set("blue/web-1", { inFlight: 0 });
    };
    const outcome = await drain.perform(step, world.context);

    expect(outcome).toEqual({ kind: "done", changed: true, note: "drained in 5.2 s" });
    expect(world.traffic.asked).toEqual(["blue/web-1 draining, back after 900 s", "blue/web-1 out, back after 900 s"]);
  });

  it("counts only the connections of proxies, in every way an address is written", async () => {
    const others = connection("10.0.0.99") + connection("[::ffff:127.0.0.1]");
    const world = aStep({ answer: hosts(others + connection("[::ffff:10.0.0.5]"), others) });
    world.traffic.set("blue/web-1", { inFlight: "unknown" });
    const outcome = await drain.perform(step, world.context);

    expect(outcome).toMatchObject({ kind: "done", note: "drained in 5.2 s" });
  });

  it("waits a moment and no longer for connections that carry nothing", async () => {
    const world = aStep({ answer: hosts(connection("10.0.0.5")) });
    expect(await drain.perform(step, world.context)).toMatchObject({ kind: "done", note: "drained in 8.0 s" });
  });

  it("fails at its deadline, and puts the copy back", async () => {
    const world = aStep({ answer: hosts("") });
    world.traffic.set("blue/web-1", { inFlight: 3 });

    expect(await drain.perform(step, world.context)).toEqual({
      kind: "failed",
      message: "3 requests are still in flight on web-1 after 60 s; it was put back into rotation",
    });
    expect(world.traffic.proxies[0]!.members["blue/web-1"]!.rotation).toBe("in");
  });

  it("is done at its deadline when its last request has just ended, whatever connections are left", async () => {
    const world = aStep({ answer: hosts(connection("10.0.0.5")) });
    world.traffic.set("blue/web-1", { inFlight: 1 });
    const endsAt = world.clock.now() + 59_000;
    world.traffic.atLook = () => {
      if (world.clock.now() >= endsAt) world.traffic.set("blue/web-1", { inFlight: 0 });
    };

    expect(await drain.perform(step, world.context)).toMatchObject({ kind: "done", note: "drained in 60.0 s" });
  });

  it("cuts what is left at its deadline where that is wanted", async () => {
    const rules = { ...haproxy, drain: { graceSeconds: 0, deadlineSeconds: 2, longLived: "cut" as const } };
    const world = aStep({ target: { traffic: rules }, answer: hosts("") });
    world.traffic.set("blue/web-1", { inFlight: 1 });

    expect(await drain.perform(step, world.context)).toEqual({
      kind: "done",
      changed: true,
      note: "1 request is still in flight on web-1 after 2 s; cut",
    });
    expect(world.traffic.wasCut).toEqual(["blue/web-1"]);
    expect(world.traffic.asked).toEqual(["blue/web-1 out, back after 900 s"]);
  });

  it("taken up again finds the copy out, and still looks whether anything is in flight", async () => {
    const world = aStep({ answer: hosts("") });
    world.traffic.set("blue/web-1", { rotation: "out", inFlight: 1 });
    world.traffic.atLook = (count) => {
      if (count === 4) world.traffic.set("blue/web-1", { inFlight: 0 });
    };
    const before = world.clock.now();

    expect(await drain.perform(step, world.context)).toEqual({
      kind: "done",
      changed: false,
      note: "was out already",
    });
    expect(world.clock.now() - before).toBe(400);
  });

  it("that is called off puts the copy back", async () => {
    const world = aStep({ answer: hosts("") });
    world.traffic.set("blue/web-1", { inFlight: 1 });
    world.traffic.atLook = (count) => {
      if (count === 5) world.callOff();
    };
    expect(await drain.perform(step, world.context)).toEqual({
      kind: "failed",
      message: "it was called off; it was put back into rotation",
    });
  });

  it("that can't put the copy back may have left it out", async () => {
    const world = aStep({ answer: hosts("") });
    world.traffic.set("blue/web-1", { inFlight: 1 });
    world.traffic.atLook = (count) => {
      if (count !== 5) return;
      world.callOff();
      world.traffic.change = () => Promise.reject(new ProxyFailed("lb-1", false, "lb-1 is silent"));
    };
    expect(await drain.perform(step, world.context)).toMatchObject({
      kind: "unknown",
      message: expect.stringContaining("could not be put back into rotation (lb-1 is silent)"),
    });
  });

  it.each([
    ["a proxy", (world: StepWorld) => (world.traffic.atLook = (count) => count > 1 && world.traffic.gone.add("lb-1"))],
    ["its grace", (world: StepWorld) => (world.clock.sleep = () => Promise.reject(new Error("no clock")))],
  ])("that began may have taken the copy out, whatever is lost then: %s", async (_what, lose) => {
    const world = aStep({ answer: hosts("") });
    lose(world);
    expect(await drain.perform(step, world.context)).toMatchObject({ kind: "unknown" });
  });

  it("that began may have taken the copy out when a proxy can't tell its addresses", async () => {
    const world = aStep({
      answer: (host, { argv }) => {
        if (argv[0] === "hostname") throw new HostUnreachable(host, "connection-timed-out", false, "gone");
        return {};
      },
    });
    expect(await drain.perform(step, world.context)).toEqual({ kind: "unknown", message: "gone" });
  });

  it("leaves a host in rotation that can't be asked, since nothing could be changed there", async () => {
    const world = aStep({
      answer: (host) => {
        throw new HostUnreachable(host, "connection-timed-out", false, "gone");
      },
    });
    expect(await drain.perform(step, world.context)).toMatchObject({ kind: "unreachable" });
    expect(world.traffic.asked).toEqual([]);
  });

  it("is tried again when a proxy does not answer", async () => {
    const world = aStep({ proxies: ["lb-1", "lb-2"], answer: hosts("") });
    world.traffic.gone.add("lb-2");
    expect(await drain.perform(step, world.context)).toMatchObject({ kind: "unreachable", permanent: false });
  });

  it("goes by the host's own connections on the way back, when a proxy does not answer", async () => {
    const world = aStep({
      isWayBack: true,
      proxies: ["lb-1", "lb-2"],
      answer: (host, command) => {
        if (command.argv[0] === "hostname") throw new HostUnreachable(host, "connection-timed-out", false, "gone");
        return hosts("")(host, command);
      },
    });
    world.traffic.gone.add("lb-2");
    expect(await drain.perform(step, world.context)).toEqual({
      kind: "done",
      changed: true,
      note: "drained in 5.0 s; lb-2 could not be told",
    });
  });

  it("does not let the way back wait for a request that never ends", async () => {
    const world = aStep({ isWayBack: true, answer: hosts("") });
    world.traffic.set("blue/web-1", { inFlight: 1 });
    expect(await drain.perform(step, world.context)).toMatchObject({ kind: "done" });
    expect(world.traffic.proxies[0]!.members["blue/web-1"]!.rotation).toBe("out");
  });

  it("never comes back by itself where another copy took its place", async () => {
    const world = aStep({ answer: hosts("") });
    await drain.perform({ ...step, replaced: true }, world.context);
    expect(world.traffic.asked).toEqual(["blue/web-1 draining, back after 0 s", "blue/web-1 out, back after 0 s"]);
  });

  it("comes back by itself no sooner than twice the longest activation", async () => {
    const health = { kind: "http", path: "/", withinSeconds: 300, successes: 1, stableSeconds: 10 } as const;
    const world = aStep({ target: { health }, answer: hosts("") });
    await drain.perform(step, world.context);
    expect(world.traffic.asked[0]).toBe("blue/web-1 draining, back after 1440 s");
  });
});
