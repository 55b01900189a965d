/**
 * `npm run bench:approval`: how fast a rollout begins once people have said yes.
 *
 *     node bench/approval.ts [--rounds 5]
 *
 * Two real hosts behind a real HAProxy. Each round deploys two revisions: one cold, where the
 * environment needs no approval, and one approved when everything had been staged while people thought. What is
 * compared is the time until the first command takes a host out of the rotation, and until all serve the release.
 */
import { parseArgs } from "node:util";

import type { Client } from "../src/api/client.ts";
import { fold } from "../src/core/fold.ts";
import type { Recorded } from "../src/core/deployment.ts";
import { greeter, openWorkshop } from "../testbed/workshop.ts";
import type { Workshop } from "../testbed/workshop.ts";
import { startTestbed } from "../testbed/testbed.ts";
import { staffedServer } from "../test/support/approval-journey.ts";
import type { StaffedServer } from "../test/support/approval-journey.ts";
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const rounds = Number(values.rounds);
const hosts = ["web-1", "web-2"];
const latest = { service: "greeter", environment: "production", origin: { kind: "revision" } } as const;

const story = (approval: object | undefined) => ({
  environments: {
    production: {
      ...(approval === undefined ? {} : { approval }),
      watch: { for: "0s" },
      services: {
        greeter: {
          hosts,
          traffic: { haproxy: { hosts: ["lb-1"], bind: 8080 }, drain: { grace: "0s", within: "4s", longLived: "cut" } },
          // The hosts share this machine with everything else, so its load says nothing about them.
          limits: { load: "100%" },
          strategy: { rolling: { batch: 1, soak: "0s" } },
        },
      },
    },
  },
});

interface Times {
  /** From the word to the first command that takes a host out of the rotation. */
  readonly drain: number;
  /** From the word to the end. */
  readonly end: number;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const bed = await startTestbed({ hosts: [...hosts, "lb-1"], say });
try {
  const workshop = await openWorkshop(bed, { services: [greeter()], ...story(undefined) });
  await workshop.prepareHosts(hosts);
  await workshop.prepareProxies(["lb-1"]);
  const server = await staffedServer(workshop);
  try {
    await measure(workshop, server);
  } finally {
    await server.close();
    await workshop.close();
  }
} finally {
  await bed.stop();
}

async function measure(workshop: Workshop, server: StaffedServer): Promise<void> {
  const cold: Times[] = [];
  const staged: Times[] = [];
  await coldRound(workshop, server, "1.0.0");
  for (let round = 1; round <= rounds; round += 1) {
    cold.push(await coldRound(workshop, server, `1.${round}.0`));
    staged.push(await stagedRound(workshop, server, `1.${round}.1`));
    say(`round ${round}: cold ${inWords(cold.at(-1)!)}; staged ${inWords(staged.at(-1)!)}`);
  }
  const [coldDrain, stagedDrain] = [median(cold, "drain"), median(staged, "drain")];
  const [coldEnd, stagedEnd] = [median(cold, "end"), median(staged, "end")];
  say("");
  say(`median of ${rounds} rounds, ${hosts.length} hosts behind HAProxy, a small artifact, this machine carries all:`);
  say(`from the approval to the first drain command: ${stagedDrain} ms (aim: 1000 ms)`);
  say(`from the request of a cold deployment to its first drain command: ${coldDrain} ms`);
  say(`speed-up of being staged while people think: ${(coldDrain / stagedDrain).toFixed(1)} x (aim: 5 x)`);
  say(`until all hosts serve it: cold ${coldEnd} ms, staged ${stagedEnd} ms; the rollout itself is the same for both`);
}

async function coldRound(workshop: Workshop, server: StaffedServer, version: string): Promise<Times> {
  await configure(workshop, server, undefined);
  await workshop.repository("greeter").commit({ version });
  const from = Date.now();
  const { id } = await server.as("dev").deploy(latest);
  return timesOf(id, from, server.client);
}

async function stagedRound(workshop: Workshop, server: StaffedServer, version: string): Promise<Times> {
  await configure(workshop, server, { approvers: ["kim"] });
  await workshop.repository("greeter").commit({ version });
  const { id } = await server.as("dev").deploy(latest);
  while ((await server.client.deployment(id)).state !== "awaiting-approval") await setTimeout(50);
  await setTimeout(1_000);
  const { digest } = await server.as("kim").approvals.find(id);
  const from = Date.now();
  await server.as("kim").approvals.approve(id, { digest });
  return timesOf(id, from, server.client);
}

async function configure(workshop: Workshop, server: StaffedServer, approval: object | undefined): Promise<void> {
  await workshop.configure(story(approval));
  await server.client.applyConfiguration(await readFile(workshop.configFile, "utf8"), "signalbox.yml");
}

/** By the journal: the server and whoever decides have one clock here. */
async function timesOf(id: string, from: number, client: Client): Promise<Times> {
  for await (const _ of client.watch(id, { signal: AbortSignal.timeout(120_000) }));
  const journal = await client.journal(id);
  const { state, finished, rollout } = fold(id, journal);
  if (state !== "succeeded") throw new Error(`${id} is ${state}: ${finished?.message}`);
  const isDrain = ({ event }: Recorded): boolean =>
    event.kind === "step-started" && event.track === "rollout" && rollout?.steps[event.step]?.kind === "drain";
  return { drain: journal.find(isDrain)!.at - from, end: finished!.at - from };
}

function median(times: readonly Times[], key: keyof Times): number {
  const sorted = times.map((one) => one[key]).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

function inWords({ drain, end }: Times): string {
  return `first drain after ${drain} ms, end after ${end} ms`;
}
