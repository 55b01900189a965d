/** What a screen says about the traffic: the share, the requests, and the verdict so far. */
import type { Judgement } from "../../core/analysis/analysis.ts";
import type { Deployment } from "../../core/deployment.ts";
import { nextMove } from "../../core/next-move.ts";
import { WHOLE } from "../../core/traffic.ts";
import { currentWait, judgementSoFar, waitsForAPerson } from "../../core/waits.ts";
import { safeFirstLine } from "../safe-text.ts";
import type { Style } from "../style.ts";
import type { Line } from "./line.ts";
import { marked } from "./line.ts";
import { candidate, planOf, shareWords } from "./step-words.ts";
import type { TrafficSeen } from "./traffic.ts";
import { isFailing, observedWords, totalWords, verdictLook } from "./traffic.ts";

export function trafficLines(
  deployment: Deployment,
  seen: TrafficSeen,
  { title, now }: { readonly title: string; readonly now: number },
  style: Style,
): readonly Line[] {
  const judgement = judgementSoFar(deployment) ?? [...deployment.concluded.values()].at(-1);
  return [
    ...requestLine(deployment, seen),
    ...(judgement === undefined ? [] : [judgementLine(judgement, style)]),
    ...waitLine(deployment, title, now),
  ];
}

/** What it waits for, where that is more than that time passes, and what a person can do about it. */
function waitLine(deployment: Deployment, title: string, now: number): readonly Line[] {
  if (deployment.paused !== undefined || deployment.epoch === undefined) return [];
  const isHeld = waitsForAPerson(deployment, now);
  if (currentWait(deployment) !== undefined && !isHeld) return [];
  const move = nextMove(deployment, now);
  if (move.kind !== "wait") return [];
  const next = isHeld
    ? `signalbox promote ${title}, or signalbox abort ${title}`
    : move.for.startsWith("the capacity guard")
      ? `wait, or signalbox override ${title} --reason TEXT`
      : undefined;
  return [
    [{ text: `  waits for ${safeFirstLine(move.for)}`, look: "warn" }],
    ...(next === undefined ? [] : [[{ text: `  Next: ${next}`, look: "warn" as const }]]),
  ];
}

function requestLine(deployment: Deployment, { totals, last }: TrafficSeen): readonly Line[] {
  const isOver = deployment.finished !== undefined;
  const words = totalWords(totals);
  const share = shareNow(deployment);
  const parts = [
    ...(share === undefined || isOver ? [] : [`${shareWords(share)} on ${candidate(deployment)}`]),
    ...(last === undefined || isOver ? [] : [`now ${observedWords(last)}`]),
    ...(words === undefined ? [] : [isOver ? words : `in all ${words}`]),
  ];
  if (parts.length === 0) return [];
  const isBad = last !== undefined && !isOver && isFailing(last);
  return [[{ text: `  ${parts.join("; ")}`, look: isBad ? "bad" : "quiet" }]];
}

function judgementLine({ verdict, sentence }: Judgement, style: Style): Line {
  const name = { pass: "good", fail: "bad", inconclusive: "unknown" } as const;
  return [marked(name[verdict], verdictLook(verdict), style), ` ${verdict}: ${safeFirstLine(sentence)}`];
}

/** The share of the candidate that the proxies took last; nothing where the plan has no shares. */
export function shareNow(deployment: Deployment): number | undefined {
  const sides = deployment.rollout?.targets[0].sides;
  let share: number | undefined;
  for (const track of ["rollout", "roll-back"] as const) {
    for (const [index, step] of (planOf(deployment, track)?.steps ?? []).entries()) {
      if (step.kind !== "set-share" && step.kind !== "switch-side") continue;
      share ??= 0;
      if (deployment.progress[track].get(index)?.get(step.hosts[0])?.outcome?.kind !== "done") continue;
      const isCandidate = sides?.candidate === (step.kind === "set-share" ? step.side : step.to);
      const given = step.kind === "set-share" ? step.share : WHOLE;
      share = isCandidate ? given : WHOLE - given;
    }
  }
  return deployment.epoch === undefined ? undefined : share;
}
