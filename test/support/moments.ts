/** Moments of a deployment that a story waits for, so that what it does then happens right in the middle. */
import { setTimeout as pause } from "node:timers/promises";

import type { Client } from "../../src/api/client.ts";
import type { DeploymentEvent, Track } from "../../src/core/deployment.ts";
import type { TestbedHost } from "../../testbed/host.ts";

const limitMilliseconds = 90_000;
const lookAgainMilliseconds = 50;

/** Returns at the first event that matches. */
export async function untilEvent(
  client: Client,
  id: string,
  matches: (event: DeploymentEvent) => boolean,
): Promise<DeploymentEvent> {
  const leave = new AbortController();
  const signal = AbortSignal.any([leave.signal, AbortSignal.timeout(limitMilliseconds)]);
  try {
    for await (const { event } of client.watch(id, { signal })) if (matches(event)) return event;
  } finally {
    leave.abort();
  }
  const last = (await client.journal(id)).at(-1)?.event;
  throw new Error(`${id} never came to the moment that the story waits for; last: ${JSON.stringify(last)}`);
}

export function begins(track: Track, host: string): (event: DeploymentEvent) => boolean {
  return (event) => event.kind === "step-started" && event.track === track && event.hosts.includes(host);
}

export function ends(track: Track, host: string): (event: DeploymentEvent) => boolean {
  return (event) => event.kind === "host-done" && event.track === track && event.host === host;
}

/** Returns once it is true, looking from outside of Signalbox. */
export async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + limitMilliseconds;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`it never came to this: ${what}`);
    await pause(lookAgainMilliseconds);
  }
}

/** Returns when the host is in the middle of an activation: begun, and a process of the release was started. */
export async function inTheMiddle(
  host: TestbedHost,
  release: number,
  file = "/srv/greeter/shared/starts",
): Promise<void> {
  await until(`${host.name} is in the middle of activating release ${release}`, async () => {
    const { stdout } = await host.rootShell(["sh", "-c", `ls /var/lib/signalbox/intents; cat ${file}`]);
    const lines = stdout.split("\n");
    return lines.some((line) => line.includes("-r")) && lines.some((line) => line.endsWith(` ${release}`));
  });
}

/** Returns when no activation is under way on the host any more, whoever can or cannot reach it. */
export async function atRest(host: TestbedHost): Promise<void> {
  await until(`${host.name} is at rest`, async () => {
    const { code, stdout } = await host.rootShell(["ls", "/var/lib/signalbox/intents"]);
    return code === 0 && stdout.trim() === "";
  });
}
