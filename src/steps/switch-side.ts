/** All traffic goes to one side, on all proxies at once; the other side's share ends with it. */
import { outcomeOf } from "./ask.ts";
import { bring, isWayBack, look, notNow, proxyTitle, readBack, withoutLeftBehind } from "./members.ts";
import { notEverywhere } from "./set-share.ts";
import { whyNotUp } from "./sides-up.ts";
import type { StepDefinition } from "./step.ts";

export const switchSide: StepDefinition<"switch-side"> = {
  kind: "switch-side",
  title: ({ to }) => `switch to ${to}`,

  async perform({ to }, context) {
    try {
      const before = await look(context);
      const isThere = before !== undefined && before.every(({ active, share }) => active === to && share === 0);
      if (isThere && before.length > 0) return { kind: "done", changed: false, note: `${to} was active already` };
      const fault = before === undefined ? undefined : whyNotUp(before, to, context);
      if (fault !== undefined) return notNow(context, `the traffic stays where it is: ${fault}`);

      const missed = await bring(context, { active: to, share: 0, ...withoutLeftBehind(context, to) });
      if (missed.length > 0) return notEverywhere(missed, `switch to ${to}`);
      const wrong = (await readBack(context))?.find(({ active, share }) => active !== to || share !== 0);
      if (wrong !== undefined)
        return { kind: "unknown", message: `${proxyTitle(wrong)} still has ${wrong.active} as its active side` };
      const back = isWayBack(context) ? "all traffic is back on" : "all traffic goes to";
      return { kind: "done", changed: true, note: `${back} ${to}` };
    } catch (error) {
      return outcomeOf(error, true);
    }
  },
};
