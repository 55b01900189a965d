/**
 * What the API takes and gives, as schemas: validation, types and OpenAPI come from here.
 *
 * A deployment's journal is given as it is (see `core/deployment.ts`); clients fold it with the same code.
 */
import { z } from "zod";

import { rights } from "../core/permissions.ts";
import { sides } from "../core/traffic.ts";
import { environmentNamePattern, hostNamePattern, serviceNamePattern } from "../core/names.ts";

export const serviceName = z.string().regex(serviceNamePattern);
export const environmentName = z.string().regex(environmentNamePattern);
export const hostName = z.string().regex(hostNamePattern);
/** An id (`01j...`), or a number such as `12` or `d-12`. */
export const deploymentRef = z.string().regex(/^(?:d-)?[0-9a-z]{1,32}$/);
const reason = z.string().max(2000);

const where = { service: serviceName, environment: environmentName };

/** What is to be deployed: a ref of the source, an artifact that was taken in, or a release that exists. */
export const originRequest = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("revision"), ref: z.string().min(1).max(255).optional() }),
  z.strictObject({
    kind: z.literal("artifact"),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    revision: z.string().max(64).optional(),
  }),
  z.strictObject({ kind: z.literal("release"), number: z.int().nonnegative() }),
]);

export const deployRequest = z.strictObject({
  ...where,
  origin: originRequest,
  reason: reason.optional(),
  /** Why it goes on without the approval that it needs, and past a freeze. */
  breakGlass: z.string().trim().min(1).max(2000).optional(),
  /** Run exactly the plan with this digest, or refuse. */
  plan: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** Only these hosts of the environment. */
  hosts: z.array(hostName).min(1).optional(),
});

export const rollBackRequest = z.strictObject({
  ...where,
  to: z.int().nonnegative().optional(),
  reason: reason.default("asked for"),
});
export const restartRequest = z.strictObject({ ...where, reason: reason.default("asked for") });
export const steerRequest = z.strictObject({ reason: reason.default("asked for") });
/** Who sets a guard aside says why. */
export const overrideRequest = z.strictObject({ reason: z.string().trim().min(1).max(2000) });
export const adoptRequest = z.strictObject({ ...where, unit: z.string().regex(/^[A-Za-z0-9:_.@-]{1,200}\.service$/) });
/** One line of print: it goes to the hosts as an argument. */
export const takeOverRequest = z.strictObject({ reason: z.string().regex(/^[^\p{Cc}]{1,500}$/u) });
export const tokenName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/);
export const grantView = z.strictObject({
  right: z.enum(rights),
  /** `null`: every environment. */
  environment: environmentName.nullable(),
});
export const tokenRequest = z.strictObject({
  name: tokenName,
  grants: z.array(grantView).min(1).max(100).readonly(),
  days: z.int().min(1).max(90),
});
export const planRequest = z.strictObject({ ...where, origin: originRequest, build: z.boolean().default(false) });

export const deploymentView = z.strictObject({
  id: z.string(),
  number: z.int(),
  service: z.string(),
  environment: z.string(),
  kind: z.enum(["deploy", "roll-back", "restart"]),
  state: z.string(),
  by: z.string(),
  revision: z.string().nullable(),
  release: z.int().nullable(),
  requestedAt: z.int(),
  finishedAt: z.int().nullable(),
  message: z.string().nullable(),
  behind: z.array(z.string()),
});

/** What one proxy of a service said; `proxy` is empty where there is none of ours. */
export const proxyView = z.strictObject({
  proxy: z.string(),
  active: z.enum(sides),
  /** Of the side that is not active, in hundredths of a percent. */
  share: z.int(),
  members: z.array(
    z.strictObject({
      side: z.enum(sides),
      host: z.string(),
      rotation: z.enum(["in", "draining", "out"]),
      up: z.union([z.boolean(), z.literal("unknown")]),
      inFlight: z.union([z.int(), z.literal("unknown")]),
      queued: z.int(),
    }),
  ),
});

/** The traffic of one service in one environment, asked just now. */
export const trafficView = z.strictObject({
  ...where,
  kind: z.string(),
  proxies: z.array(proxyView),
  problem: z.string().nullable(),
});

/** One service in one environment, as `status` shows it. */
export const placeView = z.strictObject({
  ...where,
  hosts: z.array(
    z.strictObject({
      name: z.string(),
      release: z.string().nullable(),
      active: z.string(),
      drifted: z.boolean(),
      problem: z.string().nullable(),
    }),
  ),
  release: z.int().nullable(),
  previous: z.int().nullable(),
  lastDeployment: deploymentView.nullable(),
  lock: z.strictObject({ owner: z.string(), reason: z.string(), since: z.int() }).nullable(),
  /** What is frozen now, until when, and why. */
  freeze: z.string().nullable(),
  /** The last deployment serves everywhere and only watches now; times are milliseconds since 1970. */
  watch: z
    .strictObject({
      watchedUntil: z.int().nullable(),
      /** Until when the old release stays up beside the new one. */
      warmUntil: z.int().nullable(),
    })
    .nullable(),
  /** What the proxies say; `null` when they were not asked or the service has no traffic of ours. */
  traffic: trafficView.nullable(),
});

/** What would change on a host. */
export const hostPlanView = z.strictObject({
  host: z.string(),
  batch: z.int().nullable(),
  before: z.string().nullable(),
  goal: z.string().nullable(),
  unitDiff: z.array(z.string()),
  /** Names only; values are masked. */
  variables: z.strictObject({ added: z.array(z.string()), removed: z.array(z.string()), changed: z.array(z.string()) }),
  drifted: z.boolean(),
  problem: z.string().nullable(),
});

export const planView = z.strictObject({
  ...where,
  /** Absent while an input is not known yet; `open` says which. */
  digest: z.string().nullable(),
  open: z.array(z.string()),
  prepare: z.array(z.string()),
  rollout: z.array(z.string()),
  hosts: z.array(hostPlanView),
  interlocks: z.array(z.strictObject({ title: z.string(), holds: z.boolean(), message: z.string().nullable() })),
  rollBackRestores: z.string(),
  /** What would hold the rollout up now, until when, and why. */
  freeze: z.string().nullable(),
  release: z.int().nullable(),
  /** Which version of each secret it means; `before` is what the release that serves now was deployed with. */
  secrets: z.array(
    z.strictObject({
      name: z.string(),
      environment: z.string().nullable(),
      service: z.string().nullable(),
      version: z.string(),
      before: z.string().nullable(),
    }),
  ),
});

/** One finding of `doctor`, with its cure. */
export const findingView = z.strictObject({
  host: z.string().nullable(),
  check: z.string(),
  level: z.enum(["ok", "warning", "problem"]),
  message: z.string(),
  cure: z.string().nullable(),
});

/** What became of one service when its host was taken over. */
export const takenOverView = z.strictObject({
  service: z.string(),
  from: z.string().nullable(),
  done: z.boolean(),
  message: z.string(),
});

/** A token without its secret. */
export const tokenView = z.strictObject({
  name: z.string(),
  /** Whose own token it is; `null` for a machine's. */
  login: z.string().nullable(),
  grants: z.array(grantView).readonly(),
  createdAt: z.int(),
  createdBy: z.string(),
  expiresAt: z.int(),
  expired: z.boolean(),
});
export const newTokenView = z.strictObject({
  name: z.string(),
  login: z.string().nullable(),
  grants: z.array(grantView).readonly(),
  expiresAt: z.int(),
  token: z.string(),
});

/** problem+json (RFC 9457) with our code and what to do next. */
export const problemView = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  next: z.string().nullable(),
});

export type DeployRequest = z.input<typeof deployRequest>;
export type RollBackRequest = z.input<typeof rollBackRequest>;
export type RestartRequest = z.input<typeof restartRequest>;
export type AdoptRequest = z.input<typeof adoptRequest>;
export type PlanRequest = z.input<typeof planRequest>;
export type OriginRequest = z.output<typeof originRequest>;
export type DeploymentView = z.output<typeof deploymentView>;
export type PlaceView = z.output<typeof placeView>;
export type TrafficView = z.output<typeof trafficView>;
export type ProxyView = z.output<typeof proxyView>;
export type PlanView = z.output<typeof planView>;
export type HostPlanView = z.output<typeof hostPlanView>;
export type FindingView = z.output<typeof findingView>;
export type TokenRequest = z.input<typeof tokenRequest>;
export type TokenView = z.output<typeof tokenView>;
export type NewTokenView = z.output<typeof newTokenView>;
export type TakenOverView = z.output<typeof takenOverView>;
export type ProblemView = z.output<typeof problemView>;
