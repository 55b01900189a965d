import type { InjectOptions } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { RouteRule } from "../src/api/context.ts";
import { ApiProblem } from "../src/api/problems.ts";
import { addRoutes, emptyApi } from "../src/api/server.ts";
import type { Caller, Grant, Right } from "../src/core/permissions.ts";
import { rights } from "../src/core/permissions.ts";
import { fold } from "../src/core/fold.ts";
import { callerOfRow, callerOfSocket } from "../src/deployments/callers.ts";
import { testApi } from "./support/api.ts";
import type { TestApi } from "./support/api.ts";
import { sampleRequest } from "./support/route-samples.ts";
import type { OpenApi } from "./support/route-samples.ts";

/** The real routes with their real rules and schemas; whoever gets as far as a handler is told so and no more. */
let api: TestApi;
let document: OpenApi;
let known: Readonly<Record<string, string>>;
let callers: readonly Calling[];
const byToken = new Map<string, () => Promise<Caller | undefined>>();

const letIn = 418;

beforeAll(async () => {
  api = await testApi({ callerOf: async (token) => byToken.get(token)?.() }, async (context) => {
    const app = emptyApi(context);
    app.addHook("onRoute", (route) => {
      route.handler = async () => {
        throw new ApiProblem(letIn, "LET-IN", "let in");
      };
    });
    app.get("/forgotten", async () => "secret");
    app.get("/half", { config: { right: "view" } }, async () => "secret");
    const documented = await withRealHandlers(context);
    await addRoutes(app, context);
    document = documented;
    return app;
  });
  await api.app.ready();
  const { store } = api.context.world;
  const deployment = await aDeployment();
  // Names that routes take. The person lee has no rights; what belongs to lee is asked for by others and by lee.
  known = { ref: deployment, environment: "production", service: "orders", host: "web-1", login: "lee" };
  await store.people.write([{ login: "lee", set: {} }], [], 1);
  callers = await everyKindOfCaller();
});
afterAll(async () => api.close());

async function withRealHandlers(context: TestApi["context"]): Promise<OpenApi> {
  const app = emptyApi(context);
  await addRoutes(app, context);
  await app.ready();
  const { body } = await app.inject({ url: "/api/v1/openapi.json" });
  await app.close();
  return JSON.parse(body) as OpenApi;
}

/** In production, with a request for approval. */
async function aDeployment(): Promise<string> {
  const { store } = api.context.world;
  const id = "01j00000000000000000000001";
  const asked = { kind: "deploy", service: "orders", environment: "production", by: "token:ci" } as const;
  const event = { kind: "requested", request: asked } as never;
  const after = { ...fold(id, [{ sequence: 1, at: 1, event }]), id };
  await store.commit({
    at: 1,
    journals: [{ deployment: id, expected: 0, events: [event], after, dueAt: null }],
    approvals: [
      {
        approval: "01j00000000000000000000002",
        service: "orders",
        environment: "production",
        expected: 0,
        events: [],
        after: { id: "01j00000000000000000000002", requestedAt: 1, subject: { deployment: id } } as never,
        dueAt: null,
      },
    ],
  });
  return id;
}

interface Calling {
  readonly title: string;
  /** Missing: without any token. */
  readonly token?: string;
  readonly isSomebody: boolean;
  readonly isPerson: boolean;
  readonly login?: string;
  readonly grants: readonly Grant[];
}

type Place = "here" | "elsewhere" | "everywhere";
const places = { here: "production", elsewhere: "dev", everywhere: null } as const satisfies Record<
  Place,
  string | null
>;

async function everyKindOfCaller(): Promise<Calling[]> {
  const { world } = api.context;
  const all: Calling[] = [{ title: "nobody", isSomebody: false, isPerson: false, grants: [] }];
  const add = (
    title: string,
    caller: () => Promise<Caller | undefined>,
    isSomebody: boolean,
    grants: readonly Grant[],
    login?: string,
  ) => {
    const token = `token-${all.length}`;
    byToken.set(token, caller);
    all.push({
      title,
      token,
      isSomebody,
      isPerson: login !== undefined,
      grants,
      ...(login === undefined ? {} : { login }),
    });
  };
  const person = async (login: string, grants: readonly Grant[], disabled = false): Promise<void> => {
    await world.store.people.write([{ login, set: { grants, disabled } }], [], 1);
    const own = { name: login, hash: "", login, grants, createdAt: 1, createdBy: login, expiresAt: 9e15 };
    add(login, async () => callerOfRow(own, world), !disabled, disabled ? [] : grants, login);
  };
  const machine = (title: string, grants: readonly Grant[]): void => {
    const row = { name: "ci", hash: "", login: null, grants, createdAt: 1, createdBy: "kim", expiresAt: 9e15 };
    add(title, async () => callerOfRow(row, world), true, grants);
  };
  const allOf = (environment: string | null): Grant[] => rights.map((right) => ({ right, environment }));

  for (const right of rights) {
    for (const [place, environment] of Object.entries(places)) {
      await person(`may-${right}-${place}`, [{ right, environment }]);
      machine(`machine that may ${right} ${place}`, [{ right, environment }]);
    }
    await person(`sees-and-may-${right}-elsewhere`, [
      { right: "view", environment: "production" },
      { right, environment: "dev" },
    ]);
    await person(
      `all-but-${right}`,
      allOf(null).filter((grant) => grant.right !== right),
    );
  }
  await person("lee", []);
  await person("without-rights", []);
  await person("disabled-with-all", allOf(null), true);
  const operator = await callerOfSocket("operator", world);
  add("the socket", async () => callerOfSocket("operator", world), true, operator.grants);
  return all;
}

/** What the declared table demands; written apart from the checks themselves. */
function demanded({ right, environment }: RouteRule, { isSomebody, isPerson, grants, login }: Calling): number {
  if (right === "open") return letIn;
  if (!isSomebody) return 401;
  if (right === "signed-in") return letIn;
  if (right === "person") return isPerson ? letIn : 403;
  if (right === undefined || environment === undefined) return 403;
  const holds = (wanted: Right, place: Place): boolean =>
    grants.some((grant) => grant.right === wanted && grant.environment === places[place]);
  const everywhere = holds(right, "everywhere");
  const here = everywhere || holds(right, "here");
  const anywhere = here || holds(right, "elsewhere");
  if (environment === "self") return everywhere || login === "lee" ? letIn : 403;
  if (environment === "every") return everywhere ? letIn : 403;
  if (environment === "any") return anywhere ? letIn : 403;
  if (here) return letIn;
  const seesIt = holds("view", "here") || holds("view", "everywhere");
  if (environment === "deployment" || environment === "approval") return anywhere && !seesIt ? 404 : 403;
  return 403;
}

async function statusFor(rule: RouteRule, caller: Calling): Promise<number> {
  return (await answerFor(rule, caller)).statusCode;
}

async function answerFor(rule: RouteRule, { token }: Calling, values = known) {
  const { url, payload } = sampleRequest(rule, document, values);
  const isFile = rule.url.endsWith("/artifacts");
  return api.call({
    method: rule.method as NonNullable<InjectOptions["method"]>,
    url,
    token,
    ...(payload === undefined ? {} : { payload }),
    ...(isFile ? { payload: "x", headers: { "content-type": "application/octet-stream" } } : {}),
  });
}

/** The whole answer, but for the names that were asked about. */
async function saidTo(rule: RouteRule, caller: Calling, values: typeof known): Promise<string> {
  const { statusCode, body } = await answerFor(rule, caller, values);
  return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(value, name), `${statusCode} ${body}`);
}

describe("every route for every kind of caller", () => {
  it("lets in exactly those whom its rule names", async () => {
    const wrong: string[] = [];
    for (const rule of api.app.rules) {
      for (const caller of callers) {
        const was = await statusFor(rule, caller);
        const wanted = demanded(rule, caller);
        if (was !== wanted) wrong.push(`${rule.method} ${rule.url} as ${caller.title}: ${was}, not ${wanted}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(api.app.rules.length).toBeGreaterThan(25);
    expect(callers.length).toBeGreaterThan(70);
  }, 60_000);

  it("is answered alike whether what it is about exists or not, for who may not see it", async () => {
    const wrong: string[] = [];
    const nothing = { ...known, ref: "01j0000000000000000000000x", host: "web-9", service: "billing" };
    const blind = callers.filter(({ grants }) => !grants.some(({ environment }) => environment !== "dev"));
    for (const rule of api.app.rules) {
      for (const caller of blind) {
        const there = await saidTo(rule, caller, known);
        const missing = await saidTo(rule, caller, nothing);
        if (there !== missing) wrong.push(`${rule.method} ${rule.url} as ${caller.title}: ${there}, ${missing}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(blind.length).toBeGreaterThan(15);
  }, 60_000);

  it("has a rule, and few routes are open to everybody", () => {
    const forgotten = api.app.rules.filter(
      ({ right, environment }) => right === undefined || (rights.includes(right as Right) && environment === undefined),
    );
    expect([...new Set(forgotten.map(({ url }) => url))]).toEqual(["/forgotten", "/half"]);
    const open = api.app.rules.filter(({ right, method }) => right === "open" && method !== "HEAD");
    // Who signs in proves who they are in the body, and a webhook by its signature.
    expect(open.map(({ method, url }) => `${method} ${url}`).toSorted()).toEqual([
      "GET /api/v1/openapi.json",
      "GET /healthz",
      "POST /api/v1/sign-in",
      "POST /hooks/:hook",
    ]);
  });

  it("needs the right admin everywhere where rights could be given away or hosts be taken, and deploy where hosts change", () => {
    const rulesOf = (urls: readonly string[]) =>
      new Set(
        api.app.rules
          .filter(
            ({ method, url }) => method !== "GET" && method !== "HEAD" && urls.includes(url.replace("/api/v1", "")),
          )
          .map(({ right, environment }) => `${right} ${environment}`),
      );
    const admins = ["/tokens", "/tokens/:name", "/backups", "/thaw", "/hosts/:host/take-over"];
    const steering = ["pause", "resume", "abort", "promote", "override", "end-watch"];
    const asking = ["/deployments", "/rollbacks", "/restarts", "/adoptions"];
    expect(rulesOf(admins)).toEqual(new Set(["admin every"]));
    expect(rulesOf(["/configuration"])).toEqual(new Set(["configure every"]));
    expect(rulesOf(asking)).toEqual(new Set(["deploy body"]));
    expect(rulesOf(["/hosts/:host/sync"])).toEqual(new Set(["deploy host"]));
    expect(rulesOf(steering.map((verb) => `/deployments/:ref/${verb}`))).toEqual(new Set(["deploy deployment"]));
    const all = new Set(api.app.rules.map(({ url }) => url.replace("/api/v1", "")));
    expect([...admins, ...asking].filter((url) => !all.has(url))).toEqual([]);
  });
});
