/**
 * Requests for approval while somebody works on them: read, decided about, and written together with everything that
 * follows, in one transaction.
 *
 * Both journals are appended to with the sequence that was seen. Whoever comes second writes nothing and decides again.
 */
import type { Approval } from "../../core/approval.ts";
import { dueAt } from "../../core/approval-due.ts";
import { applyApproval, foldApproval } from "../../core/approval-fold.ts";
import { finalStates } from "../../core/deployment.ts";
import type { Deployment, DeploymentEvent } from "../../core/deployment.ts";
import { fold } from "../../core/fold.ts";
import { JournalConflict } from "../../ports/store.ts";
import type { AuditEntry, Change, JournalChange } from "../../ports/store.ts";
import type { ApprovalChange } from "../../ports/approvals.ts";
import { journalChange } from "../journal.ts";
import { hostLockOwner } from "../locks.ts";
import type { World } from "../world.ts";
import { consequencesOf, type Consequence } from "./consequences.ts";
import type { Entry } from "./entry.ts";
import type { PlacedApproval } from "./find.ts";
import { messagesOf } from "./tell.ts";
import { wakeAfter } from "./wake.ts";

/** What else belongs into the same transaction. */
export interface Together {
  readonly entries: readonly Entry[];
  /** Events of deployments that follow from no request. */
  readonly consequences?: readonly Consequence[];
  /** Deployments as the decision saw them: with one event more than that, it does not hold any more. */
  readonly seen?: readonly Deployment[];
  /** Owners who give back their locks. */
  readonly releaseLocksOf?: readonly string[];
}

/** @returns the requests afterwards, or nothing when somebody else wrote first */
export async function write(together: Together, world: World): Promise<readonly PlacedApproval[] | undefined> {
  const { entries } = together;
  const after = entries.map(afterwards);
  const at = entries[0]?.at ?? world.clock.now();
  const consequences = [
    ...entries.flatMap(({ docket, events }, index) => consequencesOf(docket.approval, after[index]!, events, at)),
    ...(together.consequences ?? []),
  ];
  const journals = await journalsOf(consequences, together.seen ?? [], at, world);
  const ended = journals.filter(({ after: { state } }) => finalStates.has(state)).map(({ deployment }) => deployment);
  const change: Change = {
    at,
    journals,
    approvals: entries.map((entry, index) => approvalChange(entry, after[index]!)),
    releaseLocksOf: [...(together.releaseLocksOf ?? []), ...ended.flatMap((id) => [id, hostLockOwner(id)])],
    messages: (await Promise.all(entries.map((entry, index) => messagesOf(entry, after[index]!, world)))).flat(),
    audit: [...entries.flatMap(({ audit }) => audit), ...journals.flatMap(supersession)],
  };
  try {
    await world.store.commit(change);
  } catch (error) {
    if (error instanceof JournalConflict) return undefined;
    throw error;
  }
  await wakeAfter({ approvals: after, deployments: journals.map(({ deployment }) => deployment), ended }, world);
  return after;
}

/** Which one made room is said by no decision. */
function supersession({ deployment, after }: JournalChange): readonly AuditEntry[] {
  const { state, finished, request } = after;
  if (state !== "superseded") return [];
  const object = `${request.service}@${request.environment}`;
  return [{ actor: "signalbox", action: "supersede", object, detail: { deployment, message: finished?.message } }];
}

function afterwards({ docket, events, at }: Entry): PlacedApproval {
  const { id, service, environment, approval } = docket;
  if (approval === undefined) {
    const recorded = events.map((event) => ({ at, event }));
    return { ...foldApproval(id, recorded), service, environment };
  }
  const after = events.reduce<Approval>((state, event) => applyApproval(state, { at, event }), approval);
  return { ...after, service, environment };
}

export function approvalChange({ docket, events, today, at }: Entry, after: PlacedApproval): ApprovalChange {
  const { id, service, environment, seen } = docket;
  return {
    approval: id,
    service,
    environment,
    expected: seen,
    events,
    after,
    dueAt: dueAt(after, today, at) ?? null,
  };
}

/** What follows for a deployment that has ended by itself is nothing. */
async function journalsOf(
  consequences: readonly Consequence[],
  seen: readonly Deployment[],
  at: number,
  { store }: World,
): Promise<readonly JournalChange[]> {
  const known = new Map(seen.map((deployment) => [deployment.id, deployment]));
  const events = new Map<string, DeploymentEvent[]>(seen.map(({ id }) => [id, []]));
  for (const { deployment, event } of consequences) events.set(deployment, [...(events.get(deployment) ?? []), event]);
  const changes: JournalChange[] = [];
  for (const [id, added] of events) {
    const deployment = known.get(id) ?? fold(id, await store.journal(id));
    if (!finalStates.has(deployment.state)) changes.push(journalChange(deployment, added, at));
  }
  return changes;
}
