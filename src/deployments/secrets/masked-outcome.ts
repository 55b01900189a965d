/** What a host said when a step failed goes into the journal, and from there everywhere: without the values of secrets. */
import type { Outcome } from "../../core/outcome.ts";
import type { Masks } from "../../ports/masks.ts";

export function maskedOutcome(outcome: Outcome, { text }: Pick<Masks, "text">): Outcome {
  if (outcome.kind === "done") return outcome.note === undefined ? outcome : { ...outcome, note: text(outcome.note) };
  const message = text(outcome.message);
  if (!("evidence" in outcome) || outcome.evidence === undefined) return { ...outcome, message };
  const { reason, journal } = outcome.evidence;
  // As one text: a secret may have been printed over several lines.
  return { ...outcome, message, evidence: { reason, journal: text(journal.join("\n")).split("\n") } };
}
