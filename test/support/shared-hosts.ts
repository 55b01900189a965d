/**
 * The real hosts that all journeys share: two fleets of four hosts for services and two for proxies, booted once per
 * test run, taken down after it. Stories mostly wait, so two of them go on side by side, each on a fleet of its own.
 *
 * Tests get them by `sharedHosts()` and begin with `cleanHosts()`, so that none depends on what another left.
 */
import { inject } from "vitest";
import type { TestProject } from "vitest/node";

import type { TestbedFacts } from "../../testbed/facts.ts";
import type { TestbedHost } from "../../testbed/host.ts";
import { attachTestbed, startTestbed, type Testbed } from "../../testbed/testbed.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The fleets that have booted, or why nothing has. */
    testbed: { booted: readonly TestbedFacts[] } | { trouble: string };
  }
}

const names = ["web-1", "web-2", "web-3", "web-4", "lb-1", "lb-2"];

/** As many as `vitest.config.ts` has files of this project side by side. */
export const fleetCount = 2;

let running: readonly Testbed[] = [];

export async function setup(project: TestProject): Promise<void> {
  try {
    const say = (line: string): void => project.vitest.logger.log(line);
    // One after the other: the first of them may have to build the image.
    for (let fleet = 0; fleet < fleetCount; fleet += 1)
      running = [...running, await startTestbed({ hosts: names, say })];
    project.provide("testbed", { booted: running.map(({ facts }) => facts) });
  } catch (error) {
    // Thrown from here it would end the run before any test, and nothing would count as failed.
    project.provide("testbed", { trouble: (error as Error).message });
  }
}

export async function teardown(): Promise<void> {
  await Promise.all(running.map(async (testbed) => testbed.stop()));
}

/** The fleet of this worker, for a test; faults made here are real for everybody until the host is clean again. */
export function sharedHosts(): Testbed {
  const testbed = inject("testbed");
  if ("trouble" in testbed) throw new Error(`The shared hosts did not boot: ${testbed.trouble}`);
  const worker = Number(process.env.VITEST_POOL_ID ?? 1) - 1;
  return attachTestbed(testbed.booted[worker % testbed.booted.length]!);
}

/** The host as it was on its first boot, whatever was done to it: a new disk, no proxy, no faults, the same keys and ids. */
export const cleanHost = (host: TestbedHost): Promise<void> => host.reset();

export async function cleanHosts(testbed: Testbed = sharedHosts()): Promise<void> {
  await Promise.all(Object.values(testbed.hosts).map(cleanHost));
}
