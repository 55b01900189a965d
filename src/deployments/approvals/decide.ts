/** A person decides about a request for approval. What follows begins by itself. */
import type { Refusal } from "../../core/approval.ts";
import { decide, type Decision } from "../../core/approval-decide.ts";
import { fold } from "../../core/fold.ts";
import type { AuditEntry } from "../../ports/store.ts";
import { refuseWhileFrozen } from "../frozen.ts";
import type { World } from "../world.ts";
import { write } from "./docket.ts";
import type { Docket } from "./entry.ts";
import { keptApproval, placed, type PlacedApproval } from "./find.ts";
import { todayIn } from "./today.ts";

type WithoutPerson<D> = D extends unknown ? Omit<D, "by" | "today"> : never;

/** What a person says; who it is, and what they may do, is found out here. */
export type PersonDecision = WithoutPerson<Decision>;

/** Nothing was done, or only written down that it came too late. */
export class DecisionRefused extends Error {
  override readonly name = "DecisionRefused";
  readonly code: Refusal["code"];

  constructor({ code, message }: Refusal) {
    super(message);
    this.code = code;
  }
}

/**
 * The first decision that ends a request is the only one: who comes second in the same millisecond reads how it ended.
 *
 * @param ref the request, or its deployment by id or as `d-12`
 * @param by the login of whoever is signed in
 * @throws {DecisionRefused}
 * @throws {UnknownName}
 */
export async function decideApproval(
  ref: string,
  decision: PersonDecision,
  by: string,
  world: World,
): Promise<PlacedApproval> {
  await refuseWhileFrozen(world);
  const { id } = await keptApproval(ref, world);
  for (;;) {
    const decided = await decideOnce(id, decision, by, world);
    if (decided === undefined) continue;
    if (decided.refusal !== undefined) throw new DecisionRefused(decided.refusal);
    return decided.approval;
  }
}

interface Decided {
  readonly approval: PlacedApproval;
  readonly refusal?: Refusal;
}

/** @returns nothing when somebody else was first, so that it has to be decided again */
async function decideOnce(
  id: string,
  decision: PersonDecision,
  by: string,
  world: World,
): Promise<Decided | undefined> {
  const kept = await keptApproval(id, world);
  const approval = placed(kept);
  const { service, environment } = kept;
  const [today, journal] = await Promise.all([
    todayIn(environment, world),
    world.store.journal(approval.subject.deployment),
  ]);
  const deployment = fold(approval.subject.deployment, journal);
  const { aborted } = deployment;
  if (aborted !== undefined && approval.ended === undefined) {
    const message = `${aborted.by} has called the deployment off: ${aborted.reason}`;
    return { approval, refusal: { code: "ended", message } };
  }
  const at = world.clock.now();
  const { events, refusal } = decide(approval, { ...decision, by, today } as Decision, at);
  const refused = refusal === undefined ? {} : { refusal };
  if (events.length === 0) return { approval, ...refused };
  const docket: Docket = { id, service, environment, seen: kept.events.length, approval };
  const isLate = refusal !== undefined;
  const audit = [isLate ? expiry(docket) : auditOf(docket, decision, by)];
  const seen = approval.ended === undefined ? [deployment] : [];
  const written = await write({ entries: [{ docket, events, today, at, audit }], seen }, world);
  return written === undefined ? undefined : { approval: written[0]!, ...refused };
}

function auditOf({ id, service, environment, approval }: Docket, decision: PersonDecision, by: string): AuditEntry {
  const { kind, ...said } = decision;
  return {
    actor: by,
    action: kind === "hand-over" || kind === "break-glass" ? kind : `${kind} deployment`,
    object: `${service}@${environment}`,
    detail: { deployment: approval!.subject.deployment, approval: id, digest: approval!.subject.digest, ...said },
  };
}

/** Who notices that the time is over did not end it. */
export function expiry({ id, service, environment, approval }: Docket): AuditEntry {
  return {
    actor: "signalbox",
    action: "expire request",
    object: `${service}@${environment}`,
    detail: { deployment: approval!.subject.deployment, approval: id },
  };
}
