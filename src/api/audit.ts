/** The audit log: look, check, export. Nothing changes it but what it tells about. */
import { Readable } from "node:stream";

import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";

import { auditFormats, exportBegin, exportRow } from "../core/audit-export.ts";
import type { AuditFormat } from "../core/audit-export.ts";
import type { AuditFilter, Store } from "../ports/store.ts";
import { auditQuery, auditView, checkView, headQuery, headView } from "./audit-views.ts";
import type { ApiContext } from "./context.ts";
import { lineStream } from "./lines.ts";

type Api = Parameters<FastifyPluginAsyncZod>[0];

const audit = { config: { right: "audit" as const, environment: "every" as const } };
const types: Readonly<Record<AuditFormat, string>> = { "json-lines": lineStream, csv: "text/csv; charset=utf-8" };

export function auditRoutes({ world }: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    lookRoutes(app, world.store);
    exportRoute(app, world.store);
  };
}

function lookRoutes(app: Api, store: Store): void {
  app.get(
    "/audit",
    { ...audit, schema: { querystring: auditQuery, response: { 200: z.array(auditView) } } },
    async ({ query }) => {
      const given = Object.entries(query).filter(([, value]) => value !== undefined);
      const rows = await store.audit(Object.fromEntries(given) as AuditFilter);
      return rows.map(({ detail, ...row }) => ({ ...row, detail: { ...detail } }));
    },
  );
  app.get(
    "/audit/check",
    { ...audit, schema: { querystring: headQuery, response: { 200: checkView } } },
    async ({ query: { sequence, hash } }) =>
      store.checkAudit(sequence === undefined || hash === undefined ? undefined : { sequence, hash }),
  );
  const head = z.strictObject({ head: headView.nullable() });
  app.get("/audit/head", { ...audit, schema: { response: { 200: head } } }, async () => ({
    head: await store.auditHead(),
  }));
}

/** Read only as fast as the client takes it. */
function exportRoute(app: Api, store: Store): void {
  const querystring = z.strictObject({
    format: z.enum(auditFormats).default("json-lines"),
    after: z.coerce.number().int().nonnegative().optional(),
  });
  app.get("/audit/export", { ...audit, schema: { querystring } }, async ({ query: { format, after } }, reply) =>
    reply.type(types[format]).send(Readable.from(exported(format, after, store))),
  );
}

/** After nothing: from whatever is first, also where somebody put in a row before the first one. */
async function* exported(format: AuditFormat, after: number | undefined, store: Store): AsyncIterable<string> {
  yield exportBegin(format);
  for await (const row of store.auditLinks(after)) yield exportRow(format, row);
}
