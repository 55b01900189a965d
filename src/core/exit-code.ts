/** What a command line tells its caller about a deployment that ended. */
import type { Deployment } from "./deployment.ts";

export const exitCodes = {
  done: 0,
  failedAndRolledBack: 1,
  usage: 2,
  notAllowedOrOvertaken: 3,
  needsAPerson: 4,
  refused: 5,
  unreachableBeforeAnyChange: 6,
  waitTimedOut: 7,
  leftBehind: 8,
  interrupted: 130,
} as const;

/** The exit code of a finished deployment. */
export function exitCodeOf(deployment: Deployment): number {
  const { state, finished } = deployment;
  switch (state) {
    case "succeeded":
      return finished!.behind.length > 0 ? exitCodes.leftBehind : exitCodes.done;
    case "rolled-back":
      return exitCodes.failedAndRolledBack;
    case "failed":
      return failedBeforeAnyChange(deployment);
    case "rejected":
    case "expired":
    case "superseded":
    case "withdrawn":
      return exitCodes.notAllowedOrOvertaken;
    case "rollback-failed":
      return exitCodes.needsAPerson;
    default:
      return exitCodes.waitTimedOut;
  }
}

function failedBeforeAnyChange({ request, digest, rollout, progress }: Deployment): number {
  if (request.plan !== undefined && digest !== undefined && digest !== request.plan) return exitCodes.refused;
  const outcomes = [...progress.prepare.values()].flatMap((hosts) =>
    [...hosts.values()].map(({ outcome }) => outcome?.kind),
  );
  if (outcomes.includes("unreachable") && !outcomes.includes("failed")) return exitCodes.unreachableBeforeAnyChange;
  return rollout === undefined && outcomes.every((kind) => kind === "done")
    ? exitCodes.refused
    : exitCodes.failedAndRolledBack;
}
