/** Pages over a real store in memory: people who can sign in, and deployments that wait for them. */
import fastify from "fastify";
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from "fastify";

import { admit } from "../../src/api/admission.ts";
import type { ApiContext } from "../../src/api/context.ts";
import { officeOf } from "../../src/api/pages/office.ts";
import type { PagesContext } from "../../src/api/pages/pages-context.ts";
import { pages } from "../../src/api/pages/pages.ts";
import type { ApprovalEvent, ApprovalPolicy, Subject } from "../../src/core/approval.ts";
import { foldApproval } from "../../src/core/approval-fold.ts";
import { requestApproval } from "../../src/core/approval-request.ts";
import type { DeploymentEvent } from "../../src/core/deployment.ts";
import { planDigest, planPrepare, planRollout } from "../../src/core/plan.ts";
import type { RiskLine } from "../../src/core/risk.ts";
import type { Target } from "../../src/core/service.ts";
import { todayIn } from "../../src/deployments/approvals/today.ts";
import { hashPassword } from "../../src/deployments/sign-in/password-hash.ts";
import { beginSession, formTokenOf } from "../../src/deployments/sign-in/sessions.ts";
import type { World } from "../../src/deployments/world.ts";
import type { KeptApproval } from "../../src/ports/approvals.ts";
import type { Commit } from "../../src/ports/git.ts";
import type { Person } from "../../src/ports/people.ts";
import { append } from "../../src/ports/store.samples.ts";
import { aPolicy } from "./approvals.ts";
import { testEngine } from "./engine.ts";
import { cheapCost, goodPassword } from "./sign-in.ts";
import { aRelease, aTarget, factsOf } from "./targets.ts";

export interface TestPages {
  readonly app: FastifyInstance;
  readonly world: World;
  /** What the next requests are told. */
  risk: readonly RiskLine[];
  commits: readonly Commit[];
  /** Somebody with a password, signed in: their cookie and form token. */
  person(login: string, set?: Partial<Person>): Promise<Visitor>;
  ask(differences?: Asking): Promise<Asked>;
  /** Changes the plan of a request after somebody has looked at it. */
  move(asked: Asked): Promise<void>;
  read(asked: Asked): Promise<KeptApproval>;
  close(): Promise<void>;
}

export interface Visitor {
  readonly login: string;
  readonly cookie: string;
  readonly formToken: string;
}

export interface Asking {
  readonly asked?: readonly string[];
  readonly by?: string;
  readonly reason?: string;
  readonly policy?: Partial<ApprovalPolicy>;
  readonly target?: Partial<Target>;
  readonly ago?: number;
}

export interface Asked {
  readonly approval: string;
  readonly deployment: string;
  readonly digest: string;
}

const revision = "4f2b8c1d9e0a7b6c5d4e3f2a1b0c9d8e7f6a5b4c";

export async function testPages(more: Partial<PagesContext> = {}): Promise<TestPages> {
  const told: { risk: readonly RiskLine[]; commits: readonly Commit[] } = { risk: [], commits: [] };
  const engine = await testEngine(() => ({
    passwordCost: cheapCost,
    git: { between: async () => told.commits } as unknown as World["git"],
  }));
  const { world } = engine;
  const context: PagesContext = {
    world,
    office: { ...officeOf(world), riskOf: async () => told.risk },
    server: () => undefined,
    ...more,
  };
  const app = fastify({ routerOptions: { maxParamLength: 200 } });
  admit(app, { world } as ApiContext, undefined);
  await app.register(pages(context));
  await app.ready();
  let count = 0;
  return {
    app,
    world,
    get risk() {
      return told.risk;
    },
    set risk(risk) {
      told.risk = risk;
    },
    get commits() {
      return told.commits;
    },
    set commits(commits) {
      told.commits = commits;
    },
    person: async (login, set = {}) => enrol(login, set, world),
    ask: async (differences = {}) => {
      count += 1;
      return ask(count, differences, world);
    },
    move: async ({ approval }) => {
      const kept = (await world.store.approvals.find(approval))!;
      const { subject } = foldApproval(approval, kept.events);
      await write(kept, [{ kind: "moved", subject: { ...subject, digest: "f".repeat(64) } }], world);
    },
    read: async ({ approval }) => (await world.store.approvals.find(approval))!,
    close: async () => {
      await app.close();
      await engine.close();
    },
  };
}

async function enrol(login: string, set: Partial<Person>, world: World): Promise<Visitor> {
  const { store, clock } = world;
  const hash = await hashPassword(goodPassword, cheapCost);
  await store.people.write([{ login, set: { name: login, ...set } }], [], clock.now());
  const audit = { actor: login, action: "set-password", object: `person ${login}`, detail: {} };
  await store.signIns.setPassword({ credential: { login, hash, changedAt: clock.now() } }, audit);
  const token = await beginSession(login, { how: "password", from: "127.0.0.1" }, world);
  return { login, cookie: `signalbox=${token}`, formToken: formTokenOf(token) };
}

async function ask(count: number, asking: Asking, world: World): Promise<Asked> {
  const { asked = ["kim"], by = "dev", reason, policy = {}, target: change = {}, ago = 0 } = asking;
  const at = world.clock.now() - ago;
  const target = aTarget({ source: { git: "https://git.example.com/shop/orders.git" } as never, ...change });
  const { service, environment } = target;
  const deployment = `01j0000000000000000000${String(count).padStart(4, "0")}`;
  const approval = `01k0000000000000000000${String(count).padStart(4, "0")}`;
  const release = { ...aRelease(42), revision };
  const prepare = planPrepare(target, { kind: "revision", ref: "main" });
  const facts = Object.fromEntries(target.hosts.map((host) => [host, factsOf("41-bbbbbbbbbbbb")]));
  const plan = planRollout(prepare, release, { facts });
  const digest = planDigest(plan);
  const request = { kind: "deploy", service, environment, by, ...(reason === undefined ? {} : { reason }) } as const;
  const events: DeploymentEvent[] = [
    { kind: "requested", request, prepare },
    { kind: "rollout-planned", release, plan, digest },
    { kind: "approval-asked", approval, digest },
  ];
  const subject: Subject = { deployment, digest, revision, requestedBy: by, writtenBy: [] };
  const today = await todayIn(environment, world);
  const answer = requestApproval(subject, aPolicy(policy), today, at);
  if (answer.refusal !== undefined) throw new Error(answer.refusal.message);
  const first: ApprovalEvent[] = [...answer.events, { kind: "asked", people: asked.map((login) => ({ login })) }];
  const after = foldApproval(
    approval,
    first.map((event) => ({ at, event })),
  );
  const before = { ...aRelease(41, "b"), revision: "a".repeat(40) };
  await world.store.commit({
    at,
    journals: [append({ id: deployment }, at, events)],
    releases: count > 1 ? [] : [{ service, environment, release: before, deployment: "before", verdict: "good" }],
    approvals: [{ approval, service, environment, expected: 0, events: first, after, dueAt: null }],
  });
  return { approval, deployment, digest };
}

async function write(kept: KeptApproval, events: readonly ApprovalEvent[], { store, clock }: World): Promise<void> {
  const { id, service, environment } = kept;
  const at = clock.now();
  const after = foldApproval(id, [...kept.events, ...events.map((event) => ({ at, event }))]);
  const change = { approval: id, service, environment, expected: kept.events.length, events, after, dueAt: null };
  await store.commit({ at, approvals: [change] });
}

/** As a browser asks: for a form with its origin. */
export async function visit(
  { app }: Pick<TestPages, "app">,
  url: string,
  visitor?: Visitor,
  fields?: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<LightMyRequestResponse> {
  const cookie = visitor === undefined ? {} : { cookie: visitor.cookie };
  if (fields === undefined) return app.inject({ url, headers: { ...cookie, ...headers } });
  const form = visitor === undefined ? {} : { form: visitor.formToken };
  const asked: InjectOptions = {
    method: "POST",
    url,
    headers: {
      host: "localhost",
      origin: "http://localhost",
      "content-type": "application/x-www-form-urlencoded",
      ...cookie,
      ...headers,
    },
    payload: new URLSearchParams({ ...form, ...fields }).toString(),
  };
  return app.inject(asked);
}
