/** The end of a deployment: its state, its locks, and what it proved about the release, in one transaction. */
import type { Deployment } from "../core/deployment.ts";
import type { Move } from "../core/move.ts";
import type { ReleaseRow } from "../ports/store.ts";
import { callOff } from "./approvals/call-off.ts";
import { wakeOthers } from "./approvals/wake.ts";
import type { Journal } from "./journal.ts";
import { hostLockOwner } from "./locks.ts";
import { messagesOfEnd } from "./messages/of-end.ts";
import type { World } from "./world.ts";

export async function finish(move: Extract<Move, { kind: "finish" }>, journal: Journal, world: World): Promise<void> {
  const { store } = world;
  const { deployment } = journal;
  const { id, request } = deployment;
  const { behind } = move;
  const calledOff = await callOff(deployment, move, world);
  const { state, message } = calledOff.end;
  const proven = await newlyProven(deployment, state, store);
  const ended = await journal.decide([{ kind: "finished", state, message, behind }], {
    releaseLocksOf: [id, hostLockOwner(id)],
    ...(proven === undefined ? {} : { releases: [proven] }),
    approvals: calledOff.approvals,
    messages: [...calledOff.messages, ...(await messagesOfEnd(deployment, { state, message, behind }, world))],
    audit: [
      ...calledOff.audit,
      {
        actor: request.by,
        action: `${request.kind} ${state}`,
        object: `${request.service}@${request.environment}`,
        detail: { deployment: id, message, ...released(deployment, state) },
      },
    ],
  });
  if (!ended) return;
  await wakeOthers(request, world);
}

/** Which releases were on the hosts before, and which one is, where the rollout had begun. */
function released(
  { rollout, epoch }: Deployment,
  state: string,
): { readonly before?: unknown; readonly after?: unknown } {
  if (rollout === undefined || epoch === undefined) return {};
  const { before, goal } = rollout.targets[0];
  const of = (hosts: Readonly<Record<string, string>>): readonly string[] =>
    [...new Set(Object.values(hosts))].toSorted();
  return { before: of(before), ...(state === "succeeded" ? { after: of(goal) } : {}) };
}

/** What served well once is not bad because it fails on a host that joins later, or while something else is down. */
async function newlyProven(
  deployment: Deployment,
  state: string,
  store: World["store"],
): Promise<ReleaseRow | undefined> {
  const proven = proves(deployment, state);
  if (proven?.verdict !== "bad") return proven;
  const rows = await store.releases(proven.service, proven.environment);
  const known = rows.find(({ release }) => release.number === proven.release.number);
  return known?.verdict === "good" ? undefined : proven;
}

/** A release that a host could not run is bad; one that was only called off, or met dead hosts, proved nothing. */
function proves({ release, request, progress, concluded, id }: Deployment, state: string): ReleaseRow | undefined {
  if (release === undefined || request.kind !== "deploy") return undefined;
  const row = { service: request.service, environment: request.environment, release, deployment: id };
  const outcomes = [...progress.rollout.values()].flatMap((hosts) => [...hosts.values()]);
  const failed =
    outcomes.some(({ outcome }) => outcome?.kind === "reverted" || outcome?.kind === "broken") ||
    [...concluded.values()].some(({ verdict }) => verdict === "fail");
  if (failed) return { ...row, verdict: "bad" };
  return state === "succeeded" ? { ...row, verdict: "good" } : undefined;
}
