/** Asks the proxies of a service what they do now, before anything is planned for them. */
import type { Target } from "../core/service.ts";
import type { TrafficFacts, TrafficState } from "../core/traffic.ts";
import { membersOf } from "../core/members.ts";
import { memberName } from "../core/traffic.ts";
import { outcomeOf } from "./ask.ts";
import { inRotation, proxyTitle } from "./members.ts";
import type { StepContext, StepDefinition } from "./step.ts";

export const inspectTraffic: StepDefinition<"inspect-traffic"> = {
  kind: "inspect-traffic",
  title: () => "look at the traffic",

  async perform(_step, context) {
    const { target } = context;
    try {
      const states = await settled(context);
      const fault = disagreementOf(target, states) ?? strangersOf(target, states);
      if (fault !== undefined) return { kind: "failed", message: fault };
      return { kind: "done", changed: false, result: { kind: "traffic", traffic: factsFrom(target, states) } };
    } catch (error) {
      return outcomeOf(error, false);
    }
  },
};

const settledWithinMilliseconds = 5_000;
const lookMilliseconds = 500;

/** Another deployment of the service may be changing one proxy after the other just now. */
async function settled({ ports, target, signal }: StepContext): Promise<readonly TrafficState[]> {
  const until = ports.clock.now() + settledWithinMilliseconds;
  for (;;) {
    const states = await ports.traffic.states(target, signal);
    if (disagreementOf(target, states) === undefined || ports.clock.now() >= until || signal.aborted) return states;
    await ports.clock.sleep(lookMilliseconds, signal);
  }
}

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

/**
 * Hosts came or went in the configuration, and root has not told the proxy: it would send users to an old release for
 * ever, or could not send them to a new one.
 */
function strangersOf(target: Target, states: readonly TrafficState[]): string | undefined {
  const { traffic, hosts, others = [] } = target;
  if (traffic.kind !== "haproxy" && traffic.kind !== "nginx") return undefined;
  const wanted = new Set(membersOf({ ...target, hosts: [...hosts, ...others] }).map(memberName));
  for (const state of states) {
    const missing = [...wanted].filter((name) => state.members[name] === undefined);
    const surplus = inRotation(state).filter((name) => !wanted.has(name));
    const wrong = [
      ...missing.map((name) => `does not know ${name}`),
      ...surplus.map((name) => `has ${name} in rotation, which the configuration does not name`),
    ];
    if (wrong.length === 0) continue;
    return `${proxyTitle(state)} ${wrong.join(" and ")}. Nothing was changed. Next: signalbox traffic install ${state.proxy}`;
  }
  return undefined;
}

function inWords(state: TrafficState): string {
  const rotation = inRotation(state).toSorted();
  return `${state.active} is active, ${state.share / 100} % to the other side, in rotation ${rotation.join(", ") || "nothing"}`;
}
