/**
 * A request for approval in a world where everything happens: people come, go and lose their rights, plans change,
 * clocks run. Beside it a second, naive book is kept, from which is found out what must never be.
 */
import { isDeepStrictEqual } from "node:util";

import * as fc from "fast-check";

import type { Answer, ApprovalPolicy, Separation, Subject } from "../../src/core/approval.ts";
import { decide, type Decision } from "../../src/core/approval-decide.ts";
import { foldApproval } from "../../src/core/approval-fold.ts";
import { gate } from "../../src/core/approval-next.ts";
import type { ApprovalRight, Standing } from "../../src/core/approval-people.ts";
import { overtakenBy, replanned } from "../../src/core/approval-plan-change.ts";
import { requestApproval } from "../../src/core/approval-request.ts";
import { tend } from "../../src/core/approval-tend.ts";
import {
  ApprovalJournal,
  aPolicy,
  aSubject,
  isMetByTrying,
  leadsAndDba,
  oneOfDba,
  oneOfLeads,
  people,
} from "./approvals.ts";

const logins = [...Object.keys(people), "mallory"];
const minute = 60_000;
const anybody = fc.constantFrom(...logins);
const usualDigest = fc.constantFrom("current" as const, "current" as const, "current" as const, "a", "b", "c");
const part = fc.record({
  requestedBy: fc.constantFrom("dev", "dev", "kim"),
  pushedBy: fc.constantFrom("dev", "lee"),
  writtenBy: fc.subarray(["moon", "park"], { maxLength: 1 }),
});
const rights: readonly ApprovalRight[] = ["approve", "deploy", "break-glass"];

export type Act =
  | { readonly does: "approve" | "reject" | "break-glass"; readonly who: string; readonly digest: string }
  | { readonly does: "revoke" | "withdraw" | "review"; readonly who: string }
  | { readonly does: "hand-over"; readonly who: string; readonly to: string }
  | { readonly does: "wait"; readonly minutes: number }
  | { readonly does: "tend" }
  | {
      readonly does: "push" | "replan";
      readonly digest: string;
      readonly part: Pick<Subject, "requestedBy" | "writtenBy">;
    }
  | { readonly does: "rights"; readonly who: string; readonly standing: Pick<Standing, "groups" | "rights"> }
  | { readonly does: "leave"; readonly who: string; readonly minutes: number };

export const worldActs: fc.Arbitrary<Act> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ does: fc.constant("approve" as const), who: anybody, digest: usualDigest }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constantFrom("reject" as const, "break-glass" as const),
      who: anybody,
      digest: usualDigest,
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom("revoke" as const, "review" as const), who: anybody }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant("withdraw" as const),
      who: fc.constantFrom("mallory", "lee", "kim", "dev"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("hand-over" as const), who: anybody, to: anybody }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant("wait" as const),
      minutes: fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 300 })),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ does: "tend" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constantFrom("push" as const, "replan" as const),
      digest: fc.constantFrom("a", "b", "c"),
      part,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant("rights" as const),
      who: anybody,
      standing: fc.record({ groups: fc.subarray(["leads", "dba"]), rights: fc.subarray([...rights]) }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant("leave" as const),
      who: anybody,
      minutes: fc.integer({ min: 1, max: 120 }),
    }),
  },
);

const everything: Separation = { requester: true, pusher: true, authors: true };
const policies: readonly ApprovalPolicy[] = [
  aPolicy({ mayNotApprove: everything, escalations: [{ afterSeconds: 3600 }, { afterSeconds: 7200, rule: oneOfDba }] }),
  aPolicy({ mayNotApprove: everything, rule: leadsAndDba, escalations: [{ afterSeconds: 9000, rule: oneOfLeads }] }),
  aPolicy({ mayNotApprove: { ...everything, pusher: false }, rule: { kind: "group", count: 2, group: "leads" } }),
  aPolicy({
    mayNotApprove: { requester: false, pusher: false, authors: false },
    rule: { kind: "any", of: [leadsAndDba, { kind: "people", count: 2, people: ["kim", "lee", "choi"] }] },
  }),
];

export class ApprovalWorld {
  readonly journal = new ApprovalJournal();
  /** What happened that must not. */
  readonly wrongs: string[] = [];
  readonly #policy: ApprovalPolicy;
  readonly #atFirst = new Map<string, Standing>(Object.entries(people));
  readonly #today = new Map<string, Standing>(Object.entries(people));
  #now = 0;
  #turn = 0;

  constructor(which: number) {
    this.#policy = policies[which % policies.length]!;
    const { events } = requestApproval(aSubject({ digest: "a", pushedBy: "lee" }), this.#policy, this.#today, 0);
    this.journal.append(0, 0, events);
  }

  do(act: Act): void {
    switch (act.does) {
      case "wait":
        this.#now += act.minutes * minute;
        return;
      case "rights":
        this.#today.set(act.who, { ...act.standing, away: this.#today.get(act.who)?.away ?? [] });
        return;
      case "leave": {
        const { groups, rights: held, away } = this.#today.get(act.who) ?? { groups: [], rights: [], away: [] };
        const absence = { from: this.#now, until: this.#now + act.minutes * minute };
        this.#today.set(act.who, { groups, rights: held, away: [...away, absence] });
        return;
      }
      case "tend":
        return this.#tend();
      case "push":
      case "replan": {
        const approval = this.journal.read();
        const deployment = act.does === "push" ? `d-${act.digest}` : approval.subject.deployment;
        const subject = { ...act.part, deployment, digest: act.digest };
        const change = act.does === "push" ? overtakenBy : replanned;
        return this.#write(change(approval, subject, this.#now));
      }
      default:
        return this.#write(decide(this.journal.read(), this.#decision(act), this.#now));
    }
  }

  /** Whether the events, written down and read back, tell the same story. */
  isReplayed(): boolean {
    const copy = JSON.parse(JSON.stringify(this.journal.events)) as typeof this.journal.events;
    return isDeepStrictEqual(foldApproval("a-1", copy), this.journal.read());
  }

  #decision(act: Exclude<Act, { does: "wait" | "rights" | "leave" | "tend" | "push" | "replan" }>): Decision {
    const { who: by } = act;
    const today = this.#today;
    const digest = "digest" in act && act.digest !== "current" ? act.digest : this.journal.read().subject.digest;
    switch (act.does) {
      case "approve":
        return { kind: act.does, by, today, digest };
      case "reject":
      case "break-glass":
        return { kind: act.does, by, today, digest, reason: "because" };
      case "revoke":
        return { kind: act.does, by, today };
      case "withdraw":
        return { kind: act.does, by, today, reason: "because" };
      case "review":
        return { kind: act.does, by, today, note: "seen" };
      case "hand-over":
        return { kind: act.does, by, today, to: act.to };
    }
  }

  /** What the clock wants, until it wants nothing; that has to be soon. */
  #tend(): void {
    for (let round = 0; round < 12; round += 1) {
      this.#turn += 1;
      const approval = this.journal.read();
      const rotation = { asks: approval.asks, turn: this.#turn, members: new Map() };
      const answer = tend(approval, this.#today, rotation, this.#now);
      if (answer.events.length === 0) return;
      this.#write(answer);
    }
    this.wrongs.push("the clock never has enough");
  }

  #write({ events, refusal }: Answer): void {
    const before = this.journal.read();
    if (before.ended !== undefined && events.some(({ kind }) => kind !== "reviewed" && kind !== "review-reminded")) {
      this.wrongs.push("it goes on after its end");
      return;
    }
    for (const event of events) {
      if (event.kind === "asked") for (const { login } of event.people) this.#checkAsked(login);
    }
    this.journal.append(this.journal.version, this.#now, events);
    if (refusal !== undefined && events.some((event) => event.kind !== "ended" || event.end.kind !== "expired")) {
      this.wrongs.push(`refused with ${refusal.code}, but written`);
    }
    if (events.length > 0) this.#check();
  }

  #checkAsked(login: string): void {
    const isAway = this.#today.get(login)?.away.some(({ from, until }) => from <= this.#now && this.#now < until);
    if (isAway === true) this.wrongs.push(`${login} is away, but asked`);
    if (!this.#mayApprove(login)) this.wrongs.push(`${login} may not approve, but is asked`);
  }

  #check(): void {
    const state = this.journal.read();
    const { events, ends } = this.journal;
    if (ends.length > 1) this.wrongs.push(`it ended as ${ends.join(" and ")}`);
    const last = events.at(-1)?.event;
    if (last?.kind === "ended") this.#checkEnd(last.end.kind);
    if (last?.kind === "approved" && this.#isMet()) this.wrongs.push("it is met, but goes on");
    for (const digest of ["a", "b", "c"]) {
      const isOpen = gate(state, digest).kind === "open";
      const mayOpen = ends[0] === "approved" || ends[0] === "broken-glass";
      if (isOpen && (!mayOpen || digest !== state.subject.digest)) this.wrongs.push(`the gate is open for ${digest}`);
    }
  }

  #checkEnd(kind: string): void {
    const isOver = this.#now >= this.#policy.withinSeconds * 1000;
    if (isOver !== (kind === "expired")) this.wrongs.push(`${kind} at ${this.#now}`);
    if (kind === "approved" && !this.#isMet()) this.wrongs.push("approved, but the rule is not met");
  }

  /** The second book: who has said yes to the plan that it is about now, by the bare events. */
  #isMet(): boolean {
    const yes = new Map<string, string>();
    let subject = "";
    for (const { event } of this.journal.events) {
      if (event.kind === "requested" || event.kind === "moved") subject = event.subject.digest;
      if (event.kind === "approved") yes.set(event.by, event.digest);
      if (event.kind === "revoked") yes.delete(event.by);
    }
    const voters = [...yes].filter(([login, digest]) => digest === subject && this.#mayApprove(login));
    const escalated = this.journal.events.filter(({ event }) => event.kind === "escalated").length;
    const rules = this.#policy.escalations.slice(0, escalated).flatMap(({ rule }) => rule ?? []);
    return isMetByTrying(
      { kind: "any", of: [this.#policy.rule, ...rules] },
      voters.map(([login]) => {
        const then = this.#atFirst.get(login)!.groups;
        return { login, groups: then.filter((group) => this.#today.get(login)!.groups.includes(group)) };
      }),
    );
  }

  #mayApprove(login: string): boolean {
    const { subject } = this.journal.read();
    const { requester, pusher, authors } = this.#policy.mayNotApprove;
    const isOwn =
      (requester && subject.requestedBy === login) ||
      (pusher && subject.pushedBy === login) ||
      (authors && subject.writtenBy.includes(login));
    const wasApprover = this.#atFirst.get(login)?.rights.includes("approve") === true;
    return wasApprover && this.#today.get(login)?.rights.includes("approve") === true && !isOwn;
  }
}
