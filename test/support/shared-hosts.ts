/**
 * The real hosts that all journeys share, four for services and two for proxies: booted once per test run, taken down after it.
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
    /** What has booted, or why nothing has. */
    testbed: { booted: TestbedFacts } | { trouble: string };
  }
}

const names = ["web-1", "web-2", "web-3", "web-4", "lb-1", "lb-2"];

let running: Testbed | undefined;

export async function setup(project: TestProject): Promise<void> {
  try {
    running = await startTestbed({ hosts: names, say: (line) => project.vitest.logger.log(line) });
    project.provide("testbed", { booted: running.facts });
  } catch (error) {
    // Thrown from here it would end the run before any test, and nothing would count as failed.
    project.provide("testbed", { trouble: (error as Error).message });
  }
}

export async function teardown(): Promise<void> {
  await running?.stop();
}

/** The shared testbed, for a test; faults made here are real for everybody until the host is clean again. */
export function sharedHosts(): Testbed {
  const testbed = inject("testbed");
  if ("trouble" in testbed) throw new Error(`The shared hosts did not boot: ${testbed.trouble}`);
  return attachTestbed(testbed.booted);
}

/** The host as it was on its first boot, whatever was done to it: a new disk, no proxy, no faults, the same keys and ids. */
export const cleanHost = (host: TestbedHost): Promise<void> => host.reset();

export async function cleanHosts(testbed: Testbed = sharedHosts()): Promise<void> {
  await Promise.all(Object.values(testbed.hosts).map(cleanHost));
}
