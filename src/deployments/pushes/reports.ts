/**
 * Shows on commits what becomes of them. A report is written with its deployment; what it says is read from the
 * deployment when it is sent, so that it can be sent late, or again, and is right.
 */
import type { State } from "../../core/deployment.ts";
import { finalStates } from "../../core/deployment.ts";
import type { Source } from "../../core/service.ts";
import type { TriggerRule } from "../../core/trigger.ts";
import { placeOf } from "../../core/trigger.ts";
import type { TriggerHook } from "../../core/trigger-hook.ts";
import type { Report } from "../../ports/forge.ts";
import { outcomeOfReport, ReportRefused } from "../../ports/forge.ts";
import type { KeptReport, ReportSettled, ReportState } from "../../ports/pushes.ts";
import type { DeploymentSummary } from "../../ports/store.ts";
import { secretOf } from "../secrets/secret-of.ts";
import type { PushWorld } from "./look.ts";
import { reportTo } from "./report-to.ts";

/** A deployment that still goes on is looked at again after so long, in case that nobody rang. */
const nextLookMilliseconds = 60_000;
const firstWaitMilliseconds = 5_000;
const longestWaitMilliseconds = 10 * 60_000;
const longestMilliseconds = 24 * 60 * 60_000;

/** A push that could not become a deployment is shown on its commit, once. */
export async function reportRefused(
  rule: TriggerRule,
  source: Source,
  refused: { readonly revision: string; readonly error: Error; readonly hook?: string | undefined },
  { world, settings }: PushWorld,
): Promise<void> {
  const to = reportTo(source.git, settings.hooks(), refused.hook);
  if (to === undefined) return;
  const { revision, error } = refused;
  const place = placeOf(rule);
  const words = `${place}: ${error.message}`;
  const key = `${place} ${revision} refused`;
  await world.store.commit({
    at: world.clock.now(),
    reports: [{ key, ...to, revision, place, deployment: null, words }],
  });
}

/** Sends what has changed about one deployment; what failed before waits for its time, unless all is wanted. */
export async function sendReportsOf(
  deployment: string,
  all: boolean,
  around: PushWorld,
  signal: AbortSignal,
): Promise<void> {
  for (const report of await around.world.store.pushes.openReports(deployment)) {
    if (all || report.tries === 0) await sendReport(report, around, signal);
  }
}

export async function sendReport(report: KeptReport, around: PushWorld, signal: AbortSignal): Promise<void> {
  const { store, clock } = around.world;
  const summary = report.deployment === null ? undefined : await store.summary(report.deployment);
  const state = stateOf(summary?.state);
  const isOver = summary === undefined || finalStates.has(summary.state);
  const next = isOver ? null : clock.now() + nextLookMilliseconds;
  if (report.shown === state && !isOver) return;
  const settled: ReportSettled =
    report.shown === state
      ? { kind: "shown", state, next }
      : await send(report, { state, next, words: wordsOf(report, summary) }, around, signal);
  if (signal.aborted) return;
  await store.pushes.settleReport(report.id, settled, clock.now());
  if (settled.kind === "given-up")
    around.warn?.(around.world.masks.text(`${report.place} is not shown on ${report.revision}: ${settled.error}`));
}

interface Shown {
  readonly state: ReportState;
  readonly next: number | null;
  readonly words: string;
}

async function send(
  report: KeptReport,
  { state, next, words }: Shown,
  { world, settings }: PushWorld,
  signal: AbortSignal,
): Promise<ReportSettled> {
  const hook = settings.hooks().find(({ name }) => name === report.hook);
  if (hook?.token === undefined) return { kind: "given-up", error: `the hook ${report.hook} has no token any more` };
  try {
    const { repository, revision, place } = report;
    const url = pageOf(report.deployment, settings);
    const shown = { repository, revision, place, state, words: world.masks.text(words) };
    const status = await ask(hook, url === undefined ? shown : { ...shown, url }, world, signal);
    if (status === undefined) return { kind: "given-up", error: `${hook.forge} shows nothing on commits` };
    const outcome = outcomeOfReport(status);
    if (outcome === "shown") return { kind: "shown", state, next };
    const error = `the forge answered ${status}`;
    return outcome === "again" ? later(report, error, world) : { kind: "given-up", error };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return error instanceof ReportRefused ? { kind: "given-up", error: message } : later(report, message, world);
  }
}

function later({ at, tries }: KeptReport, error: string, { clock }: PushWorld["world"]): ReportSettled {
  if (clock.now() - at > longestMilliseconds) return { kind: "given-up", error };
  const wait = Math.min(longestWaitMilliseconds, firstWaitMilliseconds * 2 ** Math.min(tries, 10));
  return { kind: "again", at: clock.now() + wait, error };
}

/** @returns the status of the answer; nothing where there is nobody to ask */
async function ask(
  { forge: kind, token = "", api }: TriggerHook,
  report: Report,
  world: PushWorld["world"],
  signal: AbortSignal,
): Promise<number | undefined> {
  const forge = await world.forges.of(kind);
  if (forge.report === undefined) return undefined;
  const access = { token: await secretOf(token, world), ...(api === undefined ? {} : { api }) };
  return world.forges.send(forge.report(report, access), signal);
}

/** The page of a deployment, where this server has an address. */
function pageOf(deployment: string | null, settings: PushWorld["settings"]): string | undefined {
  const { url } = settings.server();
  return url === undefined || deployment === null ? undefined : `${url}/deployments/${deployment}`;
}

/** Where nothing is deployed any more, or it is unknown what became of it, the commit is not where it should be. */
function stateOf(state: State | undefined): ReportState {
  if (state === undefined) return "failure";
  if (!finalStates.has(state)) return "pending";
  return state === "succeeded" ? "success" : "failure";
}

function wordsOf({ place, words }: KeptReport, summary: DeploymentSummary | undefined): string {
  if (summary === undefined) return words ?? `${place}: it is not known any more what became of it`;
  const what = summary.release === null ? `d-${summary.number}` : `release ${summary.release}`;
  const because = summary.message === null || summary.message === "" ? "" : `: ${summary.message}`;
  return `${place}: ${what} is ${summary.state}${because}`;
}
