/** Who has to approve what is deployed to an environment, until when, and what happens when nobody does. */
import { z } from "zod";

import type { ApprovalPolicy } from "../core/approval.ts";
import { ruleOf } from "../core/approval-request.ts";
import type { Rule } from "../core/approval-rule.ts";
import { readRule, type KnownNames, type ReadRule } from "../core/approval-rule-text.ts";
import type { Finding, PathStep } from "./problems.ts";
import { about, duration, optional, textUpTo } from "./values.ts";

const approver = z.string().regex(/^[a-z0-9][a-z0-9._@+-]{0,126}$/i, "must be the name a person logs in with");

const ruleText = textUpTo(1000);

const escalationSchema = z.strictObject({
  after: about(duration({ min: "1s", max: "14d" }), "So long after the request.", { examples: ["2h"] }),
  to: optional(
    ruleText,
    "A rule that is enough too from then on. Without it, the next people in the rotation are asked beside the first ones.",
    { examples: ["one of heads"] },
  ),
});

const mayNotApproveSchema = z.strictObject({
  requester: optional(z.boolean(), "Who asked for the deployment.", { default: true }),
  pusher: optional(
    z.boolean(),
    "Who pushed what is in it: whose push began it, and whose pushes came there since what serves was asked for.",
    { default: true },
  ),
  authors: optional(
    z.boolean(),
    "Who wrote a commit that is in it and does not serve yet. The risk line names commits of which nobody knows who wrote them.",
    { default: false },
  ),
});

export const approvalSchema = z
  .strictObject({
    approvers: optional(
      z.array(approver).min(1, "must name an approver").max(100, "must have at most 100 approvers"),
      "Who may approve. Either this or `rule`.",
      { examples: [["kim", "lee"]] },
    ),
    quorum: optional(z.int().min(1, "must be at least 1"), "How many of the `approvers` it takes.", { default: 1 }),
    rule: optional(
      ruleText,
      "Who has to approve, in words: people by their names, `2 of (kim, lee, park)`, `one of` a group; with `and`, `or` and parentheses.",
      { examples: ["one of leads and one of dba"] },
    ),
    within: optional(duration({ min: "10s", max: "14d" }), "A request that is not approved in this time expires.", {
      default: "4h",
    }),
    remind: optional(
      z.array(duration({ min: "1s", max: "14d" })).max(20, "must have at most 20 reminders"),
      "So long after the request, whoever has not answered is reminded. Default: once, when half of `within` is over.",
      { examples: [["1h", "3h"]] },
    ),
    escalate: optional(
      z.array(escalationSchema).max(10, "must have at most 10 steps"),
      "What happens while nobody answers.",
      { examples: [[{ after: "2h", to: "one of heads" }]] },
    ),
    mayNotApprove: optional(
      mayNotApproveSchema,
      "Which approvers may not approve because of their part in the change.",
    ),
    review: optional(
      duration({ min: "1h", max: "30d" }),
      "When somebody broke the glass, the approvers are reminded so often to look at it afterwards.",
      { default: "1d" },
    ),
  })
  .refine(({ approvers, rule }) => (approvers === undefined) !== (rule === undefined), {
    message: "must have either approvers or a rule",
  });

export type ApprovalSettings = z.output<typeof approvalSchema>;

/** People are kept by the server, not by the file; a name after `2 of` is a group's, every other one a person's. */
function namesByTheirPlace(text: string): KnownNames {
  const words = [...text.matchAll(/[(),]|[^\s(),]+/g)].map(([word]) => word);
  const groups = new Set(words.filter((word, index) => words[index - 1] === "of" && word !== "("));
  const isWord = (word: string): boolean => !/^[(),]$/.test(word) && !groups.has(word);
  return { people: new Set(words.filter(isWord)), groups };
}

export function readRuleOfFile(text: string): ReadRule {
  return readRule(text, namesByTheirPlace(text));
}

export interface ApprovalDefaults {
  readonly quorum: number;
  readonly approvalSeconds: number;
  readonly reviewSeconds: number;
  readonly mayNotApprove: { readonly requester: boolean; readonly pusher: boolean; readonly authors: boolean };
}

/** Of a file in which nothing was found to be wrong. */
export function approvalPolicyOf(settings: ApprovalSettings, defaults: ApprovalDefaults): ApprovalPolicy {
  const { approvers = [], quorum = defaults.quorum, rule, mayNotApprove, escalate = [] } = settings;
  const withinSeconds = settings.within ?? defaults.approvalSeconds;
  return {
    rule: rule === undefined ? ruleOf({ approvers, quorum }) : ruleIn(rule),
    mayNotApprove: { ...defaults.mayNotApprove, ...mayNotApprove },
    withinSeconds,
    remindAfterSeconds: settings.remind ?? [Math.floor(withinSeconds / 2)],
    escalations: escalate.map(({ after, to }) => ({
      afterSeconds: after,
      ...(to === undefined ? {} : { rule: ruleIn(to) }),
    })),
    reviewWithinSeconds: settings.review ?? defaults.reviewSeconds,
  };
}

function ruleIn(text: string): Rule {
  const read = readRuleOfFile(text);
  if (read.kind === "problem") throw new Error(read.message);
  return read.rule;
}

/** What a schema can't see: rules that can't be read or met, and times behind the end. */
export function approvalFindings(settings: Partial<ApprovalSettings>, path: readonly PathStep[]): readonly Finding[] {
  const { approvers, quorum, rule, escalate = [], remind = [], within } = settings;
  return [
    ...(approvers === undefined ? [] : approverFindings(approvers, quorum ?? 1, path)),
    ...(rule === undefined ? [] : ruleFindings(rule, [...path, "rule"])),
    ...(rule === undefined || quorum === undefined ? [] : [quorumBesideRule(path)]),
    ...escalate.flatMap(({ to, after }, index) => [
      ...(to === undefined ? [] : ruleFindings(to, [...path, "escalate", index, "to"])),
      ...tooLate(after, within, [...path, "escalate", index, "after"]),
    ]),
    ...remind.flatMap((after, index) => tooLate(after, within, [...path, "remind", index])),
  ];
}

function approverFindings(approvers: readonly string[], quorum: number, path: readonly PathStep[]): readonly Finding[] {
  const different = new Set(approvers).size;
  const findings: Finding[] = approvers.flatMap((approver, index) => {
    if (approvers.indexOf(approver) === index) return [];
    return [
      { code: "SB-CONFIG-DUPLICATE", path: [...path, "approvers", index], message: `${approver} is named twice.` },
    ];
  });
  if (quorum <= different) return findings;
  const named = different === 1 ? "1 approver is named" : `${different} approvers are named`;
  const message = `${[...path, "quorum"].join(".")} is ${quorum}, but only ${named}.`;
  return [
    ...findings,
    { code: "SB-CONFIG-QUORUM", path: [...path, "quorum"], message, hint: "Add an approver or lower the quorum." },
  ];
}

function ruleFindings(text: string, path: readonly PathStep[]): readonly Finding[] {
  const read = readRuleOfFile(text);
  if (read.kind === "rule") return [];
  const message = `${path.join(".")} can't be read at character ${read.column}: ${read.message}.`;
  return [{ code: "SB-CONFIG-RULE", path, message, hint: 'Such as "one of leads and one of dba".' }];
}

function quorumBesideRule(path: readonly PathStep[]): Finding {
  const message = `${[...path, "quorum"].join(".")} says nothing beside a rule, which has its own numbers.`;
  return {
    code: "SB-CONFIG-RULE",
    path: [...path, "quorum"],
    message,
    hint: 'Write the number into the rule: "2 of leads".',
  };
}

function tooLate(seconds: number, within: number | undefined, path: readonly PathStep[]): readonly Finding[] {
  if (within === undefined || seconds < within) return [];
  const message = `${path.join(".")} is not before the request has expired.`;
  return [{ code: "SB-CONFIG-RULE", path, message, hint: "Make it shorter than within, or within longer." }];
}
