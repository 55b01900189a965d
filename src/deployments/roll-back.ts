/** Back to an earlier release, without git, a build or any network beyond the hosts. */
import type { ApprovalPolicy } from "../core/approval.ts";
import { isApproved } from "../core/approval-gate.ts";
import { fold } from "../core/fold.ts";
import type { Origin } from "../core/plan.ts";
import type { State } from "../core/deployment.ts";
import { ADOPTED_RELEASE, releaseId } from "../core/release.ts";
import type { Target } from "../core/service.ts";
import type { DeploymentSummary, ReleaseRow } from "../ports/store.ts";
import { NoWayBack, refusePastContract } from "./past-contract.ts";
import { abort, AlreadyFinished } from "./steer.ts";
import { request } from "./request.ts";
import { successionOf } from "./succession.ts";
import type { World } from "./world.ts";

export interface RollBackRequest {
  readonly by: string;
  readonly reason: string;
  /** A release's number; without it the last good release before the current one. */
  readonly to?: number;
  /** What has to be approved where the way leads further back than to the last good release; may refuse. */
  readonly policy?: () => { readonly policy: ApprovalPolicy; readonly breakGlass: string | undefined };
}

const hasBegun: ReadonlySet<State> = new Set<State>(["running", "paused", "rolling-back"]);

/**
 * While deployments of the service are under way, this is their abort; otherwise it is a new deployment of kind `roll-back`.
 *
 * @returns the id of the deployment that brings the old release back
 * @throws {NoWayBack}
 */
export async function rollBack(target: Target, asked: RollBackRequest, world: World): Promise<string> {
  for (;;) {
    try {
      return await rollBackOnce(target, asked, world);
    } catch (error) {
      // What was under way has ended by itself in this moment; there is another way back now.
      if (!(error instanceof AlreadyFinished)) throw error;
    }
  }
}

async function rollBackOnce(
  target: Target,
  { by, reason, to, policy }: RollBackRequest,
  world: World,
): Promise<string> {
  const { service, environment } = target;
  const unfinished = await world.store.deployments({ service, environment, unfinished: true });
  const going = await goingByThemselves(unfinished, world);
  if (to === undefined && going.length > 0) {
    // Those that wait come first: none of them may begin because the one before it makes room.
    for (const { id } of going) await abort(id, by, reason, world);
    return (going.find(({ state }) => hasBegun.has(state)) ?? going[0]!).id;
  }
  const rows = await world.store.releases(service, environment);
  const done = await world.store.deployments({ service, environment });
  const row = to === undefined ? lastGoodBefore(done, rows) : named(to, rows);
  await refusePastContract(row, done, world);
  const goal = row.release.number === 0 ? ADOPTED_RELEASE : releaseId(row.release);
  const origin: Origin = { kind: "return", goal, release: row.release };
  const isOlder = row.release.number !== wayBack(done, rows)?.release.number;
  const asked = isOlder ? policy?.() : undefined;
  const breakGlass = asked?.breakGlass === undefined ? {} : { breakGlass: asked.breakGlass };
  return request(
    { kind: "roll-back", service, environment, by, reason, ...breakGlass },
    target,
    origin,
    world,
    asked?.policy,
  );
}

/** What only waits for people to decide changes nothing before they do, and may well be the remedy. */
async function goingByThemselves(
  unfinished: readonly DeploymentSummary[],
  { store }: World,
): Promise<readonly DeploymentSummary[]> {
  const deploys = unfinished.filter(({ kind }) => kind !== "roll-back");
  const waits = await Promise.all(deploys.map(async ({ id }) => !isApproved(fold(id, await store.journal(id)))));
  return deploys.filter((_, index) => !waits[index]);
}

/** The release that served before the current one, and was good. */
function lastGoodBefore(done: readonly DeploymentSummary[], rows: readonly ReleaseRow[]): ReleaseRow {
  const row = wayBack(done, rows);
  if (row === undefined) throw new NoWayBack("there is no earlier release that is known to be good");
  return row;
}

function wayBack(done: readonly DeploymentSummary[], rows: readonly ReleaseRow[]): ReleaseRow | undefined {
  // Nobody deployed the adopted unit: it is where every way back ends.
  const earlier = [...successionOf(done).earlier, 0];
  return earlier.flatMap((number) =>
    rows.filter(({ release, verdict }) => release.number === number && verdict === "good"),
  )[0];
}

function named(number: number, rows: readonly ReleaseRow[]): ReleaseRow {
  const row = rows.find(({ release }) => release.number === number);
  if (row === undefined) throw new NoWayBack(`there is no release ${number}`);
  if (row.verdict === "bad")
    throw new NoWayBack(`release ${number} was rolled back from before, so it is known to be bad`);
  return row;
}
