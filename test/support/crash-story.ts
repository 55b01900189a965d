/**
 * Deployments while the server is killed at random instants, and what must be true afterwards.
 *
 * The processes of the service count their own starts, so "activated at most once" is not Signalbox's own word.
 */
import { setTimeout as pause } from "node:timers/promises";

import { fold } from "../../src/core/fold.ts";
import type { Deployment } from "../../src/core/deployment.ts";
import type { Testbed } from "../../testbed/testbed.ts";
import { greeter, openWorkshop } from "../../testbed/workshop.ts";

import { ServerProcess } from "../../testbed/server-process.ts";

export interface Tally {
  kills: number;
  deployments: number;
  /** The deployment did not end in time. */
  stuck: number;
  /** It ended in another state than it would have without kills. */
  wrong: number;
  /** Starts of a release on a host beyond the one that there should be. */
  doubled: number;
  /** Intents, locks or unfinished deployments that stayed. */
  left: number;
  readonly notes: string[];
}

export interface CrashStory {
  /** One deployment, with kills at random instants until it ends. */
  round(tally: Tally): Promise<void>;
  close(): Promise<void>;
}

const endLimitMilliseconds = 120_000;
/** Every so many rounds the release is one that never becomes healthy. */
const badEvery = 4;
/** Kills come at random instants of this many milliseconds. */
const longestLifeMilliseconds = 2_500;

export const emptyTally = (): Tally => ({
  kills: 0,
  deployments: 0,
  stuck: 0,
  wrong: 0,
  doubled: 0,
  left: 0,
  notes: [],
});

export async function crashStory(bed: Testbed, hosts: readonly string[], mostKillsPerRound = 4): Promise<CrashStory> {
  const quick = { http: "/healthz", within: "6s", stable: "0s", successes: 1, version: "/version" };
  const workshop = await openWorkshop(bed, {
    services: [greeter({ health: quick })],
    environments: { production: { services: { greeter: { hosts, strategy: "rolling" } } } },
  });
  await workshop.prepareHosts(hosts);
  const server = new ServerProcess(workshop);
  await server.start();
  let round = 0;
  return {
    async round(tally) {
      round += 1;
      const bad = round % badEvery === 0;
      await workshop
        .repository("greeter")
        .commit({ version: `1.0.${round}`, ...(bad ? { behaviour: { "never-healthy": "true" } } : {}) });
      const { id } = await server.client.deploy({
        service: "greeter",
        environment: "production",
        origin: { kind: "revision" },
      });
      const deployment = await withKills(server, id, mostKillsPerRound, tally);
      tally.deployments += 1;
      await judge(deployment, bad, { bed, hosts, server }, tally);
    },
    async close() {
      await server.stop();
      await workshop.close();
    },
  };
}

async function withKills(
  server: ServerProcess,
  id: string,
  most: number,
  tally: Tally,
): Promise<Deployment | undefined> {
  const kills = 1 + Math.floor(Math.random() * most);
  for (let kill = 0; kill < kills; kill += 1) {
    await pause(Math.random() * longestLifeMilliseconds);
    await server.kill();
    tally.kills += 1;
    await server.start();
    const { finishedAt } = await server.client.deployment(id);
    if (finishedAt !== null) break;
  }
  const signal = AbortSignal.timeout(endLimitMilliseconds);
  for await (const _ of server.client.watch(id, { signal }));
  if (signal.aborted) {
    tally.stuck += 1;
    tally.notes.push(`${id} did not end: ${JSON.stringify((await server.client.journal(id)).slice(-3))}`);
    return undefined;
  }
  return fold(id, await server.client.journal(id));
}

async function judge(
  deployment: Deployment | undefined,
  bad: boolean,
  { bed, hosts, server }: { readonly bed: Testbed; readonly hosts: readonly string[]; readonly server: ServerProcess },
  tally: Tally,
): Promise<void> {
  if (deployment === undefined) return;
  const { id, state, release, finished } = deployment;
  const expected = bad ? "rolled-back" : "succeeded";
  if (state !== expected) {
    tally.wrong += 1;
    tally.notes.push(`${id} ended as ${state} instead of ${expected}: ${finished?.message}`);
  }
  for (const host of hosts) {
    const started = await startsOf(bed, host, release?.number ?? 0);
    const most = bad ? 1 : state === "succeeded" ? 1 : 2;
    if (started > most) {
      tally.doubled += started - most;
      tally.notes.push(`${id}: release ${release?.number} was started ${started} times on ${host}`);
    }
    const { stdout } = await bed.host(host).rootShell(["sh", "-c", "ls /var/lib/signalbox/intents"]);
    if (stdout.trim() !== "") {
      tally.left += 1;
      tally.notes.push(`${id} left the intent ${stdout.trim()} on ${host}`);
    }
  }
  const [place] = await server.client.status({ service: "greeter", environment: "production" });
  if (place?.lock !== null) {
    tally.left += 1;
    tally.notes.push(`${id} left the lock of ${place?.lock?.owner}`);
  }
}

/** How often processes of a release said that they were started. */
async function startsOf(bed: Testbed, host: string, release: number): Promise<number> {
  const { stdout } = await bed.host(host).rootShell(["cat", "/srv/greeter/shared/starts"]);
  return stdout.split("\n").filter((line) => line.split(" ")[2] === String(release)).length;
}
