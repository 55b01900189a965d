/**
 * A copy that is about to be stopped is out of rotation, now and not only when it was drained.
 *
 * A proxy brings a copy back by itself when nobody came for it in time: a server that was dead for long finds users
 * on a host that its journal calls drained.
 */
import { membersOf } from "../core/members.ts";
import type { Outcome } from "../core/outcome.ts";
import { memberName } from "../core/traffic.ts";
import { outcomeOf } from "./ask.ts";
import { drain } from "./drain.ts";
import { look } from "./members.ts";
import type { SlotPlace } from "./slot-place.ts";
import type { StepContext } from "./step.ts";

/**
 * @param isForGood nothing is started in its place, so it is not to come back
 * @returns why the copy must not be stopped now, if so; then nothing was done to it
 */
export async function takenOut(
  { slot }: SlotPlace,
  context: StepContext,
  isForGood = false,
): Promise<Outcome | undefined> {
  const { target, host } = context;
  // Only a proxy of ours brings copies back by itself. Where the copy's own answer is what counts, one that is being
  // started must not be told to refuse.
  const { kind } = target.traffic;
  if (target.strategy.kind === "recreate" || (kind !== "haproxy" && kind !== "nginx")) return undefined;
  try {
    const states = (await look(context)) ?? [];
    for (const member of membersOf(target).filter((one) => one.host === host && one.slot === slot)) {
      const name = memberName(member);
      const isBack = states.some(({ members }) => (members[name]?.rotation ?? "out") !== "out");
      if (!isBack) continue;
      context.log(`${host} is in rotation again; it is taken out once more\n`);
      const again = {
        kind: "drain",
        hosts: [host],
        side: member.side,
        ...(isForGood ? { replaced: true as const } : {}),
      } as const;
      const outcome = await drain.perform(again, context);
      if (outcome.kind !== "done") return notBegun(outcome);
    }
    return undefined;
  } catch (error) {
    return notBegun(outcomeOf(error, false));
  }
}

/** Whatever became of the rotation, the copy was not touched by this try; an earlier one may have, which the journal knows. */
function notBegun(outcome: Outcome): Outcome {
  if (outcome.kind === "done" || outcome.kind === "unreachable") return outcome;
  return { kind: "unreachable", message: outcome.message, permanent: false };
}
