import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { testApi } from "./support/api.ts";
import type { TestApi } from "./support/api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi({
    applyConfiguration: async () => {
      throw new Error("the password is hunter2");
    },
  });
});
afterAll(async () => api.close());

const place = { service: "orders", environment: "production" };
const post = async (route: string, payload: unknown, headers: Record<string, string> = {}) =>
  api.call({
    method: "POST",
    url: `/api/v1${route}`,
    token: api.tokens.everything,
    payload: typeof payload === "string" ? payload : JSON.stringify(payload),
    headers: { "content-type": "application/json", ...headers },
  });
const get = async (url: string) => api.call({ method: "GET", url, token: api.tokens.everything });

interface Schema {
  readonly [key: string]: unknown;
}
interface OpenApi {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { responses?: object; requestBody?: Schema; parameters?: unknown[] }>>;
}

const document = async (): Promise<OpenApi> => (await get("/api/v1/openapi.json")).json();

describe("what the API refuses", () => {
  it.each<readonly [string, () => ReturnType<typeof post>, number]>([
    ["a body of more than 1 MiB", async () => post("/configuration", { text: "x".repeat(1_100_000), file: "a" }), 413],
    [
      "a configuration of more than 256 KiB",
      async () => post("/configuration", { text: "x".repeat(300_000), file: "a" }),
      400,
    ],
    ["half a JSON text", async () => post("/deployments", '{"service":'), 400],
    ["no JSON", async () => post("/deployments", "service=orders", { "content-type": "text/plain" }), 415],
    ["an XML text", async () => post("/deployments", "<a/>", { "content-type": "application/xml" }), 415],
    ["nothing", async () => post("/deployments", ""), 400],
    ["a list", async () => post("/deployments", []), 400],
    ["a key that it does not know", async () => post("/restarts", { ...place, force: true }), 400],
    ["such a key inside", async () => post("/deployments", { ...place, origin: { kind: "revision", x: 1 } }), 400],
    [
      "a prototype",
      async () => post("/restarts", '{"service":"orders","environment":"production","__proto__":{"a":1}}'),
      400,
    ],
    ["a list for a text", async () => post("/restarts", { ...place, service: ["orders", "orders"] }), 400],
    ["a path for a name", async () => post("/restarts", { ...place, service: "../etc" }), 400],
    ["an option for a name", async () => post("/restarts", { ...place, environment: "--help" }), 400],
    ["a relative path for a backup", async () => post("/backups", { file: "../../backup" }), 400],
    ["a reason with a line break", async () => post("/hosts/web-1/take-over", { reason: "a\nb" }), 400],
    [
      "a token for years",
      async () => post("/tokens", { name: "a", grants: [{ right: "view", environment: null }], days: 365 }),
      400,
    ],
    [
      "a right that there is not",
      async () => post("/tokens", { name: "a", grants: [{ right: "root", environment: null }], days: 1 }),
      400,
    ],
    ["a file that is none", async () => post("/artifacts?name=app.jar", {}), 415],
    [
      "a file with a path",
      async () => post("/artifacts?name=..%2Fapp.jar", "x", { "content-type": "application/octet-stream" }),
      400,
    ],
    ["an unknown service", async () => post("/restarts", { ...place, service: "billing" }), 404],
  ])("is %s", async (_what, call, status) => {
    const answer = await call();
    expect(answer.json()).toMatchObject({ status });
    expect(answer.statusCode).toBe(status);
  });

  it.each([
    "/api/v1/deployments/..%2F..%2Fetc%2Fpasswd",
    "/api/v1/deployments/%00",
    "/api/v1/deployments/%0a",
    "/api/v1/deployments/d-1%20or%201=1",
    `/api/v1/deployments/${"1".repeat(300)}`,
    "/api/v1/services/orders/%2e%2e/log",
    "/api/v1/services/-x/production/log",
    "/api/v1/deployments?limit=1e9",
    "/api/v1/deployments?limit=10&limit=20",
    "/api/v1/status?live=perhaps",
    "/api/v1/nothing",
    "/etc/passwd",
    "/api/v1/deployments/%",
  ])("is the address %s", async (url) => {
    const answer = await get(url);
    expect([400, 404, 414]).toContain(answer.statusCode);
    expect(answer.headers["content-type"]).toContain("application/problem+json");
    expect(Object.keys(answer.json()).toSorted()).toEqual(["code", "detail", "next", "status", "title", "type"]);
  });

  it("says in an answer that was not foreseen nothing about the inside", async () => {
    const answer = await post("/configuration", { text: "", file: "a" });
    expect(answer.json()).toMatchObject({ status: 500, code: "SB-API-INTERNAL" });
    expect(answer.body).not.toContain("hunter2");
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  });
});

describe("the OpenAPI document", () => {
  it("lists every route, and no other", async () => {
    const { openapi, paths } = await document();
    const told = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = api.app.rules
      // What calls webhooks goes by the documents of its own maker.
      .filter(({ method, url }) => method !== "HEAD" && !url.startsWith("/hooks/"))
      .map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, "{$1}")}`);
    expect(openapi).toMatch(/^3\.\d+\.\d+$/);
    expect(told.toSorted()).toEqual(routes.toSorted());
  });

  it("declares each parameter of each path, and answers for each operation", async () => {
    const { paths } = await document();
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { responses, parameters = [] }] of Object.entries(operations)) {
        const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        const declared = parameters
          .filter((one) => (one as { in: string }).in === "path")
          .map((one) => (one as { name: string }).name);
        expect(declared.toSorted(), `${method} ${path}`).toEqual(named.toSorted());
        expect(Object.keys(responses ?? {}).length, `${method} ${path}`).toBeGreaterThan(0);
      }
    }
  });

  it("refuses further keys in every body, as the routes do", async () => {
    const { paths } = await document();
    const bodies = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { requestBody }]) =>
        requestBody === undefined ? [] : [[`${method} ${path}`, requestBody] as const],
      ),
    );
    expect(bodies.length).toBeGreaterThan(8);
    expect(bodies.filter(([, body]) => openObjects(body).length > 0).map(([where]) => where)).toEqual([]);
  });
});

/** Objects of a schema that take any further key. */
function openObjects(schema: unknown): readonly unknown[] {
  if (Array.isArray(schema)) return schema.flatMap(openObjects);
  if (schema === null || typeof schema !== "object") return [];
  const own = schema as Schema;
  const isOpen = own["type"] === "object" && own["additionalProperties"] !== false;
  return [...(isOpen ? [schema] : []), ...Object.values(own).flatMap(openObjects)];
}
