/**
 * A configuration that changes who approves takes two people, like the right to approve itself.
 *
 * The second one confirms by applying the same text: whoever does that has it before their eyes.
 */
import { canonicalJson } from "./digest.ts";
import type { Caller } from "./permissions.ts";
import { isPerson } from "./permissions.ts";
import type { EnvironmentPolicy } from "./policy.ts";

/** A configuration that somebody applied and that waits for a second person. */
export interface ConfigurationProposal {
  /** Of its text. */
  readonly digest: string;
  /** As the audit log names who proposed it: a login, or the operator. */
  readonly by: string;
  readonly at: number;
  readonly until: number;
  /** Whose approvals are others with it. */
  readonly environments: readonly string[];
}

export type ConfigurationJudgement =
  | { readonly kind: "apply"; readonly proposedBy?: string; readonly alone?: string }
  | { readonly kind: "propose"; readonly environments: readonly string[] }
  | { readonly kind: "refuse"; readonly message: string };

/** Environments in which other approvals would be needed than now, or none. An approval that is new takes nobody's away. */
export function approvalsChanged(
  before: readonly EnvironmentPolicy[],
  after: readonly EnvironmentPolicy[],
): readonly string[] {
  const next = new Map(after.map(({ environment, approval }) => [environment, approval]));
  return before
    .filter(({ approval }) => approval !== undefined)
    .filter(({ environment, approval }) => canonicalJson(next.get(environment) ?? null) !== canonicalJson(approval))
    .map(({ environment }) => environment);
}

/** @param founded whether there have ever been two administrators */
export function judgeConfiguration(
  environments: readonly string[],
  waiting: ConfigurationProposal | undefined,
  { by, founded, now }: { readonly by: Caller; readonly founded: boolean; readonly now: number },
): ConfigurationJudgement {
  if (environments.length === 0) return { kind: "apply" };
  if (!founded) return { kind: "apply", alone: "nobody else has ever administrated here" };
  if (by.login === undefined && by.via !== "socket") {
    const where = environments.join(", ");
    return { kind: "refuse", message: `${by.name} is no person, and this changes who approves in ${where}` };
  }
  if (waiting === undefined || now >= waiting.until) return { kind: "propose", environments };
  const isAnother = by.login !== undefined && !isPerson(waiting.by, by.login);
  return isAnother ? { kind: "apply", proposedBy: waiting.by } : { kind: "propose", environments };
}
