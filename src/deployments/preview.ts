/** What a deployment would do, host by host, without changing anything. */
import type { Deployment } from "../core/deployment.ts";
import { freezeAt } from "../core/freeze.ts";
import type { HostFacts } from "../core/host-facts.ts";
import { checkPlan, interlocks } from "../core/interlock.ts";
import { planDigest, planPrepare, planRollout } from "../core/plan.ts";
import type { Known, Origin, PreparePlan, RolloutPlan } from "../core/plan.ts";
import { releaseId, releaseTitle } from "../core/release.ts";
import type { Artifact, Release, ReleaseId } from "../core/release.ts";
import type { Target } from "../core/service.ts";
import type { ReleaseRow } from "../ports/store.ts";
import { settingsFor } from "../steps/install-unit.ts";
import { buildArtifact } from "../steps/build-artifact.ts";
import { inspect, imagined } from "./inspect.ts";
import { knownOf, releaseFor } from "./plans.ts";
import { comparedSecrets, pinnedNow } from "./secrets/preview-secrets.ts";
import type { PreviewSecret } from "./secrets/preview-secrets.ts";
import { askTraffic } from "./traffic.ts";
import { unitDifference } from "./unit-difference.ts";
import type { World } from "./world.ts";

export interface HostPreview {
  readonly host: string;
  readonly batch: number | null;
  readonly before: string | null;
  readonly goal: string | null;
  readonly unitDiff: readonly string[];
  readonly drifted: boolean;
  readonly settingsChange: boolean;
  /** Names of the unit's variables; values are nobody's business here. */
  readonly variables: VariableChanges;
  readonly problem: string | null;
}

export interface VariableChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

export interface Preview {
  readonly prepare: PreparePlan;
  readonly rollout?: RolloutPlan;
  readonly digest?: string;
  readonly release?: Release;
  /** Inputs of the rollout plan that are not known yet. */
  readonly open: readonly string[];
  readonly hosts: readonly HostPreview[];
  readonly interlocks: readonly { readonly title: string; readonly holds: boolean; readonly message: string | null }[];
  readonly rollBackRestores: string;
  /** Which version of each secret it would mean. */
  readonly secrets: readonly PreviewSecret[];
  /** What would hold its rollout up now. */
  readonly freeze?: string;
}

/** Connects to the hosts to read; builds only when asked to, and never on a host that serves. */
export async function preview(
  target: Target,
  origin: Origin,
  options: { readonly build: boolean; readonly signal: AbortSignal },
  world: World,
): Promise<Preview> {
  const prepare = planPrepare(target, origin);
  const inspections = await inspect(target, world, options.signal);
  const facts = Object.fromEntries(inspections.flatMap((seen) => ("facts" in seen ? [[seen.host, seen.facts]] : [])));
  const problems = new Map(inspections.flatMap((seen) => ("problem" in seen ? [[seen.host, seen.problem]] : [])));

  const traffic = await askTraffic(target, world, options.signal);
  const artifact = await artifactOf(target, origin, options, world);
  const rows = await world.store.releases(target.service, target.environment);
  const freeze = freezeAt(await world.store.freezes.calendar(), target, world.clock.now());
  const deployment: Deployment = {
    ...imagined(target, origin, world.clock.now()),
    facts,
    ...("facts" in traffic && traffic.facts !== undefined ? { traffic: traffic.facts } : {}),
    ...(artifact === undefined ? {} : { artifact }),
    // The release says where it came from, so the digest of the plan does too.
    ...(origin.kind === "revision" ? { revision: origin.ref } : {}),
  };
  const pinned = await pinnedNow(target, origin, world);
  const { pins = [] } = pinned;
  const release =
    artifact === undefined && origin.kind === "revision" ? undefined : releaseFor(deployment, origin, rows, pins);
  const isOpen = release === undefined || "problem" in traffic || pinned.problem !== undefined;
  const known = { ...(await knownOf(deployment, rows, world)), secrets: pins };
  const made: MadePlan = isOpen ? {} : makePlan(prepare, release, known);
  const { rollout } = made;
  const variables = await variablesOf(rows, facts, world);
  return {
    prepare,
    ...(rollout === undefined ? {} : { rollout, digest: planDigest(rollout) }),
    ...(release === undefined ? {} : { release }),
    open: [
      ...(release === undefined ? ["artifact (the revision is not built yet; plan --build builds it)"] : []),
      ...("problem" in traffic ? [`what the proxies do (${traffic.problem})`] : []),
      ...(pinned.problem === undefined ? [] : [`secrets (${pinned.problem})`]),
    ],
    secrets: await comparedSecrets(pins, rows, facts, world),
    hosts: target.hosts.map((host) => ({
      ...hostPreview(
        host,
        {
          ...deployment,
          ...(release === undefined ? {} : { release }),
          ...(rollout === undefined ? {} : { rollout }),
        },
        rollout,
        problems.get(host),
      ),
      variables:
        facts[host] === undefined ? noChanges : changes(variables.get(facts[host].current) ?? {}, target.variables),
    })),
    interlocks: interlocksOf(made),
    ...(freeze === undefined ? {} : { freeze: freeze.sentence }),
    rollBackRestores: restores(rollout?.targets[0].before ?? currentOf(facts)),
  };
}

function interlocksOf({ rollout, problem }: MadePlan): Preview["interlocks"] {
  const violations = rollout === undefined ? [] : checkPlan(rollout);
  return [
    ...(problem === undefined ? [] : [{ title: "the rollout can be planned", holds: false, message: problem }]),
    ...interlocks.map(({ name, title }) => {
      const broken = violations.find(({ interlock }) => interlock === name);
      return { title, holds: broken === undefined, message: broken?.message ?? null };
    }),
  ];
}

interface MadePlan {
  readonly rollout?: RolloutPlan;
  readonly problem?: string;
}

/** A strategy may find that it can't be carried out with these hosts; a deployment would end with the same words. */
function makePlan(prepare: PreparePlan, release: Release, known: Known): MadePlan {
  try {
    return { rollout: planRollout(prepare, release, known) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { problem: error.message };
  }
}

async function artifactOf(
  target: Target,
  origin: Origin,
  { build, signal }: { readonly build: boolean; readonly signal: AbortSignal },
  world: World,
): Promise<Artifact | undefined> {
  if (origin.kind === "artifact") return origin.artifact;
  if (origin.kind !== "revision") return origin.release.artifact;
  if (!build) return undefined;
  const deployment = {
    ...imagined(target, origin, world.clock.now()),
    id: `preview-${origin.ref.slice(0, 12)}`,
    revision: origin.ref,
  };
  const step = deployment.prepare!.steps.find((candidate) => candidate.kind === "build-artifact")!;
  const { id: installation } = await world.store.installation();
  const outcome = await buildArtifact.perform(step, {
    deployment,
    target,
    host: step.hosts[0],
    installation,
    key: "preview",
    known: [],
    epoch: 0,
    ports: world,
    log: () => {},
    isCalledOff: () => false,
    signal,
  });
  if (outcome.kind !== "done") throw new Error(`the build for the plan failed: ${outcome.message}`);
  return outcome.result?.kind === "artifact" ? outcome.result.artifact : undefined;
}

function hostPreview(
  host: string,
  deployment: Deployment,
  rollout: RolloutPlan | undefined,
  problem: string | undefined,
): Omit<HostPreview, "variables"> {
  const facts = deployment.facts[host];
  const batch =
    rollout?.steps.filter((step) => step.kind === "activate-release").findIndex((step) => step.hosts.includes(host)) ??
    -1;
  const target = deployment.prepare!.target;
  const settings =
    facts === undefined || deployment.release === undefined ? undefined : settingsFor({ deployment, target, host });
  return {
    host,
    batch: batch < 0 ? null : batch + 1,
    before: facts === undefined ? null : releaseTitle(rollout?.targets[0].before[host] ?? facts.current),
    goal: rollout === undefined ? null : releaseTitle(rollout.targets[0].goal[host] ?? "none"),
    unitDiff: unitDifference(deployment, host),
    drifted: facts?.drifted ?? false,
    settingsChange: facts !== undefined && settings !== undefined && facts.settings !== settings.digest,
    problem: problem ?? null,
  };
}

const noChanges: VariableChanges = { added: [], removed: [], changed: [] };

type Variables = Readonly<Record<string, string>>;

/** What the releases that serve now were given, as the journals of their deployments say. */
async function variablesOf(
  rows: readonly ReleaseRow[],
  facts: Readonly<Record<string, HostFacts>>,
  { store }: World,
): Promise<ReadonlyMap<string, Variables>> {
  const serving = new Set(Object.values(facts).map(({ current }) => current));
  const found = new Map<string, Variables>();
  for (const { release, deployment } of rows) {
    const id = releaseId(release);
    if (!serving.has(id)) continue;
    const [first] = await store.journal(deployment);
    if (first?.event.kind === "requested") found.set(id, first.event.prepare?.target.variables ?? {});
  }
  return found;
}

function changes(before: Variables, after: Variables): VariableChanges {
  const names = Object.keys(after);
  return {
    added: names.filter((name) => before[name] === undefined),
    removed: Object.keys(before).filter((name) => after[name] === undefined),
    changed: names.filter((name) => before[name] !== undefined && before[name] !== after[name]),
  };
}

function currentOf(facts: Readonly<Record<string, HostFacts>>): Readonly<Record<string, ReleaseId>> {
  return Object.fromEntries(Object.entries(facts).map(([host, { current }]) => [host, current]));
}

function restores(before: Readonly<Record<string, ReleaseId>>): string {
  const byRelease = Map.groupBy(Object.entries(before), ([, release]) => release);
  const parts = [...byRelease].map(
    ([release, hosts]) => `${releaseTitle(release)} on ${hosts.map(([host]) => host).join(", ")}`,
  );
  return parts.length === 0 ? "nothing: no host could be asked" : parts.join("; ");
}
