/** Who is told how a deployment ended: for the transaction that ends it. */
import { foldApproval } from "../../core/approval-fold.ts";
import type { Deployment, FinalState } from "../../core/deployment.ts";
import type { About, Addressee, Message } from "../../core/message.ts";
import type { KeptApproval } from "../../ports/approvals.ts";
import type { NewMessage } from "../../ports/outbox.ts";
import { addresseeKey } from "../../core/message.ts";
import type { World } from "../world.ts";

export interface HowItEnded {
  readonly state: FinalState;
  readonly message: string;
  readonly behind: readonly string[];
}

/**
 * The requester, whoever pushed, the approvers who were asked, and the environment's channel; each is told once, and
 * with the outcome of watch and roll-back, since a deployment ends after them.
 */
export async function messagesOfEnd(
  deployment: Deployment,
  ended: HowItEnded,
  { store }: Pick<World, "store">,
): Promise<readonly NewMessage[]> {
  const { id } = deployment;
  const approval = await store.approvals.about(id);
  const { state } = ended;
  // The request for approval has told everybody, with who decided and why.
  const isTold = state === "rejected" || state === "expired" || state === "withdrawn";
  // When it said yes, nobody knows yet that nothing came of it.
  if (approval !== undefined && isTold && deployment.approval?.given === undefined) return [];
  const message: Message = {
    kind: "deployment-ended",
    about: await aboutOf(deployment, { store }),
    ...ended,
    ...(approval === undefined ? {} : { approval: approval.id }),
  };
  const to = await readers(deployment, state, approval, store);
  return to.map((one) => ({ key: `${id} ended ${addresseeKey(one)}`, to: one, message }));
}

async function readers(
  { request }: Deployment,
  state: FinalState,
  approval: KeptApproval | undefined,
  store: World["store"],
): Promise<readonly Addressee[]> {
  const { by, pushedBy, pusherMail, environment } = request;
  const asked = approval === undefined ? [] : foldApproval(approval.id, approval.events).asks;
  // A newer one takes its place: only those whose change it was want to know.
  const isOvertaken = state === "superseded";
  const logins = new Set([by, pushedBy ?? by, ...(isOvertaken ? [] : asked.map(({ login }) => login))]);
  const persons: Addressee[] = [];
  for (const login of logins) {
    const person = await store.people.find(login);
    if (person !== undefined && !person.disabled) persons.push({ kind: "person", login });
  }
  if (isOvertaken) return persons;
  // Strangers are told of trouble only.
  const isTrouble = state === "failed" || state === "rolled-back" || state === "rollback-failed";
  const strangers: Addressee[] = isTrouble && pusherMail !== undefined ? [{ kind: "mail", address: pusherMail }] : [];
  return [...persons, ...strangers, { kind: "channel", environment }];
}

export async function aboutOf(deployment: Deployment, { store }: Pick<World, "store">): Promise<About> {
  const { id, request, revision, release } = deployment;
  const summary = await store.summary(id);
  return {
    deployment: id,
    number: summary?.number ?? 0,
    service: request.service,
    environment: request.environment,
    ...(request.kind === "deploy" ? {} : { kind: request.kind }),
    ...(revision === undefined ? {} : { revision }),
    ...(release === undefined ? {} : { release: release.number }),
    requestedBy: request.by,
  };
}
