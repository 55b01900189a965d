/** The end of a request for approval because its deployment ends: there is nothing left to decide about. */
import { calledOff } from "../../core/approval-plan-change.ts";
import { applyApproval } from "../../core/approval-fold.ts";
import type { Deployment, FinalState } from "../../core/deployment.ts";
import type { ApprovalChange } from "../../ports/approvals.ts";
import type { NewMessage } from "../../ports/outbox.ts";
import type { AuditEntry } from "../../ports/store.ts";
import type { World } from "../world.ts";
import { endInWords } from "./consequences.ts";
import { approvalChange } from "./docket.ts";
import type { Entry } from "./entry.ts";
import { placed } from "./find.ts";
import { messagesOf } from "./tell.ts";
import { todayIn } from "./today.ts";

interface Ending {
  readonly state: FinalState;
  readonly message: string;
}

export interface CalledOff {
  /** How the deployment ends, so that both journals say the same. */
  readonly end: Ending;
  readonly approvals: readonly ApprovalChange[];
  readonly messages: readonly NewMessage[];
  readonly audit: readonly AuditEntry[];
}

/** A request that nobody had noticed to be over has expired, and so has its deployment. */
export async function callOff(deployment: Deployment, end: Ending, world: World): Promise<CalledOff> {
  const nothing = { end, approvals: [], messages: [], audit: [] };
  const { approval: asked, aborted } = deployment;
  if (asked === undefined || asked.given !== undefined) return nothing;
  const kept = await world.store.approvals.find(asked.id);
  if (kept === undefined) return nothing;
  const approval = placed(kept);
  if (approval.ended !== undefined || approval.subject.deployment !== deployment.id) return nothing;

  const at = world.clock.now();
  const by = aborted?.by ?? "signalbox";
  const { events } = calledOff(approval, by, aborted?.reason ?? end.message, at);
  const { service, environment } = approval;
  const [event] = events;
  if (event?.kind !== "ended") return nothing;
  const audit: AuditEntry = {
    actor: by,
    action: event.end.kind === "expired" ? "expire request" : "call off request",
    object: `${service}@${environment}`,
    detail: { deployment: deployment.id, approval: approval.id, reason: end.message },
  };
  const docket = { id: approval.id, service, environment, seen: kept.events.length, approval };
  const entry: Entry = { docket, events, today: await todayIn(environment, world), at, audit: [audit] };
  const after = { ...applyApproval(approval, { at, event }), service, environment };
  return {
    end: event.end.kind === "expired" ? { state: "expired", message: endInWords(event.end) } : end,
    approvals: [approvalChange(entry, after)],
    messages: await messagesOf(entry, after, world),
    audit: [audit],
  };
}
