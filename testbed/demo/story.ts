/** The story of the demo: three pushes, and what becomes of each in dev and in production. */
import { setTimeout as pause } from "node:timers/promises";

import type { Client } from "../../src/api/client.ts";
import type { DeploymentView } from "../../src/api/views.ts";
import type { Change, Repository } from "../repository.ts";
import type { Workshop } from "../workshop.ts";
import type { Audience } from "./audience.ts";
import type { Act } from "./closing-table.ts";
import type { GitServer } from "./git-server.ts";
import type { Approver } from "./people.ts";
import { atServer, fromAfar, say } from "./stage.ts";

export interface Cast {
  readonly workshop: Workshop;
  /** At the server's socket. */
  readonly client: Client;
  readonly repository: Repository;
  readonly git: GitServer;
  readonly approver: Approver;
  /** Of the server. */
  readonly url: string;
  readonly audience: Audience;
}

interface Push {
  readonly title: string;
  readonly change: Change;
  /** The exit code of following it in production. */
  readonly expected: number;
}

const pushes: readonly Push[] = [
  {
    title: "Lee pushes a first release. Dev deploys it by itself; production asks Kim.",
    change: { version: "1.0.0" },
    expected: 0,
  },
  {
    title: "A new release: 10 % of the users get it, then 50 %, and as it is no worse, all of them.",
    change: { version: "1.1.0" },
    expected: 0,
  },
  {
    title: "A release that is healthy, also in dev, and too slow. Only the comparison under real traffic can tell.",
    change: { version: "1.2.0", behaviour: { "slow-ms": "250" } },
    expected: 1,
  },
];

export async function play(cast: Cast): Promise<readonly Act[]> {
  const acts: Act[] = [];
  for (const [index, push] of pushes.entries()) {
    say(`${index + 1}. ${push.title}`);
    acts.push(...(await playOne(push, String(index), cast)));
    await cast.audience.come();
  }
  return acts;
}

async function playOne({ change, expected }: Push, name: string, cast: Cast): Promise<readonly Act[]> {
  const { workshop, client, repository, git, audience } = cast;
  const revision = await repository.commit(change);
  await audience.begin(name);
  process.stdout.write("\n$ git push\n");
  await git.push();
  const inDev = await deploymentOf(revision, "dev", client);
  const inDevCode = await atServer(workshop, "watch", `d-${inDev.number}`);
  const asked = await deploymentOf(revision, "production", client);
  await answer(asked, cast);
  const exitCode = await atServer(workshop, "watch", `d-${asked.number}`);
  const seen = await audience.saw(name);
  return [
    await actOf(inDev, { exitCode: inDevCode, expected: 0 }, client),
    { ...(await actOf(asked, { exitCode, expected }, client)), ...(seen ? { seen } : {}) },
  ];
}

async function actOf(
  { id, environment }: DeploymentView,
  codes: Pick<Act, "exitCode" | "expected">,
  client: Client,
): Promise<Act> {
  const [place] = await client.status({ environment, live: true });
  return { ...codes, deployment: await client.deployment(id), hosts: place!.hosts };
}

/** The push has told the server; from then on everything goes by itself. */
async function deploymentOf(revision: string, environment: string, client: Client): Promise<DeploymentView> {
  return eventually(`a deployment of the push to ${environment}`, async () => {
    const listed = await client.deployments({ environment, limit: 10 });
    return listed.find((one) => one.revision === revision);
  });
}

/** Kim looks and approves: somebody on the page, where a person sits at the terminal; else by the command line. */
async function answer({ number }: DeploymentView, cast: Cast): Promise<void> {
  const { approver, url } = cast;
  const request = await eventually("the question to Kim", async () => {
    const [found] = await approver.client.approvals.list({ mine: true, open: true });
    return found?.number === number ? found : undefined;
  });
  say(`Production asks Kim: ${url}/approvals/${request.id}`);
  if (process.stdin.isTTY && process.stdout.isTTY) {
    say(
      `Sign in as ${approver.login} with the password ${approver.password} and decide; after a minute it is approved here.`,
    );
    if (await isDecidedWithin(60_000, request.id, approver.client)) return;
  }
  await fromAfar({ url, token: approver.token }, "inbox");
  await fromAfar({ url, token: approver.token }, "approve", `d-${number}`, "--yes");
}

async function isDecidedWithin(milliseconds: number, approval: string, client: Client): Promise<boolean> {
  for (const deadline = Date.now() + milliseconds; Date.now() < deadline; await pause(500)) {
    const open = await client.approvals.list({ open: true });
    if (!open.some(({ id }) => id === approval)) return true;
  }
  return false;
}

const patienceMilliseconds = 60_000;

async function eventually<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
  for (const deadline = Date.now() + patienceMilliseconds; ; await pause(100)) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not come`);
  }
}
