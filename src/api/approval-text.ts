/** A request for approval as the API gives it. */
import { openAsks, type End } from "../core/approval.ts";
import { objection } from "../core/approval-people.ts";
import { ruleInWords } from "../core/approval-rule.ts";
import { fold } from "../core/fold.ts";
import type { Caller } from "../core/permissions.ts";
import type { PlacedApproval } from "../deployments/approvals/find.ts";
import { riskOf } from "../deployments/approvals/risk.ts";
import { todayIn } from "../deployments/approvals/today.ts";
import type { World } from "../deployments/world.ts";
import type { ApprovalView } from "./approval-views.ts";
import { rolloutLines } from "./plan-lines.ts";

interface Around {
  readonly caller: Caller;
  readonly world: World;
  /** With the steps of its plan. */
  readonly whole: boolean;
}

export async function toApprovalView(
  approval: PlacedApproval,
  { caller, world, whole }: Around,
): Promise<ApprovalView> {
  const { subject, terms, ended } = approval;
  const deployment = fold(subject.deployment, await world.store.journal(subject.deployment));
  const summary = await world.store.summary(subject.deployment);
  const asked = openAsks(approval);
  const { login } = caller;
  const isOpen = ended === undefined;
  const mayNot =
    login === undefined || !isOpen ? undefined : objection(approval, login, await todayIn(approval.environment, world));
  return {
    ...aboutOf(approval),
    number: summary?.number ?? 0,
    release: deployment.release?.number ?? null,
    deadline: terms.deadline,
    rule: ruleInWords(approval.rule),
    asked: asked.map((ask) => ({ login: ask.login, at: ask.at, for: ask.for ?? null, because: ask.because ?? null })),
    approvals: approval.approvals.map(({ by, at, comment = null }) => ({ by, at, comment })),
    unfilled: approval.unfilled?.reason ?? null,
    ended: ended === undefined ? null : { at: ended.at, ...endOf(ended.end) },
    review: approval.review ?? null,
    reviewOpen: ended?.end.kind === "broken-glass" && approval.review === undefined,
    // What has been decided needs no judging any more.
    risk: isOpen ? (await riskOf(deployment, world)).map(plainRisk) : [],
    plan: whole && deployment.rollout !== undefined ? rolloutLines(deployment.rollout) : [],
    isMine: asked.some((ask) => ask.login === login),
    objection: mayNot?.message ?? null,
  };
}

type About = "id" | "service" | "environment" | "deployment" | "digest" | "revision" | "requestedBy" | "pushedBy";

function aboutOf(approval: PlacedApproval): Pick<ApprovalView, About | "writtenBy" | "requestedAt"> {
  const { id, service, environment, subject, requestedAt } = approval;
  const { deployment, digest, revision = null, requestedBy, pushedBy = null, writtenBy } = subject;
  return {
    id,
    service,
    environment,
    deployment,
    digest,
    revision,
    requestedBy,
    pushedBy,
    writtenBy: [...writtenBy],
    requestedAt,
  };
}

function plainRisk(line: Awaited<ReturnType<typeof riskOf>>[number]): ApprovalView["risk"][number] {
  if (line.kind === "commits") return { ...line, authors: [...line.authors] };
  if (line.kind === "migrations") return { ...line, names: [...line.names] };
  return line.kind === "authors-unknown" ? { ...line, names: [...line.names] } : { ...line };
}

function endOf(end: End): { readonly kind: string; readonly by: string[]; readonly reason: string | null } {
  switch (end.kind) {
    case "approved":
      return { kind: end.kind, by: [...end.by], reason: null };
    case "rejected":
    case "withdrawn":
    case "broken-glass":
      return { kind: end.kind, by: [end.by], reason: end.reason };
    case "expired":
    case "voided":
      return { kind: end.kind, by: [], reason: null };
  }
}
