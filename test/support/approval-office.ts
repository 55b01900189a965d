/**
 * An office in which approvals are asked for and answered over months: people take leave, fall ill, answer sooner or
 * later, write changes themselves and hand questions over. The rules are the real ones; only the people are dice.
 */
import { openAsks, type Approval, type ApprovalEvent, type Ask, type Asked } from "../../src/core/approval.ts";
import { decide } from "../../src/core/approval-decide.ts";
import { dueAt } from "../../src/core/approval-due.ts";
import { applyApproval, foldApproval } from "../../src/core/approval-fold.ts";
import { objection, type Standing } from "../../src/core/approval-people.ts";
import { requestApproval } from "../../src/core/approval-request.ts";
import { tend } from "../../src/core/approval-tend.ts";
import { lookBackMilliseconds, type Member } from "../../src/core/fairness-load.ts";
import { isAway, type Interval } from "../../src/core/fairness-presence.ts";
import { fairnessReport, type FairnessReport } from "../../src/core/fairness-report.ts";
import { aPolicy, aSubject, hour } from "./approvals.ts";
import { Dice } from "./simulated-requests.ts";

export const day = 24 * hour;

/** Who is asked next, of those who may be; the rotation under test is the one without a name. */
export type Rival = (present: readonly string[], turn: number, dice: Dice) => string | undefined;

export interface OfficeStory {
  readonly seed: number;
  readonly requests: number;
  readonly people: readonly string[];
  readonly requestsADay: number;
  readonly absences: ReadonlyMap<string, readonly Interval[]>;
  readonly members?: ReadonlyMap<string, Pick<Member, "standIn" | "since" | "most">>;
  /** Instead of the rotation. */
  readonly rival?: Rival;
}

export interface OfficeEnd {
  readonly report: FairnessReport;
  readonly askedWhileAway: number;
  readonly mostOpenAtOnce: number;
  readonly ends: Readonly<Record<string, number>>;
  readonly asks: readonly Ask[];
}

/** One or two weeks of leave and some days of illness for everybody, over so many days. */
export function usualAbsences(people: readonly string[], days: number, seed: number): Map<string, readonly Interval[]> {
  const dice = new Dice(seed);
  const some = (length: number): Interval => {
    const from = dice.next() * (days - length) * day;
    return { from, until: from + length * day };
  };
  return new Map(
    people.map((login) => [login, [some(dice.next() < 0.5 ? 7 : 14), ...Array.from({ length: 4 }, () => some(1))]]),
  );
}

type Job =
  | { readonly at: number; readonly kind: "arrive" | "wake"; readonly id: number }
  | { readonly at: number; readonly kind: "answer"; readonly id: number; readonly login: string };

export class Office {
  readonly #story: OfficeStory;
  readonly #dice: Dice;
  readonly #today: ReadonlyMap<string, Standing>;
  readonly #approvals = new Map<number, Approval>();
  readonly #jobs: Job[] = [];
  readonly #ends: Record<string, number> = {};
  #askedWhileAway = 0;
  #mostOpen = 0;
  #now = 0;
  #turn = 0;
  #rivalsTurn = 0;

  constructor(story: OfficeStory) {
    this.#story = story;
    this.#dice = new Dice(story.seed);
    this.#today = new Map(
      story.people.map((login) => [
        login,
        { groups: ["leads"], rights: ["approve"], away: story.absences.get(login) ?? [] },
      ]),
    );
  }

  run(): OfficeEnd {
    const { requests, requestsADay, people, absences, members } = this.#story;
    let at = 0;
    for (let id = 0; id < requests; id += 1) {
      at += -Math.log(1 - this.#dice.next()) * (day / requestsADay);
      this.#jobs.push({ at, kind: "arrive", id });
    }
    this.#jobs.sort((a, b) => a.at - b.at);
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) this.#do(job);
    const asks = this.#asks(0);
    const report = fairnessReport(
      people.map((login) => ({ login, groups: [], away: absences.get(login) ?? [], ...members?.get(login) })),
      asks,
      { from: 0, until: at + day },
    );
    return { report, askedWhileAway: this.#askedWhileAway, mostOpenAtOnce: this.#mostOpen, ends: this.#ends, asks };
  }

  #do(job: Job): void {
    this.#now = job.at;
    if (job.kind === "arrive") this.#arrive(job.id);
    if (job.kind === "answer") this.#answer(job.id, job.login);
    this.#tend(job.id);
  }

  #arrive(id: number): void {
    const policy = aPolicy({ remindAfterSeconds: [], escalations: [{ afterSeconds: 2 * 3600 }] });
    const author = this.#dice.next() < 0.5 ? [this.#oneOf(this.#story.people)] : [];
    const subject = aSubject({ deployment: `d-${id}`, writtenBy: author });
    const { events } = requestApproval(subject, policy, this.#today, this.#now);
    this.#approvals.set(id, foldApproval(`a-${id}`, [{ at: this.#now, event: events[0]! }]));
  }

  #tend(id: number): void {
    this.#turn += 1;
    const approval = this.#approvals.get(id)!;
    const asks = this.#asks(this.#now - lookBackMilliseconds);
    const rotation = { asks, turn: this.#turn, members: this.#story.members ?? new Map() };
    const { events } = tend(approval, this.#today, rotation, this.#now);
    if (events.length > 0) {
      this.#write(id, this.#story.rival === undefined ? events : this.#rivalsEvents(approval, events));
      this.#tend(id);
      return;
    }
    const at = dueAt(approval, this.#today, this.#now);
    if (at !== undefined) this.#later({ at, kind: "wake", id });
  }

  /** The same event, with whom a rival would ask. */
  #rivalsEvents(approval: Approval, events: readonly ApprovalEvent[]): readonly ApprovalEvent[] {
    const asked = new Set(approval.asks.map(({ login }) => login));
    const present = this.#story.people.filter(
      (login) =>
        !asked.has(login) &&
        objection(approval, login, this.#today) === undefined &&
        !isAway(this.#today.get(login)!.away, this.#now),
    );
    return events.map((event) => {
      if (event.kind !== "asked" || event.people.length === 0) return event;
      this.#rivalsTurn += 1;
      const login = this.#story.rival!(present, this.#rivalsTurn, this.#dice);
      return { ...event, people: login === undefined ? [] : [{ login }] };
    });
  }

  #answer(id: number, login: string): void {
    const approval = this.#approvals.get(id)!;
    const isStillAsked = openAsks(approval).some((one) => one.login === login);
    if (!isStillAsked || isAway(this.#today.get(login)!.away, this.#now)) return;
    const { digest } = approval.subject;
    const chance = this.#dice.next();
    const by = login;
    const today = this.#today;
    if (chance < 0.05) {
      const to = this.#oneOf(this.#story.people);
      this.#write(id, decide(approval, { kind: "hand-over", by, to, today }, this.#now).events);
    } else if (chance < 0.15) {
      this.#write(id, decide(approval, { kind: "reject", by, digest, reason: "no", today }, this.#now).events);
    } else this.#write(id, decide(approval, { kind: "approve", by, digest, today }, this.#now).events);
  }

  #write(id: number, events: readonly ApprovalEvent[]): void {
    for (const event of events) {
      const approval = applyApproval(this.#approvals.get(id)!, { at: this.#now, event });
      this.#approvals.set(id, approval);
      if (event.kind === "asked") for (const person of event.people) this.#isAsked(id, person);
      if (event.kind === "handed-over") this.#isAsked(id, { login: event.to });
      if (event.kind === "ended") this.#ends[event.end.kind] = (this.#ends[event.end.kind] ?? 0) + 1;
    }
  }

  #isAsked(id: number, { login }: Asked): void {
    const absences = this.#story.absences.get(login) ?? [];
    if (absences.some(({ from, until }) => from <= this.#now && this.#now < until)) this.#askedWhileAway += 1;
    const open = [...this.#approvals.values()].flatMap(openAsks).filter((one) => one.login === login).length;
    this.#mostOpen = Math.max(this.#mostOpen, open);
    // Half of the answers come within ten minutes, one in a hundred takes hours; some people are three times slower.
    const slowness = this.#story.people.indexOf(login) % 3 === 2 ? 3 : 1;
    const minutes =
      10 * slowness * Math.exp(1.4 * (this.#dice.next() + this.#dice.next() + this.#dice.next() - 1.5) * 2);
    this.#later({ at: this.#now + minutes * 60_000, kind: "answer", id, login });
  }

  #later(job: Job): void {
    const index = this.#jobs.findIndex(({ at }) => at > job.at);
    if (index === -1) this.#jobs.push(job);
    else this.#jobs.splice(index, 0, job);
  }

  #asks(since: number): readonly Ask[] {
    return [...this.#approvals.values()].flatMap(({ asks }) =>
      asks.filter(({ at, closed }) => closed === undefined || at >= since),
    );
  }

  #oneOf(people: readonly string[]): string {
    return people[Math.floor(this.#dice.next() * people.length)]!;
  }
}
