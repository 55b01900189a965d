import { describe, expect, it } from "vitest";

import { aStep } from "../../test/support/step-context.ts";
import { aTarget, factsOf } from "../../test/support/targets.ts";
import type { Target } from "../core/service.ts";
import { directivesFor } from "./install-unit.ts";

const slots = { ports: { blue: 8081, green: 8082 }, variable: "PORT" } as const;

/** The command line of the unit. */
function commandLine(exec: readonly string[], target: Partial<Target> = {}): string | undefined {
  const { context } = aStep({ target: { unit: { ...aTarget().unit, exec }, ...target } });
  const deployment = { ...context.deployment, facts: { "web-1": factsOf("none") } };
  return directivesFor({ ...context, deployment }).find(({ key }) => key === "ExecStart")?.value;
}

describe("the program that a unit starts", () => {
  it("is the one that was found on the host", () => {
    expect(commandLine(["java", "-jar", "orders.jar"], { slots })).toBe("/usr/bin/java -jar orders.jar");
  });

  it("is in the slot when it comes with the release", () => {
    expect(commandLine(["./bin/orders", "--serve"])).toBe("/srv/orders/slots/main/bin/orders --serve");
  });

  it("is in whichever slot is started, where there are two", () => {
    expect(commandLine(["bin/orders", "--serve"], { slots })).toBe("/usr/bin/env ./bin/orders --serve");
  });
});
