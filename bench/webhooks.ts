/**
 * `npm run bench:webhooks`: webhooks against the real server process on this machine, and how soon a push begins.
 *
 *     node bench/webhooks.ts [--rate 10000] [--minutes 3] [--kills 3] [--pushes 15] [--cold 5]
 *
 * The server is killed with kill -9 in the middle. What it had accepted must be in its store afterwards, and the newest
 * revision must be the one that is deployed. Then, on an idle server: the time from the answer to a webhook to the
 * moment in which the first command for a host goes out, with everything warm and right after a start.
 */
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";

import { finalStates } from "../src/core/deployment.ts";
import type { State } from "../src/core/deployment.ts";
import { startTestbed } from "../testbed/testbed.ts";
import type { PushStory, Told } from "./support/push-story.ts";
import { openPushStory } from "./support/push-story.ts";

const { values } = parseArgs({
  options: {
    rate: { type: "string", default: "10000" },
    minutes: { type: "string", default: "3" },
    kills: { type: "string", default: "3" },
    pushes: { type: "string", default: "15" },
    cold: { type: "string", default: "5" },
  },
});
const perMinute = Math.min(Number(values.rate), 60_000);
const minutes = Math.min(Number(values.minutes), 30);
const kills = Number(values.kills);
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
const whole = (milliseconds: number): string => `${Math.round(milliseconds)} ms`;

/** Sends at a fixed rate, whatever the answers do, and kills the server in between. */
async function flood(story: PushStory): Promise<{ readonly told: readonly Told[]; readonly newest: string }> {
  const told: Promise<Told>[] = [];
  const began = performance.now();
  const length = minutes * 60_000;
  const killAt = Array.from({ length: kills }, (_, index) => ((index + 1) / (kills + 1)) * length);
  let newest = await story.push();
  let pushAt = 10_000;
  let restarting: Promise<void> = Promise.resolve();
  let pushing: Promise<void> = Promise.resolve();
  for (let passed = 0; passed < length; passed = performance.now() - began) {
    while (told.length < (passed / 60_000) * perMinute) told.push(story.tell());
    if (passed >= (killAt[0] ?? Number.POSITIVE_INFINITY)) {
      killAt.shift();
      say(`${Math.round(passed / 1000)} s: kill -9 after ${told.length} webhooks`);
      restarting = story.server.kill().then(() => story.server.start());
    }
    if (passed >= pushAt) {
      pushAt += 10_000;
      pushing = story.push().then((revision) => {
        newest = revision;
      });
    }
    await pause(5);
  }
  await Promise.all([restarting, pushing]);
  newest = await story.push();
  told.push(story.tell());
  return { told: await Promise.all(told), newest };
}

async function load(story: PushStory): Promise<void> {
  const { told, newest } = await flood(story);
  const accepted = told.filter(({ status }) => status === 202);
  const refused = told.filter(({ status }) => status !== 202 && status !== 0);
  const times = accepted.map(({ milliseconds }) => milliseconds).toSorted((one, other) => one - other);
  const last = await lastDeployment(story, newest);
  await story.server.stop();
  const kept = keptDeliveries(path.join(story.workshop.dataDirectory, "signalbox.db"));
  const lost = accepted.filter(({ id }) => !kept.has(id));
  await story.server.start();
  print(`${perMinute} webhooks a minute for ${minutes} min, ${kills} x kill -9 in between:`);
  print(
    `  sent ${told.length}, accepted ${accepted.length}, without an answer ${told.length - accepted.length - refused.length}, other answers ${refused.length}`,
  );
  print(
    `  time to the answer: median ${at(times, 0.5).toFixed(1)} ms, p99 ${at(times, 0.99).toFixed(1)} ms, longest ${whole(times.at(-1) ?? 0)}`,
  );
  print(`  lost (accepted, and not in the store): ${lost.length}`);
  print(`  the newest revision is the one deployed: ${last === newest ? "yes" : `NO, ${last}`}`);
  if (lost.length > 0 || last !== newest) process.exitCode = 1;
}

/** The revision that was deployed last, when everything has ended. */
async function lastDeployment({ server }: PushStory, newest: string): Promise<string> {
  for (const end = Date.now() + 120_000; Date.now() < end; await pause(200)) {
    const [last] = await server.client.deployments({ environment: "dev", limit: 1 });
    if (last?.revision === newest && finalStates.has(last.state as State))
      return last.state === "succeeded" ? newest : last.state;
  }
  const [last] = await server.client.deployments({ environment: "dev", limit: 1 });
  return `${last?.revision} ${last?.state}`;
}

function keptDeliveries(file: string): ReadonlySet<string> {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return new Set(
      database
        .prepare("select delivery from deliveries")
        .all()
        .map((row) => String(row["delivery"])),
    );
  } finally {
    database.close();
  }
}

interface Begun {
  readonly requested: number;
  /** The intention to ask a host is written, and the command goes out. */
  readonly command: number;
  readonly answer: number;
}

/** One push on an idle server: milliseconds from the answer to the webhook. */
async function once(story: PushStory): Promise<Begun> {
  const revision = await story.push();
  const { at: answered, status } = await story.tell();
  if (status !== 202) throw new Error(`the server answered ${status}`);
  const { client } = story.server;
  for (const end = Date.now() + 60_000; Date.now() < end; await pause(50)) {
    const [last] = await client.deployments({ environment: "dev", limit: 1 });
    if (last?.revision !== revision || !finalStates.has(last.state as State)) continue;
    const journal = await client.journal(last.id);
    const first = (kind: string): number => journal.find(({ event }) => event.kind === kind)!.at - answered;
    return { requested: first("requested"), command: first("step-started"), answer: first("host-done") };
  }
  throw new Error("the push was not deployed within a minute");
}

async function latency(story: PushStory): Promise<void> {
  await once(story);
  const warm: Begun[] = [];
  for (let push = 0; push < Number(values.pushes); push += 1) warm.push(await once(story));
  const cold: Begun[] = [];
  for (let start = 0; start < Number(values.cold); start += 1) {
    await story.server.stop();
    await story.server.start();
    cold.push(await once(story));
  }
  for (const [title, all] of [
    ["everything warm", warm],
    ["right after a start", cold],
  ] as const) {
    const median = (key: keyof Begun): string =>
      whole(
        at(
          all.map((one) => one[key]).toSorted((a, b) => a - b),
          0.5,
        ),
      );
    print(`from the 202 to the first command on a host, ${title} (median of ${all.length}): ${median("command")}`);
    print(`  decided and requested after ${median("requested")}, the host's answer after ${median("answer")}`);
  }
}

const bed = await startTestbed({ hosts: ["web-1"], say });
const story = await openPushStory(bed);
try {
  if (minutes > 0) await load(story);
  if (Number(values.pushes) > 0) await latency(story);
} finally {
  await story.close();
  await bed.stop();
}
