/** Asks the approvers about the plan of a deployment, or finds out that another one of the service comes first. */
import type { Subject } from "../../core/approval.ts";
import { holdsTheNext, isMoreUrgentThan, mayTakePlaceOf } from "../../core/approval-order.ts";
import type { Today } from "../../core/approval-people.ts";
import { nextOf } from "../../core/approval-next.ts";
import { calledOff, overtakenBy, replanned } from "../../core/approval-plan-change.ts";
import { requestApproval, requestWithBrokenGlass } from "../../core/approval-request.ts";
import { foldApproval } from "../../core/approval-fold.ts";
import { tend } from "../../core/approval-tend.ts";
import type { Answer, ApprovalEvent } from "../../core/approval.ts";
import type { Deployment } from "../../core/deployment.ts";
import { fold } from "../../core/fold.ts";
import type { AuditEntry } from "../../ports/store.ts";
import { finish } from "../finish.ts";
import type { Journal } from "../journal.ts";
import { newDeploymentId } from "../new-id.ts";
import type { World } from "../world.ts";
import { whoElsePushed, whoWrote } from "./authors.ts";
import { passedOver, type Consequence } from "./consequences.ts";
import { expiry } from "./decide.ts";
import { write } from "./docket.ts";
import type { Docket, Entry } from "./entry.ts";
import { placed } from "./find.ts";
import { rotationNow, todayIn } from "./today.ts";

/** What is known while it is asked. */
interface Asking {
  readonly deployment: Deployment;
  readonly subject: Subject;
  readonly today: Today;
  readonly at: number;
  /** Other deployments of the service in the environment that go on. */
  readonly others: readonly Numbered[];
  readonly number: number;
}

interface Numbered {
  readonly number: number;
  readonly deployment: Deployment;
}

/** @returns false when it has to wait for another deployment, which wakes it when it is through */
export async function askApproval(journal: Journal, world: World): Promise<boolean> {
  // It is looked at every few seconds while it waits, so this comes before everything that costs something.
  if (await waitsForFront(journal.deployment, world)) return false;
  await step(await lookAround(journal.deployment, world), journal, world);
  await journal.refresh();
  return true;
}

/** An undecided one is never in front of those that may take its place; who waits behind it was told to. */
async function waitsForFront({ waitsBehind }: Deployment, { store }: World): Promise<boolean> {
  if (waitsBehind === undefined) return false;
  const front = fold(waitsBehind, await store.journal(waitsBehind));
  const isUndecided = front.approval !== undefined && front.approval.given === undefined;
  return front.finished === undefined && (isUndecided || holdsTheNext(front));
}

async function lookAround(deployment: Deployment, world: World): Promise<Asking> {
  const { service, environment } = deployment.request;
  const { store, clock } = world;
  const [today, unfinished, subject] = await Promise.all([
    todayIn(environment, world),
    store.deployments({ service, environment, unfinished: true }),
    subjectOf(deployment, world),
  ]);
  const all = await Promise.all(
    unfinished.map(async ({ id, number }) => ({ number, deployment: fold(id, await store.journal(id)) })),
  );
  const number = all.find((other) => other.deployment.id === deployment.id)?.number ?? 0;
  const others = all.filter((other) => other.deployment.id !== deployment.id);
  return { deployment, subject: knownAs(subject, today), today, at: clock.now(), others, number };
}

async function subjectOf(deployment: Deployment, world: World): Promise<Subject> {
  const { id, digest, revision, request } = deployment;
  const alsoPushedBy = await whoElsePushed(deployment, world);
  return {
    deployment: id,
    digest: digest!,
    ...(revision === undefined ? {} : { revision }),
    requestedBy: request.by,
    ...(request.pushedBy === undefined ? {} : { pushedBy: request.pushedBy }),
    ...(alsoPushedBy.length === 0 ? {} : { alsoPushedBy }),
    writtenBy: await whoWrote(deployment, world),
  };
}

/** Somebody who sits at the server's own socket is still the same person. */
function knownAs(subject: Subject, today: Today): Subject {
  const login = subject.requestedBy.replace(/^local:/, "");
  return today.has(login) ? { ...subject, requestedBy: login } : subject;
}

/** One thing that brings it nearer to being asked about; where somebody else wrote first, nothing. */
async function step(asking: Asking, journal: Journal, world: World): Promise<void> {
  const { deployment, others, number } = asking;
  const newer = others.find(
    (other) =>
      other.number > number &&
      isPlanned(other.deployment) &&
      mayTakePlaceOf(other.deployment.request, deployment) &&
      !isMoreUrgentThan(deployment, other.deployment.request),
  );
  if (newer !== undefined) return superseded(newer.deployment.id, journal, world);
  const own = await docketOf(deployment.approval?.id, world);
  if (
    own?.approval !== undefined &&
    own.approval.ended === undefined &&
    own.approval.subject.deployment === deployment.id
  ) {
    return askAgain(own, asking, world);
  }
  const front = others.find((other) => other.number < number && isReplaceable(other.deployment, deployment));
  if (front === undefined) return begin(asking, journal, world);
  const isUrgent = isMoreUrgentThan(deployment, front.deployment.request);
  if (holdsTheNext(front.deployment)) {
    // What holds an approved one up before its rollout, such as a freeze, does not hold up who can't wait.
    if (isUrgent && front.deployment.epoch === undefined) return begin(asking, journal, world);
    return waitBehind(front.deployment, asking, world);
  }
  const open = await docketOf(front.deployment.approval?.id, world);
  if (open?.approval?.ended !== undefined) return begin(asking, journal, world);
  // It has moved on since: whose it is now may be the newer one, so everything is looked at again.
  if (open!.approval!.subject.deployment !== front.deployment.id) return;
  return isUrgent ? pushAside(open!, asking, world) : takeOver(open!, asking, world);
}

/** It has been shown to people, or waits until it is. */
function isPlanned({ approval, waitsBehind, finished }: Deployment): boolean {
  return finished === undefined && (approval !== undefined || waitsBehind !== undefined);
}

/** Asked about and undecided, or on its way and not through. */
function isReplaceable(older: Deployment, newer: Deployment): boolean {
  if (!mayTakePlaceOf(newer.request, older)) return false;
  return holdsTheNext(older) || (older.approval !== undefined && older.approval.given === undefined);
}

async function superseded(newer: string, journal: Journal, world: World): Promise<void> {
  const message = `a newer deployment (${newer}) took its place before its plan was approved`;
  await finish({ kind: "finish", state: "superseded", message, behind: [] }, journal, world);
}

/** It was planned anew while people think. Who had approved the other plan has approved nothing of this one. */
async function askAgain(docket: Docket, asking: Asking, world: World): Promise<void> {
  const { deployment, subject, at } = asking;
  const answer = replanned(docket.approval!, subject, at);
  const end = answer.events.find((event) => event.kind === "ended")?.end;
  const goesOn = end?.kind === "voided" && nextOf(docket.approval!, end).deployment.kind === "ask-again";
  const more = goesOn ? await newEntry(asking, world) : undefined;
  await write(
    { entries: [entryOf(docket, answer, asking), ...(more === undefined ? [] : [more])], seen: [deployment] },
    world,
  );
}

/** The older one is undecided: the request is about this one now, or this one waits behind it. */
async function takeOver(docket: Docket, asking: Asking, world: World): Promise<void> {
  const answer = overtakenBy(docket.approval!, asking.subject, asking.at);
  await write({ entries: [entryOf(docket, answer, asking)], seen: [asking.deployment] }, world);
}

/** Whoever broke the glass waits for nobody's answer about an older one: there is nothing left to decide about that. */
async function pushAside(docket: Docket, asking: Asking, world: World): Promise<void> {
  const { deployment, subject, today, at } = asking;
  const { requestedBy: by } = subject;
  const reason = `${by} broke the glass for a newer deployment (${deployment.id})`;
  const { service, environment } = docket;
  const audit: AuditEntry = {
    actor: by,
    action: "call off request",
    object: `${service}@${environment}`,
    detail: { deployment: docket.approval!.subject.deployment, approval: docket.id, reason },
  };
  const { events } = calledOff(docket.approval!, by, reason, at);
  const own = await newEntry(asking, world);
  await write({ entries: [{ docket, events, today, at, audit: [audit] }, own!], seen: [deployment] }, world);
}

/** At most one waits: the one that did so far is passed over. */
async function waitBehind(front: Deployment, asking: Asking, world: World): Promise<void> {
  const { deployment, others } = asking;
  const event = { kind: "finished", state: "superseded", message: passedOver(deployment.id), behind: [] } as const;
  const waited = others.filter((other) => other.deployment.waitsBehind === front.id);
  const consequences: Consequence[] = [
    ...waited.map((other) => ({ deployment: other.deployment.id, event })),
    { deployment: deployment.id, event: { kind: "waits-behind", deployment: front.id } },
  ];
  await write({ entries: [], consequences, seen: [deployment, front] }, world);
}

async function begin(asking: Asking, journal: Journal, world: World): Promise<void> {
  const { deployment, subject, today, at } = asking;
  const entry = await newEntry(asking, world);
  if (entry === undefined) {
    const { refusal } = requestApproval(subject, deployment.policy!, today, at);
    const message = `it can't be approved: ${refusal?.message ?? "nobody may"}`;
    return finish({ kind: "finish", state: "failed", message, behind: [] }, journal, world);
  }
  // Where its approved plan changed as its turn came, it holds the lock; nobody waits for a lock while people think.
  const seen = [deployment, ...rivalsOf(asking)];
  await write({ entries: [entry], seen, releaseLocksOf: [deployment.id] }, world);
}

/** Where one of these comes to be asked about in the same moment, only one of the two is. */
function rivalsOf({ deployment, others }: Asking): readonly Deployment[] {
  const isRival = (other: Deployment): boolean =>
    other.epoch === undefined &&
    (mayTakePlaceOf(other.request, deployment) || mayTakePlaceOf(deployment.request, other));
  return others.map((other) => other.deployment).filter(isRival);
}

/** A new request, with the first people asked in the same transaction; nothing when nobody can ever approve it. */
async function newEntry({ deployment, subject, today, at }: Asking, world: World): Promise<Entry | undefined> {
  const { request, policy } = deployment;
  const { service, environment, breakGlass } = request;
  const docket: Docket = { id: newDeploymentId(at), service, environment, seen: 0 };
  const audit = (action: string, detail: object): AuditEntry => ({
    actor: request.by,
    action,
    object: `${service}@${environment}`,
    detail: { deployment: deployment.id, approval: docket.id, digest: subject.digest, ...detail },
  });
  if (breakGlass !== undefined) {
    const broken = { by: subject.requestedBy, reason: breakGlass, now: at };
    const events = requestWithBrokenGlass(subject, policy!, today, broken);
    return { docket, events, today, at, audit: [audit("break-glass", { reason: breakGlass })] };
  }
  const { events, refusal } = requestApproval(subject, policy!, today, at);
  if (refusal !== undefined) return undefined;
  const asked = await firstAsked(docket.id, events, { today, at }, world);
  return { docket, events: [...events, ...asked], today, at, audit: [audit("ask for approval", {})] };
}

async function firstAsked(
  id: string,
  events: readonly ApprovalEvent[],
  { today, at }: Pick<Asking, "today" | "at">,
  world: World,
): Promise<readonly ApprovalEvent[]> {
  const approval = foldApproval(
    id,
    events.map((event) => ({ at, event })),
  );
  return tend(approval, today, await rotationNow(world, at), at).events;
}

async function docketOf(id: string | undefined, { store }: World): Promise<Docket | undefined> {
  const kept = id === undefined ? undefined : await store.approvals.find(id);
  if (kept === undefined) return undefined;
  const { service, environment, events } = kept;
  return { id: kept.id, service, environment, seen: events.length, approval: placed(kept) };
}

function entryOf(docket: Docket, { events, refusal }: Answer, { deployment, subject, today, at }: Asking): Entry {
  const audit: AuditEntry =
    refusal === undefined
      ? {
          actor: deployment.request.by,
          action: "move request",
          object: `${docket.service}@${docket.environment}`,
          detail: { deployment: deployment.id, approval: docket.id, digest: subject.digest },
        }
      : expiry(docket);
  return { docket, events, today, at, audit: events.length === 0 ? [] : [audit] };
}
