import { describe, expect, it } from "vitest";

import { aStep } from "../../test/support/step-context.ts";
import type { Target } from "../core/service.ts";
import { aTarget } from "../../test/support/targets.ts";
import { checkHeadroom } from "./check-headroom.ts";

const slots = { ports: { blue: 8081, green: 8082 }, variable: "PORT" } as const;
const step = { kind: "check-headroom", hosts: ["web-1"] } as const;
const megabytes = (count: number): number => count * 1024 * 1024;

/** A host with plenty of everything, on which blue runs with 900 MB; what a test names is another. */
function room(
  differences: Readonly<Record<string, string | number>> = {},
  target: Partial<Target> = {},
): Promise<unknown> {
  const said = {
    "available-kb": 4_000 * 1024,
    load: "0.50",
    cores: 4,
    "disk-free": megabytes(5_000),
    "files-used": 1_000,
    "files-most": 100_000,
    "slot.blue.active": "active",
    "slot.blue.memory": megabytes(900),
    "slot.blue.listener": "LISTEN 0 511 *:8081 *:* cgroup:/system.slice/system-orders.slice/orders@blue.service",
    "slot.green.active": "inactive",
    "slot.green.memory": "[not set]",
    "slot.green.listener": "",
    ...differences,
  };
  const stdout = Object.entries(said).map(([key, value]) => `${key}=${value}\n`);
  const world = aStep({ target: { slots, ...target }, answer: () => ({ stdout: stdout.join("") }) });
  return checkHeadroom.perform(step, world.context);
}

const failed = (message: string): unknown => ({ kind: "failed", message });

describe("room for a second copy", () => {
  it("is there when it is", async () => {
    expect(await room()).toEqual({ kind: "done", changed: false, note: "4,000 MB free" });
  });

  it("needs memory like the running copy's, and a fifth more", async () => {
    expect(await room({ "available-kb": 812 * 1024 })).toEqual(
      failed(
        "web-1 has 812 MB free; a second copy needs about 1,080 MB (900 MB like the one that runs, and a fifth more)",
      ),
    );
  });

  it("needs no more memory than the unit's limit allows", async () => {
    const unit = { ...aTarget().unit, memoryMax: "800M" };
    expect(await room({ "available-kb": 812 * 1024 }, { unit })).toMatchObject({ kind: "done" });
    expect(await room({ "available-kb": 700 * 1024 }, { unit })).toEqual(
      failed("web-1 has 700 MB free; a second copy needs about 800 MB (its limit is 800M)"),
    );
  });

  it("counts on the memory of an old copy that makes way", async () => {
    const old = {
      "available-kb": 812 * 1024,
      "slot.green.active": "active",
      "slot.green.memory": megabytes(850),
      "slot.green.listener": "LISTEN 0 511 *:8082 *:*",
    };
    expect(await room(old)).toMatchObject({ kind: "done" });
  });

  it("goes by the resident memory where systemd does not count", async () => {
    const uncounted = { "slot.blue.memory": "[not set]", "slot.blue.resident-kb": 900 * 1024 };
    expect(await room({ ...uncounted, "available-kb": 812 * 1024 })).toMatchObject({ kind: "failed" });
  });

  it("is not there on a host that is busy to the last", async () => {
    const busy = { load: "7.80", cores: 4 };
    expect(await room(busy)).toEqual(
      failed("web-1 has a load of 7.8 on 4 processors, so there is none for a second copy"),
    );
    const limits = { ...aTarget().limits, load: 1 };
    expect(await room(busy, { limits })).toMatchObject({ kind: "done" });
  });

  it("needs disk and open files", async () => {
    expect(await room({ "disk-free": megabytes(10), "files-used": 99_500 })).toEqual(
      failed(
        "web-1 has 10 MB of disk free below /srv/orders; a second copy needs 64 MB; web-1 has room for 500 more open files; a second copy needs 1024",
      ),
    );
  });

  it("has no end of open files where the host has no limit", async () => {
    expect(await room({ "files-used": 6, "files-most": 0 })).toMatchObject({ kind: "done" });
  });

  it("needs the port of the idle slot", async () => {
    const listener = "LISTEN 0 511 *:8082 *:* cgroup:/system.slice/nginx.service";
    expect(await room({ "slot.green.listener": listener })).toEqual(
      failed(
        "port 8082 on web-1, which is for the slot green, belongs to nginx.service and not to orders@green.service",
      ),
    );
    expect(await room({ "slot.green.listener": "LISTEN 0 511 *:8082 *:*" })).toMatchObject({ kind: "failed" });
  });
});
