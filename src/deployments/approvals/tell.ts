/** Who is told what about a request for approval: its events as messages, for the transaction that writes them. */
import { openAsks, type ApprovalEvent, type End } from "../../core/approval.ts";
import { nextOf, type Audience } from "../../core/approval-next.ts";
import { fold } from "../../core/fold.ts";
import { addresseeKey, type Addressee, type Message } from "../../core/message.ts";
import type { NewMessage } from "../../ports/outbox.ts";
import { aboutOf } from "../messages/of-end.ts";
import type { World } from "../world.ts";
import type { Entry } from "./entry.ts";
import type { PlacedApproval } from "./find.ts";
import { riskOf } from "./risk.ts";

type AskedMessage = Extract<Message, { kind: "approval-asked" }>;

/** One event of a request, told to some. */
interface Told {
  readonly sequence: number;
  readonly to: readonly Addressee[];
  readonly message: Message;
}

export async function messagesOf(entry: Entry, after: PlacedApproval, world: World): Promise<readonly NewMessage[]> {
  const { docket, events, today } = entry;
  if (events.every(({ kind }) => isQuiet(kind))) return [];
  const deployment = fold(after.subject.deployment, await world.store.journal(after.subject.deployment));
  const about = await aboutOf(deployment, world);
  const common: Common = {
    about,
    approval: after.id,
    digest: after.subject.digest,
    deadline: after.terms.deadline,
  };
  const asks = events.some(({ kind }) => kind in askingWhy);
  const risk = asks ? await riskOf(deployment, world) : [];
  const told = events.flatMap((event, index): readonly Told[] =>
    tellOne(event, { sequence: docket.seen + 1 + index, after, common, risk, events }),
  );
  return told.flatMap(({ sequence, to, message }) =>
    distinct(to)
      .filter((one) => one.kind !== "person" || today.has(one.login))
      .map((one) => ({ key: `${after.id}:${sequence}:${addresseeKey(one)}`, to: one, message })),
  );
}

type Common = Pick<AskedMessage, "about" | "approval" | "digest" | "deadline">;

interface Telling {
  readonly sequence: number;
  readonly after: PlacedApproval;
  readonly common: Common;
  readonly risk: AskedMessage["risk"];
  readonly events: readonly ApprovalEvent[];
}

const askingWhy = {
  asked: "asked",
  reminded: "reminder",
  "handed-over": "handed-over",
  moved: "moved",
} as const;

function isQuiet(kind: ApprovalEvent["kind"]): boolean {
  return ["requested", "approved", "revoked", "followed", "reviewed"].includes(kind);
}

function tellOne(event: ApprovalEvent, telling: Telling): readonly Told[] {
  const { sequence, after, common, events } = telling;
  const channel: Addressee = { kind: "channel", environment: after.environment };
  const waitedFor = openAsks(after).map(({ login }) => login);
  const asking = (why: AskedMessage["why"], more: Partial<AskedMessage> = {}): Message => ({
    kind: "approval-asked",
    ...common,
    why,
    asked: waitedFor,
    risk: telling.risk,
    ...more,
  });
  switch (event.kind) {
    case "asked": {
      const why = events.some(({ kind }) => kind === "escalated") ? "escalated" : "asked";
      return [{ sequence, to: [...persons(event.people.map(({ login }) => login)), channel], message: asking(why) }];
    }
    case "reminded":
      return [{ sequence, to: persons(waitedFor), message: asking("reminder") }];
    case "handed-over":
      return [{ sequence, to: persons([event.to]), message: asking("handed-over", { from: event.from }) }];
    case "moved":
      return [{ sequence, to: [...persons(waitedFor), channel], message: asking("moved") }];
    case "ended":
      return [{ sequence, ...ending(event.end, telling, channel) }];
    case "review-reminded":
      return reviewDue(telling);
    default:
      return [];
  }
}

function ending(end: End, { after, common }: Telling, channel: Addressee): Pick<Told, "to" | "message"> {
  const { requestedBy, pushedBy } = after.subject;
  const audience: Readonly<Record<Audience, readonly Addressee[]>> = {
    requester: persons([requestedBy, pushedBy ?? requestedBy]),
    asked: persons(after.asks.map(({ login }) => login)),
    approvers: persons(after.approvers.map(({ login }) => login)),
    channel: [channel],
  };
  const to = nextOf(after, end).tell.flatMap((audienceName) => audience[audienceName]);
  const message: Message =
    end.kind === "broken-glass"
      ? { kind: "glass-broken", ...common, by: end.by, reason: end.reason }
      : { kind: "approval-ended", ...common, end };
  return { to, message };
}

/** Everybody who may do the review; who broke the glass may not. */
function reviewDue({ sequence, after, common }: Telling): readonly Told[] {
  const end = after.ended?.end;
  if (end?.kind !== "broken-glass") return [];
  const to = persons(after.approvers.map(({ login }) => login).filter((login) => login !== end.by));
  return [{ sequence, to, message: { kind: "review-due", ...common, by: end.by, reason: end.reason } }];
}

function persons(logins: readonly string[]): readonly Addressee[] {
  return logins.map((login) => ({ kind: "person", login }));
}

function distinct(to: readonly Addressee[]): readonly Addressee[] {
  return [...new Map(to.map((one) => [addresseeKey(one), one])).values()];
}
