/** The plans of a running deployment, written into its journal together with what they claim. */
import { checkPlan } from "../core/interlock.ts";
import { planDigest, planRollout } from "../core/plan.ts";
import type { Known, Origin } from "../core/plan.ts";
import type { Deployment } from "../core/deployment.ts";
import { digestOf } from "../core/digest.ts";
import type { HostFacts } from "../core/host-facts.ts";
import { releaseId } from "../core/release.ts";
import type { Release } from "../core/release.ts";
import { SecretReferenceRefused } from "../core/secret-reference.ts";
import { pinsOfUnit } from "../core/secret.ts";
import type { SecretPin } from "../core/secret.ts";
import type { Target } from "../core/service.ts";
import { SecretFailed } from "../ports/secrets.ts";
import type { ReleaseRow } from "../ports/store.ts";
import { finish } from "./finish.ts";
import type { Journal } from "./journal.ts";
import { pinsFor } from "./secrets/pins.ts";
import type { World } from "./world.ts";

/** Numbers the release, plans its rollout and checks the interlocks; a plan that breaks one ends the deployment. */
export async function recordRolloutPlan(journal: Journal, world: World): Promise<void> {
  const { store } = world;
  const { deployment } = journal;
  const fail = (message: string): Promise<void> =>
    finish({ kind: "finish", state: "failed", message, behind: [] }, journal, world);
  const claimed = claimedByOthers(deployment, (await store.installation()).id, await store.nextEpoch());
  if (claimed !== undefined) return fail(claimed);
  const prepare = deployment.prepare!;
  const { service, environment } = deployment.request;
  const rows = await store.releases(service, environment);
  try {
    const secrets = await pinsFor(prepare.target, prepare.origin, world);
    const release = releaseFor(deployment, prepare.origin, rows, secrets);
    const known = { ...(await knownOf(deployment, rows, world)), secrets };
    const plan = planRollout(prepare, release, known);
    const [violation] = checkPlan(plan);
    if (violation !== undefined) return await fail(`refused by an interlock: ${violation.message}`);
    const isNew = !rows.some((row) => row.release.number === release.number);
    const row: ReleaseRow = { service, environment, release, deployment: deployment.id, verdict: "unproven" };
    await journal.decide(
      [{ kind: "rollout-planned", release, plan, digest: planDigest(plan) }],
      isNew ? { releases: [row] } : {},
    );
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await fail(error.message);
  }
}

/** What can be said of a plan that can't be made: by its strategy, or because a secret is not there. */
function isRefusal(error: unknown): error is Error {
  return error instanceof RangeError || error instanceof SecretFailed || error instanceof SecretReferenceRefused;
}

/** What the plan is made from, with the requests by which the release that serves now was checked. */
export async function knownOf(
  { facts, traffic }: Deployment,
  rows: readonly ReleaseRow[],
  { store }: Pick<World, "store">,
): Promise<Known> {
  const serving = new Set(Object.values(facts).flatMap(({ current, slots }) => [current, ...slotReleases(slots)]));
  const row = rows.find(({ release, verdict }) => verdict === "good" && serving.has(releaseId(release)));
  const [first] = row === undefined ? [] : await store.journal(row.deployment);
  const previousSmoke = first?.event.kind === "requested" ? first.event.prepare?.target.smoke : undefined;
  return {
    facts,
    ...(traffic === undefined ? {} : { traffic }),
    ...(previousSmoke === undefined ? {} : { previousSmoke }),
  };
}

function slotReleases(slots: HostFacts["slots"]): readonly string[] {
  return Object.values(slots).map(({ current }) => current);
}

/**
 * Hosts refuse whoever is not the installation that they know, or is an older copy of it, when they are to be
 * activated. It shows already when they are looked at, before anything is uploaded.
 */
function claimedByOthers({ facts, prepare }: Deployment, installation: string, epoch: number): string | undefined {
  const others = (prepare?.target.hosts ?? []).flatMap((host) => {
    const seen = facts[host];
    if (seen === undefined || seen.installation === "") return [];
    if (seen.installation !== installation) return [{ host, why: `belongs to the installation ${seen.installation}` }];
    return seen.epoch >= epoch ? [{ host, why: "has seen a newer state of this installation than this one" }] : [];
  });
  if (others.length === 0) return undefined;
  const told = others.map(({ host, why }) => `${host} ${why}`).join("; ");
  return `${told}. Nothing was changed. If no other server works there any more: signalbox hosts take-over ${others[0]!.host} --reason "..."`;
}

/** A release is its artifact and its settings: the same pair keeps its number, a new pair gets the next one. */
export function releaseFor(
  { artifact, revision, prepare }: Deployment,
  origin: Origin,
  rows: readonly ReleaseRow[],
  pins: readonly SecretPin[] = [],
): Release {
  if (origin.kind === "return" || origin.kind === "restart") return origin.release;
  if (artifact === undefined) throw new Error("a rollout can't be planned before its artifact is known");
  const settings = settingsOf(prepare!.target, pins);
  const same = rows.find(({ release }) => release.artifact.sha256 === artifact.sha256 && release.settings === settings);
  if (same !== undefined) return same.release;
  const number = Math.max(0, ...rows.map(({ release }) => release.number)) + 1;
  return { number, artifact, settings, ...(revision === undefined ? {} : { revision }) };
}

/** What of a target belongs to the release itself; hosts, strategy and limits don't. */
function settingsOf({ unit, variables, port }: Target, pins: readonly SecretPin[]): string {
  const own = pinsOfUnit({ variables }, pins);
  return digestOf({ unit, variables, port, ...(own.length === 0 ? {} : { pins: own }) });
}
