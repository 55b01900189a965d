/** Gives the side that is not active a share of the traffic, the same on every proxy. */
import type { Outcome } from "../core/outcome.ts";
import { outcomeOf } from "./ask.ts";
import { bring, look, notNow, proxyTitle, readBack, withoutLeftBehind } from "./members.ts";
import { whyNotUp } from "./sides-up.ts";
import type { StepDefinition } from "./step.ts";

export const setShare: StepDefinition<"set-share"> = {
  kind: "set-share",
  title: ({ share, side }) => `send ${share / 100} % to ${side}`,

  async perform({ side, share }, context) {
    try {
      const before = await look(context);
      const active = before?.find((state) => state.active === side);
      if (active !== undefined)
        return notNow(context, `${side} is the active side on ${proxyTitle(active)}, so it has no share`);
      const fault = share > 0 && before !== undefined ? whyNotUp(before, side, context) : undefined;
      if (fault !== undefined) return notNow(context, `${side} gets no requests yet: ${fault}`);

      const missed = await bring(context, { share, ...withoutLeftBehind(context, side) });
      if (missed.length > 0) return notEverywhere(missed, `send ${share / 100} % to ${side}`);
      const wrong = (await readBack(context))?.find((state) => state.share !== share);
      if (wrong !== undefined)
        return {
          kind: "unknown",
          message: `${proxyTitle(wrong)} sends ${wrong.share / 100} % instead of ${share / 100} %`,
        };
      const changed = before === undefined || before.some((state) => state.share !== share);
      return { kind: "done", changed, note: `${share / 100} % goes to ${side}` };
    } catch (error) {
      return outcomeOf(error, true);
    }
  },
};

/** A proxy that was missed may still send users where they should not go, so it is asked until it answers. */
export function notEverywhere(missed: readonly string[], wanted: string): Outcome {
  return {
    kind: "unknown",
    message: `${missed.join(", ")} could not be told to ${wanted}; the other proxies do. It may go on as before there`,
  };
}
