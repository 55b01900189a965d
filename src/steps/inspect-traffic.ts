/** Asks the proxies of a service what they do now, before anything is planned for them. */
import type { Target } from "../core/service.ts";
import type { TrafficFacts, TrafficState } from "../core/traffic.ts";
import { membersOf } from "../core/members.ts";
import { memberName } from "../core/traffic.ts";
import { outcomeOf } from "./ask.ts";
import { inRotation, proxyTitle } from "./members.ts";
import type { StepDefinition } from "./step.ts";

export const inspectTraffic: StepDefinition<"inspect-traffic"> = {
  kind: "inspect-traffic",
  title: () => "look at the traffic",

  async perform(_step, { ports, target, signal }) {
    try {
      const states = await ports.traffic.states(target, signal);
      const disagreement = disagreementOf(target, states);
      if (disagreement !== undefined) return { kind: "failed", message: disagreement };
      return { kind: "done", changed: false, result: { kind: "traffic", traffic: factsFrom(target, states) } };
    } catch (error) {
      return outcomeOf(error, false);
    }
  },
};

/** Where nobody tells, all copies of the first side serve. */
function factsFrom(target: Target, [state]: readonly TrafficState[]): TrafficFacts {
  if (state !== undefined) return { active: state.active, share: state.share, inRotation: inRotation(state) };
  const members = membersOf(target).filter(({ side }) => side === "blue");
  return { active: "blue", share: 0, inRotation: members.map(memberName) };
}

/** A share that a deployment left behind is the same on all of them: the next one begins by taking it back. */
function disagreementOf({ service }: Target, states: readonly TrafficState[]): string | undefined {
  const said = states.map((state) => ({ state, words: inWords(state) }));
  if (new Set(said.map(({ words }) => words)).size <= 1) return undefined;
  const told = said.map(({ state, words }) => `${proxyTitle(state)}: ${words}`).join("; ");
  return (
    `the proxies of ${service} do not agree (${told}). Nothing was changed. ` +
    `Next: signalbox doctor, which names the one that is wrong and says how it is put right`
  );
}

function inWords(state: TrafficState): string {
  const rotation = inRotation(state).toSorted();
  return `${state.active} is active, ${state.share / 100} % to the other side, in rotation ${rotation.join(", ") || "nothing"}`;
}
