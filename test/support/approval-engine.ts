/** The engine with people in it: deployments that ask, wait, and go on when somebody decides. */
import type { Approval, ApprovalPolicy } from "../../src/core/approval.ts";
import { findApproval, type PlacedApproval } from "../../src/deployments/approvals/find.ts";
import { decideApproval, type PersonDecision } from "../../src/deployments/approvals/decide.ts";
import type { Deployment, Request, State } from "../../src/core/deployment.ts";
import { finalStates } from "../../src/core/deployment.ts";
import { request } from "../../src/deployments/request.ts";
import { work } from "../../src/deployments/work.ts";
import type { World } from "../../src/deployments/world.ts";
import type { Message } from "../../src/core/message.ts";
import type { Person } from "../../src/ports/people.ts";
import { aPolicy } from "./approvals.ts";
import { testEngine, type TestEngine } from "./engine.ts";
import { eventually } from "./eventually.ts";
import { aRelease, aTarget } from "./targets.ts";

/** A clock that can be set; only what asks for the time notices. */
export interface TestClock {
  readonly now: () => number;
  forward(milliseconds: number): void;
}

export interface ApprovalEngine extends Omit<TestEngine, "begin"> {
  readonly clock: TestClock;
  begin(): void;
  /** Asks for what serves to be deployed once more, with a plan of its own for each `variant`. */
  deploy(differences?: Partial<Request>, policy?: Partial<ApprovalPolicy> | null, variant?: string): Promise<string>;
  inState(id: string, state: State): Promise<Deployment>;
  approvalOf(ref: string): Promise<PlacedApproval>;
  /** Decides about the plan that is asked about now. */
  decide(ref: string, kind: "approve" | "reject" | "break-glass", by: string): Promise<Approval>;
  decideAs(ref: string, decision: PersonDecision, by: string): Promise<Approval>;
  setPerson(login: string, set: Partial<Person>): Promise<void>;
  told(kind?: Message["kind"]): Promise<readonly string[]>;
}

const production = (...rights: readonly Person["grants"][number]["right"][]): Partial<Person> => ({
  grants: rights.map((right) => ({ right, environment: "production" })),
});

export const staff: Readonly<Record<string, Partial<Person>>> = {
  kim: { ...production("approve"), groups: ["leads"] },
  lee: { ...production("approve"), groups: ["leads"] },
  moon: { ...production("approve"), groups: ["heads"] },
  dev: production("deploy"),
  root: production("break-glass"),
};

export async function approvalEngine(change: (world: World) => Partial<World> = () => ({})): Promise<ApprovalEngine> {
  let ahead = 0;
  const engine = await testEngine((usual) => {
    const clock = { ...usual.clock, sleep: usual.clock.sleep.bind(usual.clock), now: () => usual.clock.now() + ahead };
    return { clock, ...change({ ...usual, clock }) };
  });
  const { world } = engine;
  const setPerson = async (login: string, set: Partial<Person>): Promise<void> =>
    world.store.people.write([{ login, set: { name: login, ...set } }], [], world.clock.now());
  for (const [login, set] of Object.entries(staff)) await setPerson(login, set);
  const stop = new AbortController();
  const approvalOf = async (ref: string): Promise<PlacedApproval> => findApproval(ref, world);
  const decideAs = async (ref: string, decision: PersonDecision, by: string): Promise<Approval> =>
    decideApproval(ref, decision, by, world);
  return {
    ...engine,
    clock: { now: () => world.clock.now(), forward: (milliseconds) => void (ahead += milliseconds) },
    begin: () => world.queue.work(async (key) => work(key, world, stop.signal)),
    deploy: async (differences = {}, policy = {}, variant = "") => {
      const target = aTarget({
        limits: { floor: 0, tolerate: 0, progressSeconds: 300, load: 0.75 },
        root: `/srv/orders${variant}`,
      });
      const { service, environment } = target;
      const asked: Request = { kind: "deploy", service, environment, by: "dev", ...differences };
      const origin = { kind: "restart", release: aRelease(1) } as const;
      return request(asked, target, origin, world, policy === null ? undefined : aPolicy(policy));
    },
    inState: async (id, state) =>
      eventually(async () => {
        const deployment = await engine.look(id);
        if (deployment.state === state) return deployment;
        if (finalStates.has(deployment.state))
          throw new Error(`it is ${deployment.state}: ${deployment.finished?.message}`);
        return undefined;
      }),
    approvalOf,
    decideAs,
    decide: async (ref, kind, by) => {
      const { digest } = (await approvalOf(ref)).subject;
      const decision: PersonDecision = kind === "approve" ? { kind, digest } : { kind, digest, reason: "because" };
      return decideAs(ref, decision, by);
    },
    setPerson,
    told: async (kind) => {
      const kept = await world.store.outbox.list({ limit: 1000 });
      return kept
        .filter(({ message }) => kind === undefined || message.kind === kind)
        .toReversed()
        .map(({ to, message }) => {
          const reader = to.kind === "person" ? to.login : to.kind;
          return `${reader}: ${message.kind === "approval-asked" ? message.why : message.kind}`;
        });
    },
    close: async () => {
      stop.abort();
      await engine.close();
    },
  };
}
