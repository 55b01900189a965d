/**
 * Webhooks: the only door that anybody may knock at.
 *
 * Nothing is taken on trust before the signature over the raw bytes fits: no header decides, no body is parsed, nothing
 * of it is logged. Whoever does not know the secret gets the same answer after the same time, whether there is such a
 * hook, whether it has a secret, and whatever is wrong with the signature.
 */
import { createHash, randomBytes } from "node:crypto";

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";

import type { TriggerHook } from "../core/trigger-hook.ts";
import type { PushEvent } from "../core/trigger-push.ts";
import type { Delivery, Verification } from "../ports/forge.ts";
import { largestDelivery } from "../ports/forge.ts";
import { accessOf } from "./access.ts";
import type { ApiContext } from "./context.ts";
import { ApiProblem } from "./problems.ts";
import { Patience } from "./webhook-patience.ts";
import { Refusals } from "./webhook-refusals.ts";
import { HookSecrets } from "./webhook-secrets.ts";

/** A body that takes longer is not waited for. */
const longestBodyMilliseconds = 20_000;
/** Refusals are given at multiples of it since the request came in: what was compared in between takes far less. */
const refusalGridMilliseconds = 50;

export function webhookRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    const patience = new Patience(context.world.clock);
    const refusals = new Refusals(context.world.clock);
    const secrets = new HookSecrets(context.world);
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: largestDelivery }, (_request, body, done) => {
      done(null, body);
    });
    beforeTheBody(app as unknown as FastifyInstance, patience);
    app.post(
      "/:hook",
      {
        config: { right: "open" },
        bodyLimit: largestDelivery,
        // The address of an unknown hook is somebody's text; what was refused is counted in the log.
        logLevel: "silent",
        schema: { hide: true, params: z.object({ hook: z.string() }) },
      },
      async (request, reply) => {
        const { hook: name } = request.params;
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const delivery: Delivery = { headers: request.headers, body };
        const hook = context.settings.hooks().find((one) => one.name === name);
        const verification = await verify(hook, delivery, secrets, context);
        if (hook === undefined || verification.kind === "refused") {
          patience.lose(request.ip);
          if (hook !== undefined && verification.kind === "refused")
            refusals.count(hook.name, verification.because, (words) => app.log.warn(words));
          await refusedAfterAWhile(request);
          throw new ApiProblem(404, "SB-API-NO-ROUTE", "there is nothing at this address");
        }
        return take(hook, delivery, context, request, reply, () => patience.regain(request.ip));
      },
    );
  };
}

/** Whoever sent what was refused has to wait for a turn; others go through at once. */
function beforeTheBody(app: FastifyInstance, patience: Patience): void {
  app.addHook("onRequest", async (request, reply) => {
    arrivals.set(request, performance.now());
    const leave = await patience.turn(request.ip);
    if (leave === undefined) {
      reply.header("retry-after", "10");
      throw new ApiProblem(429, "SB-API-BUSY", "too many requests from this address were refused; try again later");
    }
    const limit = setTimeout(() => request.raw.destroy(), longestBodyMilliseconds);
    const end = (): void => {
      clearTimeout(limit);
      leave();
    };
    reply.raw.once("close", end);
    if (reply.raw.destroyed || request.raw.destroyed) end();
  });
}

const arrivals = new WeakMap<FastifyRequest, number>();

async function refusedAfterAWhile(request: FastifyRequest): Promise<void> {
  const passed = performance.now() - (arrivals.get(request) ?? 0);
  const wait = refusalGridMilliseconds - (passed % refusalGridMilliseconds);
  await new Promise((resolve) => {
    setTimeout(resolve, wait);
  });
}

/** In place of a secret that there is not. */
const nobodysSecret = randomBytes(32).toString("hex");

async function verify(
  hook: TriggerHook | undefined,
  delivery: Delivery,
  known: HookSecrets,
  { world }: ApiContext,
): Promise<Verification> {
  const { forges, clock } = world;
  const forge = await forges.of(hook?.forge ?? "github");
  const secrets = await known.of(hook?.secrets ?? []);
  if (secrets.length > 0) return forge.verify(delivery, secrets, clock.now());
  forge.verify(delivery, [nobodysSecret], clock.now());
  return { kind: "refused", because: "no-secret" };
}

async function take(
  hook: TriggerHook,
  delivery: Delivery,
  context: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  isNew: () => void,
): Promise<void> {
  const forge = await context.world.forges.of(hook.forge);
  const reading = forge.read(delivery);
  switch (reading.kind) {
    case "ping":
      await reply.code(200).send({ said: "hello" });
      return;
    case "ignored":
      await reply.code(200).send({ said: `nothing to do: ${reading.reason}` });
      return;
    case "unreadable":
      throw new ApiProblem(
        422,
        "SB-API-WEBHOOK",
        `the signature fits, but this is not what ${hook.forge} sends: ${reading.reason}`,
      );
    case "pushes": {
      const answer = await context.pushes.receive({
        hook: hook.name,
        delivery: reading.delivery ?? null,
        key: keyOf(hook, reading.delivery, delivery.body),
        pushes: reading.pushes.map(kept),
        from: accessOf(request),
      });
      if (answer === "new") isNew();
      await reply.code(202).send({ said: answer === "new" ? "accepted" : "known already" });
    }
  }
}

/** Forges do not sign their ids, so an id alone must never keep another body out. */
function keyOf({ name }: TriggerHook, id: string | undefined, body: Uint8Array): string {
  return createHash("sha256")
    .update(JSON.stringify([name, id ?? ""]))
    .update(body)
    .digest("hex");
}

/** What changed and who wrote it is asked of the mirror, which knows it better. */
function kept(push: PushEvent): PushEvent {
  return { ...push, authors: [], authorsComplete: false, changedPaths: "unknown" };
}
