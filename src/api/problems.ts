/** Errors as answers: problem+json with a stable code, what happened, and what to do next. */
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";

import { SecretReferenceRefused } from "../core/secret-reference.ts";
import { SettingsRefused, UnknownName } from "../core/settings.ts";
import { DecisionRefused } from "../deployments/approvals/decide.ts";
import { NoWayBack } from "../deployments/past-contract.ts";
import { ApprovalNeeded } from "../deployments/request-by-name.ts";
import { FreezeRefused, NotConfirmed } from "../deployments/freezes/windows.ts";
import { Frozen } from "../deployments/frozen.ts";
import { AlreadyFinished, NotNow } from "../deployments/steer.ts";
import { NoProposal, PeopleForbidden, PeopleRefused } from "../deployments/people.ts";
import { TokenRefused } from "../deployments/tokens.ts";
import { ArtifactRefused } from "../ports/artifacts.ts";
import { GitFailed } from "../ports/git.ts";
import { HostUnreachable } from "../ports/hosts.ts";
import type { Masks } from "../ports/masks.ts";
import { SecretFailed } from "../ports/secrets.ts";
import { JournalConflict, LockHeld, NameTaken, StoreFull } from "../ports/store.ts";
import { ProxyFailed } from "../ports/traffic.ts";
import type { ProblemView } from "./views.ts";

/** An answer that is an error. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: number;
  readonly code: string;
  readonly next: string | null;

  constructor(status: number, code: string, message: string, next: string | null = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.next = next;
  }
}

type Known = readonly [kind: new (...args: never[]) => Error, status: number, code: string, next: string | null];

const known: readonly Known[] = [
  [UnknownName, 404, "SB-API-UNKNOWN-NAME", "signalbox status"],
  [SettingsRefused, 422, "SB-API-CONFIGURATION", "signalbox lint"],
  [ApprovalNeeded, 403, "SB-API-APPROVAL", null],
  [NoWayBack, 409, "SB-API-NO-WAY-BACK", "signalbox history"],
  [NotConfirmed, 409, "SB-API-FREEZE", "signalbox freeze list"],
  [FreezeRefused, 422, "SB-API-FREEZE", "signalbox freeze list"],
  [Frozen, 409, "SB-API-FROZEN", "signalbox restore --confirm"],
  [AlreadyFinished, 409, "SB-API-ALREADY-FINISHED", "signalbox history"],
  [NotNow, 409, "SB-API-NOT-NOW", "signalbox watch"],
  [ProxyFailed, 502, "SB-API-PROXY", "signalbox doctor"],
  [PeopleForbidden, 403, "SB-API-RIGHT", null],
  [PeopleRefused, 409, "SB-API-PEOPLE", null],
  [NoProposal, 404, "SB-API-NO-PROPOSAL", "signalbox users proposals"],
  [TokenRefused, 403, "SB-API-RIGHT", null],
  [NameTaken, 409, "SB-API-NAME-TAKEN", "choose another name"],
  [ArtifactRefused, 422, "SB-API-ARTIFACT", null],
  [GitFailed, 422, "SB-API-GIT", null],
  [HostUnreachable, 502, "SB-API-HOST-UNREACHABLE", "signalbox doctor"],
  [LockHeld, 409, "SB-API-LOCKED", "signalbox status"],
  [JournalConflict, 409, "SB-API-CONFLICT", null],
  [StoreFull, 503, "SB-API-FULL", "make room on the server's disk"],
  [SecretFailed, 422, "SB-API-SECRET", "signalbox secrets check"],
  [SecretReferenceRefused, 422, "SB-API-SECRET", "signalbox secrets check"],
];

/** What helps, where something does. */
const nextOfDecision: Readonly<Partial<Record<DecisionRefused["code"], string>>> = {
  "other-plan": "signalbox approve shows the plan as it is now",
  "too-late": "signalbox deploy asks again",
  ended: "signalbox history",
  "not-asked": "signalbox inbox",
  "decided-already": "signalbox revoke takes an approval back before the last one came",
  "no-review-open": "signalbox inbox --all",
};

export function toProblem(error: unknown): ProblemView {
  const problem = (status: number, code: string, detail: string, next: string | null): ProblemView => ({
    type: `https://signalbox.invalid/problems/${code}`,
    title: code,
    status,
    code,
    detail,
    next,
  });
  if (error instanceof ApiProblem) return problem(error.status, error.code, error.message, error.next);
  if (error instanceof DecisionRefused) {
    return problem(409, `SB-API-${error.code.toUpperCase()}`, error.message, nextOfDecision[error.code] ?? null);
  }
  for (const [kind, status, code, next] of known) {
    if (error instanceof kind) return problem(status, code, error.message, next);
  }
  const { statusCode = 500, message = String(error) } = error as Partial<FastifyError>;
  if (statusCode < 500) return problem(statusCode, "SB-API-REQUEST", message, null);
  return problem(500, "SB-API-INTERNAL", "something went wrong in the server; its log says what", null);
}

/** What went wrong may have been said by a program that had a secret in its hands. */
export function answerProblems({ text }: Pick<Masks, "text">) {
  return async (error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const problem = toProblem(error);
    if (problem.status >= 500) request.log.error({ err: error }, "a request failed");
    const detail = text(problem.detail);
    await reply
      .code(problem.status)
      .type("application/problem+json")
      .send({ ...problem, detail });
  };
}
