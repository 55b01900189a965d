/**
 * The pages: HTML from the server, without a script, for people who sign in. Until the browser application is there
 * they are the whole of it; afterwards they are what works everywhere.
 */
import { readFileSync } from "node:fs";

import formbody from "@fastify/formbody";
import type { FastifyInstance, FastifyPluginAsync } from "fastify";

import { refusePlainText } from "../plain-text.ts";
import { answerTrouble, goTo, headers } from "./answer.ts";
import { approvalRoutes } from "./approval-routes.ts";
import { awayRoutes, deploymentPageRoutes } from "./deployment-routes.ts";
import { elsewhereRoutes } from "./elsewhere-routes.ts";
import { checkForm } from "./guard.ts";
import { iconPath, stylePath } from "./layout.ts";
import type { PagesContext } from "./pages-context.ts";
import { signInRoutes } from "./sign-in-routes.ts";
import { tokenPageRoutes } from "./token-routes.ts";

const longestForm = 64 * 1024;
const open = { page: true, right: "open" } as const;

export function pages(context: PagesContext): FastifyPluginAsync {
  return async (app) => {
    await app.register(formbody, { bodyLimit: longestForm });
    app.removeContentTypeParser("application/json");
    app.addHook("onRoute", (route) => {
      route.schema = { ...route.schema, hide: true } as object;
    });
    app.addHook("onRequest", async (request, reply) => {
      reply.headers(headers);
      if (request.protocol === "https") reply.header("strict-transport-security", "max-age=31536000");
      else refusePlainText(request);
    });
    app.addHook("preHandler", async (request) => checkForm(request, context.server()));
    app.setErrorHandler(async (error, request, reply) => answerTrouble(error, request, reply, context));

    files(app);
    app.get("/", { config: open }, async (_request, reply) => goTo(reply, "/inbox"));
    signInRoutes(app, context);
    elsewhereRoutes(app, context);
    approvalRoutes(app, context);
    deploymentPageRoutes(app, context);
    awayRoutes(app, context);
    tokenPageRoutes(app, context);
  };
}

function files(app: FastifyInstance): void {
  for (const [path, file, type] of [
    [stylePath, "style.css", "text/css; charset=utf-8"],
    [iconPath, "icon.svg", "image/svg+xml"],
  ] as const) {
    const text = readFileSync(new URL(file, import.meta.url), "utf8");
    app.get(path, { config: open }, async (_request, reply) =>
      reply.header("cache-control", "public, max-age=300").type(type).send(text),
    );
  }
}
