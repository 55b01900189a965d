/** A step on one host, with hosts that answer what a test says and a clock that passes only while somebody sleeps. */
import type { Deployment } from "../../src/core/deployment.ts";
import type { TargetPlan } from "../../src/core/plan.ts";
import type { Target } from "../../src/core/service.ts";
import type { Command, CommandResult } from "../../src/ports/hosts.ts";
import type { StepContext } from "../../src/steps/step.ts";
import { FakeTraffic } from "./fake-traffic.ts";
import { aTarget } from "./targets.ts";

export interface StepWorld {
  readonly context: StepContext;
  readonly traffic: FakeTraffic;
  readonly target: Target;
  /** What was asked of which host, in order. */
  readonly commands: { readonly host: string; readonly argv: readonly string[] }[];
  /** Ends the step as a deployment does that is aborted. */
  callOff(): void;
  readonly clock: { now(): number; sleep(milliseconds: number, signal?: AbortSignal): Promise<void> };
}

export interface StepOptions {
  readonly target?: Partial<Target>;
  readonly proxies?: readonly string[];
  readonly host?: string;
  readonly plan?: Partial<TargetPlan> & { readonly previousSmoke?: Target["smoke"] };
  readonly isWayBack?: boolean;
  /** Hosts that the rollout goes on without. */
  readonly leftBehind?: readonly string[];
  readonly answer?: (host: string, command: Command) => Partial<CommandResult> | undefined;
}

/** HAProxy in front of the usual target. */
export const haproxy: Target["traffic"] = {
  kind: "haproxy",
  proxies: ["lb-1"],
  name: "orders",
  bind: 8000,
  drain: { graceSeconds: 5, deadlineSeconds: 60, longLived: "wait" },
};

export function aStep({
  target: differences = {},
  proxies = ["lb-1"],
  host = "web-1",
  plan = {},
  isWayBack = false,
  leftBehind = [],
  answer = () => undefined,
}: StepOptions = {}): StepWorld {
  const target = aTarget({ traffic: haproxy, ...differences });
  const traffic = new FakeTraffic(target, proxies);
  const commands: StepWorld["commands"] = [];
  const stop = new AbortController();
  let now = 1_000_000;
  const clock = {
    now: () => now,
    sleep: async (milliseconds: number, signal?: AbortSignal) => {
      if (signal?.aborted !== true) now += milliseconds;
    },
  };
  const hosts = {
    run: async (name: string, command: Command): Promise<CommandResult> => {
      commands.push({ host: name, argv: command.argv });
      const said = { code: 0, stdout: "", stderr: "", truncated: false, ...answer(name, command) };
      command.onOutput?.(said.stdout, "stdout");
      return said;
    },
  };
  const rollout = { targets: [{ target, before: {}, goal: {}, ...plan }], steps: [] };
  const context = {
    deployment: {
      id: "d",
      request: { kind: "deploy" },
      leftBehind,
      facts: {},
      rollout,
      ...(isWayBack ? { rollBack: rollout } : {}),
    } as unknown as Deployment,
    target,
    goal: plan.goal?.[host],
    key: "inst-d-r1-1",
    installation: "inst",
    host,
    known: [],
    epoch: 1,
    ports: { hosts, clock, traffic },
    log: () => {},
    signal: stop.signal,
    isCalledOff: () => stop.signal.aborted,
  } as unknown as StepContext;
  return { context, traffic, target, commands, clock, callOff: () => stop.abort() };
}
