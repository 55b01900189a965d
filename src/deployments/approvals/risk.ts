/** What an approver should know before anything else: how big the step is, and how well it is proven. */
import type { Deployment } from "../../core/deployment.ts";
import { targetOf } from "../../core/deployment.ts";
import { NO_RELEASE } from "../../core/release.ts";
import { riskLines, type Commits, type RiskFacts, type RiskLine } from "../../core/risk.ts";
import { GitFailed } from "../../ports/git.ts";
import type { DeploymentSummary } from "../../ports/store.ts";
import { unitDifference } from "../unit-difference.ts";
import type { World } from "../world.ts";
import { broughtBy, loginsByMail } from "./authors.ts";

type RiskWorld = Pick<World, "store" | "git" | "clock">;

export async function riskOf(deployment: Deployment, world: RiskWorld): Promise<readonly RiskLine[]> {
  const { request, revision, facts } = deployment;
  const { service, environment } = request;
  const target = targetOf(deployment);
  const [commits, done] = await Promise.all([commitsOf(deployment, world), world.store.deployments({ service })]);
  const now = world.clock.now();
  const last = done.find((one) => one.environment === environment && one.state === "succeeded");
  const units = Object.keys(facts).map((host) => unitDifference(deployment, host).length);
  const serves = Object.values(facts).some(({ current }) => current !== NO_RELEASE);
  const known: RiskFacts = {
    ...(commits === undefined ? {} : { commits }),
    migrations: request.kind === "deploy" && target.migration !== undefined ? [target.migration] : [],
    ...(last?.finishedAt == null ? {} : { lastAt: last.finishedAt }),
    unitLines: Math.max(0, ...units),
    ...(revision === undefined ? {} : { elsewhere: servedElsewhere(revision, environment, done, now) }),
    isDownMeanwhile: serves && target.strategy.kind === "recreate",
  };
  return riskLines(known, now);
}

async function commitsOf(deployment: Deployment, world: RiskWorld): Promise<Commits | "unread" | undefined> {
  const brought = await broughtBy(deployment, world);
  if (brought === undefined || brought === "unread") return brought;
  const { commits, more, from, to } = brought;
  const logins = await loginsByMail(world);
  const strangers = commits.filter(({ mails }) => !mails.some((mail) => logins.has(mail.toLowerCase())));
  const { source } = targetOf(deployment);
  const paths = await world.git.changedPaths(source!, from, to).catch(unreadFiles);
  if (paths === "unknown") return "unread";
  return {
    authors: authorsOf(commits),
    count: commits.length,
    more,
    files: paths.length,
    strangers: authorsOf(strangers),
  };
}

function unreadFiles(error: unknown): "unknown" {
  if (error instanceof GitFailed) return "unknown";
  throw error;
}

/** Whoever wrote most comes first. */
function authorsOf(commits: readonly { readonly author: string }[]): readonly string[] {
  const byAuthor = [...Map.groupBy(commits, ({ author }) => author)];
  return byAuthor.toSorted(([, a], [, b]) => b.length - a.length).map(([author]) => author);
}

/** For how long each other environment has had the revision, from the end of its deployment to that of the next one. */
function servedElsewhere(
  revision: string,
  here: string,
  done: readonly DeploymentSummary[],
  now: number,
): NonNullable<RiskFacts["elsewhere"]> {
  const others = done.filter(({ environment, state }) => environment !== here && state === "succeeded");
  return [...Map.groupBy(others, ({ environment }) => environment)].flatMap(([environment, newestFirst]) =>
    newestFirst.flatMap((one, index) => {
      if (one.revision !== revision || one.finishedAt === null) return [];
      const until = newestFirst[index - 1]?.finishedAt ?? now;
      return [{ environment, milliseconds: until - one.finishedAt }];
    }),
  );
}
