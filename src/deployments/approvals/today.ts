/** The people of this moment, as the rules of approvals and of the rotation want them. */
import type { Approval } from "../../core/approval.ts";
import type { ApprovalRight, Standing, Today } from "../../core/approval-people.ts";
import type { Rotation } from "../../core/approval-tend.ts";
import { lookBackMilliseconds } from "../../core/fairness-load.ts";
import type { Person } from "../../ports/people.ts";
import type { World } from "../world.ts";
import { placed } from "./find.ts";

const approvalRights: readonly ApprovalRight[] = ["approve", "deploy", "break-glass"];

export type PeopleWorld = Pick<World, "store" | "clock">;

/** Everybody who can sign in, with what they may do in the environment now. */
export async function todayIn(environment: string, { store }: PeopleWorld): Promise<Today> {
  const people = await store.people.list();
  return new Map(
    people.filter(({ disabled }) => !disabled).map((person) => [person.login, standingOf(person, environment)]),
  );
}

function standingOf({ groups, grants, absences }: Person, environment: string): Standing {
  const rights = approvalRights.filter((right) =>
    grants.some((grant) => grant.right === right && (grant.environment ?? environment) === environment),
  );
  return { groups, rights, away: absences };
}

/** What the rotation looks at: the questions of all requests that are open or not long ago. */
export async function rotationNow({ store, clock }: PeopleWorld, now = clock.now()): Promise<Rotation> {
  const [requests, people, turn] = await Promise.all([
    store.approvals.list({ since: now - lookBackMilliseconds }),
    store.people.list(),
    store.approvals.count(),
  ]);
  return {
    asks: requests.map(placed).flatMap(({ asks }: Approval) => asks),
    turn,
    members: new Map(people.map((person) => [person.login, memberOf(person, now)])),
  };
}

export type Wishes = Rotation["members"] extends ReadonlyMap<string, infer W> ? W : never;

/** Somebody who came this week is not behind the others by all the days before. */
export function memberOf({ absences, most, createdAt }: Person, now: number): Wishes {
  const current = absences.find(({ from, until }) => from <= now && now < until);
  return {
    since: createdAt,
    most,
    ...(current?.standIn == null ? {} : { standIn: current.standIn }),
  };
}
