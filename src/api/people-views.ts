/** What the API takes and says about people. */
import { z } from "zod";

import { groupPattern, loginPattern } from "../core/amend-person.ts";
import { languages } from "../core/language.ts";
import { environmentName, grantView } from "./views.ts";

export const login = z.string().regex(loginPattern);
/** One line of print. */
const line = z.string().regex(/^[^\p{Cc}]{1,200}$/u);
const time = z.int().nonnegative();
const contact = z.strictObject({ via: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/), address: line });
const mail = z.string().regex(/^[^\s@\p{Cc}<>]{1,100}@[^\s@\p{Cc}<>]{1,150}$/u);
const most = z.strictObject({
  open: z.int().nonnegative().max(1000).optional(),
  inADay: z.int().nonnegative().max(1000).optional(),
});
const absence = z.strictObject({ from: time, until: time, standIn: login.nullable() });
const group = z.string().regex(groupPattern);

const details = z.strictObject({
  name: line.optional(),
  language: z.enum(languages).optional(),
  contacts: z.array(contact).max(20).optional(),
  commitMails: z.array(mail).max(50).optional(),
  most: most.optional(),
});

export const newPersonRequest = z.strictObject({
  login,
  details: details.default({}),
  /** Only over the socket, and only while nobody administrates. */
  firstAdmin: z.boolean().default(false),
});

const kind = <Kind extends string>(name: Kind) => z.literal(name);

export const amendmentRequest = z.discriminatedUnion("kind", [
  z.strictObject({ kind: kind("set"), details }),
  z.strictObject({ kind: kind("grant"), grant: grantView }),
  z.strictObject({ kind: kind("revoke"), grant: grantView }),
  z.strictObject({ kind: kind("join"), group }),
  z.strictObject({ kind: kind("leave"), group }),
  z.strictObject({ kind: kind("disable") }),
  z.strictObject({ kind: kind("enable") }),
  z.strictObject({ kind: kind("away"), absence }),
  z.strictObject({ kind: kind("back") }),
  z.strictObject({ kind: kind("sign-in-code") }),
]);

export const proposalId = z.string().regex(/^[0-9a-f]{10}$/, "is no proposal; signalbox users proposals lists them");

export const personView = z.strictObject({
  login: z.string(),
  name: z.string(),
  language: z.enum(languages),
  groups: z.array(z.string()).readonly(),
  grants: z.array(grantView).readonly(),
  contacts: z.array(z.strictObject({ via: z.string(), address: z.string() })).readonly(),
  commitMails: z.array(z.string()).readonly(),
  absences: z.array(z.strictObject({ from: z.int(), until: z.int(), standIn: z.string().nullable() })).readonly(),
  most,
  createdAt: z.int(),
  disabled: z.boolean(),
});

/** What was asked for, as it was asked: its own schema has seen it already. */
const amendmentView = z.looseObject({ kind: z.string(), login: z.string() });

export const proposalView = z.strictObject({
  id: z.string(),
  by: z.string(),
  at: z.int(),
  until: z.int(),
  amendment: amendmentView,
});

export const amendedView = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("done"),
    person: personView,
    /** For the first sign-in, or a new password; shown once. */
    code: z
      .strictObject({
        code: z.string(),
        expiresAt: z.int(),
        /** Where it is typed; `null` while the configuration does not say where the server is for people. */
        page: z.string().nullable(),
      })
      .optional(),
    /** Why one person was enough for what takes two. */
    alone: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal("proposed"), proposal: proposalView }),
]);

/** Who one is for the server. */
export const meView = z.strictObject({
  name: z.string(),
  login: z.string().nullable(),
  via: z.enum(["socket", "token", "session"]),
  grants: z.array(z.strictObject({ right: grantView.shape.right, environment: environmentName.nullable() })).readonly(),
});

export type NewPersonRequest = z.input<typeof newPersonRequest>;
export type AmendmentRequest = z.input<typeof amendmentRequest>;
export type PersonView = z.output<typeof personView>;
export type ProposalView = z.output<typeof proposalView>;
export type AmendedView = z.output<typeof amendedView>;
export type MeView = z.output<typeof meView>;
