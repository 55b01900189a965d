/**
 * Which services a push is about. Pure: from what happened and the rules of the environments to where to look.
 *
 * What is found there is decided on in `trigger-decision.ts`. The two are apart because the git server is asked in
 * between: a push never says what is deployed.
 */
import { matchesAnyGlob } from "./trigger-glob.ts";
import type { PushEvent, PushedRef } from "./trigger-push.ts";
import { refTitle } from "./trigger-push.ts";
import { isSameRepository } from "./trigger-repository.ts";

/** What starts deployments of a service in an environment. */
export interface TriggerRule {
  readonly service: string;
  readonly environment: string;
  /** The address of its source, as configured. */
  readonly repository: string;
  /** `push`: a push deploys by itself; `request`: a person or a program asks. */
  readonly on: "push" | "request";
  /** Patterns of the branches that are deployed here. */
  readonly branches: readonly string[];
  /** Patterns of the tags that are deployed here. */
  readonly tags: readonly string[];
  readonly paths?: PathFilter;
}

/** A push to a branch that changes nothing else is left out. Tags are set on purpose; no filter holds for them. */
export interface PathFilter {
  /** A changed path counts if one of these stands for it; all count where it is empty. */
  readonly include: readonly string[];
  /** And none of these does. */
  readonly exclude: readonly string[];
}

export type Look =
  /** Ask the git server for the tip of the ref, then decide. */
  | { readonly kind: "look"; readonly rule: TriggerRule; readonly ref: PushedRef; readonly words: string }
  | {
      readonly kind: "ignore";
      readonly rule: TriggerRule;
      readonly because: "deleted-ref" | "other-ref" | "on-request";
      readonly words: string;
    };

/** One answer for each rule about the repository of the push, in their order; none when it is nobody's source. */
export function whereToLook(push: PushEvent, rules: readonly TriggerRule[]): readonly Look[] {
  return rules
    .filter(({ repository }) => isSameRepository(push.repository.addresses, repository))
    .map((rule) => lookAt(push, rule));
}

/** Whether a branch or tag is deployed by the rule; also for finding what no webhook told of. */
export function isDeployedBy(rule: TriggerRule, { kind, name }: PushedRef): boolean {
  return matchesAnyGlob(kind === "branch" ? rule.branches : rule.tags, name);
}

/** Whether one of the paths counts. */
export function countsAmong(filter: PathFilter, paths: readonly string[]): boolean {
  const { include, exclude } = filter;
  return paths.some(
    (path) => (include.length === 0 || matchesAnyGlob(include, path)) && !matchesAnyGlob(exclude, path),
  );
}

/** Such as `orders@dev`. */
export function placeOf({ service, environment }: TriggerRule): string {
  return `${service}@${environment}`;
}

function lookAt({ ref, change }: PushEvent, rule: TriggerRule): Look {
  const place = placeOf(rule);
  const ignore = (because: (Look & { kind: "ignore" })["because"], words: string): Look => ({
    kind: "ignore",
    rule,
    because,
    words: `${place}: ${words}`,
  });
  if (!isDeployedBy(rule, ref)) return ignore("other-ref", `${refTitle(ref)} is not deployed here`);
  if (rule.on === "request") return ignore("on-request", `${refTitle(ref)} is deployed here when somebody asks for it`);
  if (change === "deleted") return ignore("deleted-ref", `${refTitle(ref)} was deleted, what serves stays`);
  return { kind: "look", rule, ref, words: `${place}: ${refTitle(ref)} was ${change}` };
}
