/** How a deployment goes: its state, its steps, what was said. The page looks again by itself while it runs. */
import type { Deployment, State, Track, TrackProgress } from "../../core/deployment.ts";
import { finalStates } from "../../core/deployment.ts";
import type { Step } from "../../core/step.ts";
import type { DeploymentSummary } from "../../ports/store.ts";
import { approvalWords } from "../../words/page-approval.ts";
import { deploymentWords } from "../../words/page-deployment.ts";
import { stateWord } from "../../words/page-frame.ts";
import { stepWords } from "../../words/page-plan.ts";
import { listed } from "../../words/risk.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import type { Page, Reader } from "./layout.ts";
import type { Tone } from "./parts.ts";
import { chip, facts, short, time } from "./parts.ts";

export interface DeploymentShown {
  readonly summary: DeploymentSummary;
  readonly deployment: Deployment;
  readonly approval?: string;
}

const refreshSeconds = 5;

export function deploymentPage({ summary, deployment, approval }: DeploymentShown, reader: Reader): Page {
  const { service, environment, number, state } = summary;
  const words = deploymentWords(reader.language);
  const isOver = finalStates.has(state);
  return {
    title: `d-${number} ${approvalWords(reader.language).place(service, environment)}`,
    ...(isOver ? {} : { refreshSeconds }),
    main: html`<div class="head">
        <p class="above">
          ${chip(stateWord(state, reader.language), toneOf(state))} <span class="quiet">d-${number}</span>
        </p>
        <h1>${service} <span class="to" aria-hidden="true">→</span> ${environment}</h1>
        ${summary.message !== null && html`<p class="lead">${summary.message}</p>`}
        ${deployment.paused !== undefined && html`<p class="lead">${words.paused(deployment.paused.by)}</p>`}
      </div>
      <section class="card">
        ${aboutIt(summary, deployment, reader)}
        ${approval !== undefined && html`<p><a href="/approvals/${approval}">${words.approval}</a></p>`}
      </section>
      ${tracks(deployment, isOver ? state : undefined, reader)}
      ${!isOver && html`<p class="hint">${words.refreshes}</p>`}`,
  };
}

function aboutIt(summary: DeploymentSummary, { request }: Deployment, reader: Reader): Html {
  const words = deploymentWords(reader.language);
  const { by, requestedAt, finishedAt, revision, release, behind } = summary;
  return facts([
    { name: words.requestedBy, value: by },
    { name: words.requestedAt, value: time(requestedAt, reader) },
    ...(finishedAt === null ? [] : [{ name: words.finishedAt, value: time(finishedAt, reader) }]),
    ...(revision === null ? [] : [{ name: words.revision, value: short(revision) }]),
    ...(release === null ? [] : [{ name: words.release, value: release }]),
    ...(request.reason === undefined ? [] : [{ name: words.reason, value: request.reason }]),
    ...(behind.length === 0 ? [] : [{ name: words.behind, value: listed(behind, reader.language) }]),
  ]);
}

function toneOf(state: State): Tone {
  if (state === "succeeded") return "good";
  if (["failed", "rolled-back", "rollback-failed", "rolling-back"].includes(state)) return "bad";
  return finalStates.has(state) ? "plain" : "busy";
}

function tracks(deployment: Deployment, ended: State | undefined, reader: Reader): readonly (Html | false)[] {
  const { prepare, rollout, rollBack, rollBackReason } = deployment;
  const words = deploymentWords(reader.language);
  const lists: readonly (readonly [Track, string, readonly Step[] | undefined])[] = [
    ["roll-back", words.rollBack, rollBack?.steps],
    ["rollout", words.rollout, rollout?.steps],
    ["prepare", words.preparing, prepare?.steps],
  ];
  return lists.map(
    ([track, title, steps]) =>
      steps !== undefined &&
      html`<section class="card">
        <h2>${title}</h2>
        ${track === "roll-back" && rollBackReason !== undefined && html`<p class="quote">${words.rollBackReason(rollBackReason)}</p>`}
        <ol class="steps">
          ${steps.map((step, index) => stepRow(step, deployment.progress[track].get(index), ended, reader))}
        </ol>
      </section>`,
  );
}

function stepRow(
  step: Step,
  progress: ReturnType<TrackProgress["get"]>,
  ended: State | undefined,
  reader: Reader,
): Html {
  const words = deploymentWords(reader.language);
  const places = [...(progress ?? new Map()).values()];
  const bad = places.flatMap(({ outcome }) => (outcome !== undefined && "message" in outcome ? [outcome.message] : []));
  const expected = "hosts" in step ? step.hosts.length : 1;
  const settled = places.filter(({ endedAt }) => endedAt !== undefined).length;
  const state = bad.length > 0 ? "failed" : places.length === 0 ? "later" : settled >= expected ? "done" : "going";
  // When all is over, nothing goes on or is still to come; the journal says no end of a watch that was ended.
  const atEnd =
    state === "going" && ended === "succeeded" ? "done" : state === "failed" || state === "done" ? state : "never";
  const shown = ended === undefined ? state : atEnd;
  return html`<li class="${shown === "never" ? "later" : shown}">
    <span>${stepWords(step, reader.language)}</span>
    <span class="state">${words[shown]}</span>
    ${bad.map((message) => html`<p class="quote">${message}</p>`)}
  </li>`;
}
