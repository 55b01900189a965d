/** What the clock wants of a request for approval: to expire, to remind, to escalate, and to ask the next people. */
import type { ApprovalEvent } from "../../core/approval.ts";
import { due, dueAt } from "../../core/approval-due.ts";
import { tend, type Rotation } from "../../core/approval-tend.ts";
import { fold } from "../../core/fold.ts";
import { JournalConflict, type AuditEntry } from "../../ports/store.ts";
import type { World } from "../world.ts";
import { expiry } from "./decide.ts";
import { approvalChange, write } from "./docket.ts";
import type { Docket, Entry } from "./entry.ts";
import { placed } from "./find.ts";
import { rotationNow, todayIn } from "./today.ts";
import { approvalKey } from "./wake.ts";

/**
 * Does everything that is due, one thing after the other, and is called again when the next is.
 *
 * After a night without a server, what is past its deadline expires first; of several reminders there is one.
 */
export async function tendApproval(id: string, world: World): Promise<void> {
  if ((await world.store.installation()).frozen) return;
  for (;;) {
    const again = await tendOnce(id, world);
    if (!again) return;
  }
}

const nobodysTurn: Rotation = { asks: [], turn: 0, members: new Map() };

/** @returns whether there may be more to do at once */
async function tendOnce(id: string, world: World): Promise<boolean> {
  const { store, clock, queue } = world;
  const kept = await store.approvals.find(id);
  if (kept === undefined) return false;
  const approval = placed(kept);
  const { service, environment } = kept;
  const today = await todayIn(environment, world);
  const at = clock.now();
  const docket: Docket = { id, service, environment, seen: kept.events.length, approval };
  const wanted = due(approval, today, at)?.kind;
  // Whose turn it is takes all requests of two weeks to say, so it is only asked where somebody is to be asked.
  const rotation = wanted === "ask" || wanted === "escalate" ? await rotationNow(world, at) : nobodysTurn;
  const { events } = tend(approval, today, rotation, at);
  if (events.length === 0) {
    const next = dueAt(approval, today, at);
    await noteNext({ docket, events, today, at, audit: [] }, world);
    if (next !== undefined) queue.wake(approvalKey(id), next);
    return false;
  }
  const { subject, ended } = approval;
  const deployment = fold(subject.deployment, await store.journal(subject.deployment));
  const seen = ended === undefined ? [deployment] : [];
  await write({ entries: [{ docket, events, today, at, audit: auditOf(docket, events) }], seen }, world);
  return true;
}

/** What is due next may have changed with the people, without any event. */
async function noteNext(entry: Entry, { store }: World): Promise<void> {
  const { docket, at } = entry;
  try {
    await store.commit({ at, approvals: [approvalChange(entry, docket.approval!)] });
  } catch (error) {
    // Whoever wrote first has noted it.
    if (!(error instanceof JournalConflict)) throw error;
  }
}

function auditOf(docket: Docket, events: readonly ApprovalEvent[]): readonly AuditEntry[] {
  const { id, service, environment, approval } = docket;
  return events.flatMap((event): readonly AuditEntry[] => {
    if (event.kind === "ended" && event.end.kind === "expired") return [expiry(docket)];
    const detail = { deployment: approval!.subject.deployment, approval: id, ...event };
    return [{ actor: "signalbox", action: `approval ${event.kind}`, object: `${service}@${environment}`, detail }];
  });
}
