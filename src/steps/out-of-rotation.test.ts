import { describe, expect, it } from "vitest";

import { aStep } from "../../test/support/step-context.ts";
import type { StepOptions } from "../../test/support/step-context.ts";
import { activateRelease } from "./activate-release.ts";
import { retireSlot } from "./retire-slot.ts";

const step = { kind: "activate-release", hosts: ["web-1"] } as const;
const plan = { goal: { "web-1": "42-aaaaaaaaaaaa" } } as const;
const slots = { ports: { blue: 8081, green: 8082 }, variable: "PORT" } as const;

/** A host without connections that does each activation at once. */
const world = (options: StepOptions = {}): ReturnType<typeof aStep> => {
  const answer = (_host: string, { argv }: { readonly argv: readonly string[] }) =>
    argv.includes("activate") || argv[3] === "signalbox" ? { stdout: "state=done\noutcome=activated\n" } : {};
  return aStep({ plan, answer, ...options });
};
const activated = ({ commands }: ReturnType<typeof aStep>): boolean =>
  commands.some(({ argv }) => argv[3] === "signalbox");

describe("a copy that is about to be stopped", () => {
  it("is stopped at once where it is out of rotation", async () => {
    const one = world();
    one.traffic.set("blue/web-1", { rotation: "out" });
    expect(await activateRelease.perform(step, one.context)).toMatchObject({ kind: "done" });
    expect(one.traffic.asked).toEqual([]);
  });

  it("is drained once more when any proxy has brought it back", async () => {
    const one = world({ proxies: ["lb-1", "lb-2"] });
    one.traffic.set("blue/web-1", { rotation: "out" }, "lb-1");
    expect(await activateRelease.perform(step, one.context)).toMatchObject({ kind: "done" });
    expect(one.traffic.asked.at(-1)).toBe("blue/web-1 out, back after 900 s");
    expect(activated(one)).toBe(true);
  });

  it("is not touched while a proxy can't be asked, or while it does not become quiet", async () => {
    const silent = world();
    silent.traffic.gone.add("lb-1");
    expect(await activateRelease.perform(step, silent.context)).toMatchObject({ kind: "unreachable" });

    const busy = world();
    busy.traffic.set("blue/web-1", { inFlight: 3 });
    expect(await activateRelease.perform(step, busy.context)).toEqual({
      kind: "unreachable",
      message: "3 requests are still in flight on web-1 after 60 s; it was put back into rotation",
      permanent: false,
    });
    expect([activated(silent), activated(busy)]).toEqual([false, false]);
  });

  it("is stopped on the way back even where no proxy can be asked", async () => {
    const one = world({ isWayBack: true });
    one.traffic.gone.add("lb-1");
    expect(await activateRelease.perform(step, one.context)).toMatchObject({ kind: "done" });
  });

  it("is one slot and not the other", async () => {
    const one = world({ target: { slots } });
    one.traffic.set("green/web-1", { rotation: "in" });
    await retireSlot.perform({ kind: "retire-slot", hosts: ["web-1"], slot: "green" }, one.context);
    expect(one.traffic.asked).toEqual(["green/web-1 draining, back after 0 s", "green/web-1 out, back after 0 s"]);
  });

  it("is not drained where the plan takes nobody out of rotation", async () => {
    const recreate = world({ target: { strategy: { kind: "recreate", options: {} } } });
    await activateRelease.perform(step, recreate.context);
    const beside = world({ target: { slots } });
    await activateRelease.perform({ ...step, slot: "blue", beside: true }, beside.context);
    expect([recreate.traffic.asked, beside.traffic.asked]).toEqual([[], []]);
  });
});
