/** The page on which somebody decides: what, where, how, who. */
import type { Approval, End } from "../../core/approval.ts";
import { openAsks } from "../../core/approval.ts";
import type { RolloutPlan } from "../../core/plan.ts";
import type { RiskLine } from "../../core/risk.ts";
import type { Commit } from "../../ports/git.ts";
import { approvalWords, ruleWords } from "../../words/page-approval.ts";
import { beforeWords, planFacts, stepWords } from "../../words/page-plan.ts";
import { listed, riskSentence } from "../../words/risk.ts";
import { timeLeft } from "../../words/times.ts";
import { decisionForms } from "./approval-forms.ts";
import type { ApprovalShown } from "./approval-shown.ts";
import { mostCommits } from "./approval-shown.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import type { Page, Reader } from "./layout.ts";
import type { Tone } from "./parts.ts";
import { chip, facts, short, time } from "./parts.ts";

export function approvalPage(shown: ApprovalShown, reader: Reader): Page {
  const { approval, service, environment, number, deployment, done } = shown;
  const words = approvalWords(reader.language);
  const place = words.place(service, environment);
  const { requestedBy } = approval.subject;
  return {
    title: `${place} (d-${number})`,
    at: "inbox",
    main: html`${done !== undefined && html`<p class="said good" role="status">${done}</p>`}
      <div class="head">
        <p class="above">${stateChip(shown, reader)} <a href="/deployments/${deployment.id}">d-${number}</a></p>
        <h1>${service} <span class="to" aria-hidden="true">→</span> ${environment}</h1>
        <p class="lead">${words.requestedBy(nameOf(shown, requestedBy))} · ${time(approval.requestedAt, reader)}</p>
      </div>
      ${deadlineBar(approval, reader)} ${endCard(shown, reader)}
      <div class="columns">
        <div>${whatCard(shown, reader)} ${howCard(deployment.rollout, approval.subject.digest, reader)}</div>
        <div>${decisionForms(shown, reader)} ${peopleCard(shown, reader)}</div>
      </div>`,
  };
}

export function nameOf({ names }: Pick<ApprovalShown, "names">, login: string): string {
  return names.get(login) ?? login;
}

const toneOfEnd: Readonly<Record<End["kind"], Tone>> = {
  approved: "good",
  rejected: "bad",
  expired: "plain",
  withdrawn: "plain",
  voided: "plain",
  "broken-glass": "bad",
};

export function stateChip(
  { approval, choices }: Pick<ApprovalShown, "approval" | "choices">,
  { language, person }: Reader,
): Html {
  const words = approvalWords(language);
  const end = approval.ended?.end.kind;
  if (end !== undefined) return chip(words[end], toneOfEnd[end]);
  const isMine = openAsks(approval).some(({ login }) => login === person?.login) && choices.approve;
  return isMine ? chip(words.waitsForYou, "busy") : chip(words.waits, "plain");
}

function deadlineBar({ requestedAt, terms, ended }: Approval, { language, now }: Reader): Html | undefined {
  if (ended !== undefined) return undefined;
  const { deadline } = terms;
  const left = Math.max(0, deadline - now);
  return html`<div class="deadline">
    <label for="left">${approvalWords(language).deadline}</label>
    <progress id="left" max="100" value="${Math.round((left / Math.max(1, deadline - requestedAt)) * 100)}"></progress>
    <time datetime="${new Date(deadline).toISOString()}">${timeLeft(deadline, now, language)}</time>
  </div>`;
}

function endCard(shown: ApprovalShown, reader: Reader): Html | undefined {
  const { ended, review } = shown.approval;
  if (ended === undefined) return undefined;
  const words = approvalWords(reader.language);
  const { end } = ended;
  const by = "by" in end ? [end.by].flat().map((login) => nameOf(shown, login)) : [];
  return html`<section class="card end ${toneOfEnd[end.kind]}">
    <h2>${words[end.kind]} · ${time(ended.at, reader)}</h2>
    ${"reason" in end && html`<p class="quote">${end.reason}</p>`}
    ${by.length > 0 && html`<p>${words.endedBy}: ${listed(by, reader.language)}</p>`}
    ${
      review !== undefined &&
      html`<p>${words.reviewedBy(nameOf(shown, review.by))}</p>
        <p class="quote">${review.note}</p>`
    }
    <p><a href="/deployments/${shown.deployment.id}">${words.toDeployment}</a></p>
  </section>`;
}

function whatCard({ approval, deployment, risk, commits }: ApprovalShown, reader: Reader): Html {
  const words = approvalWords(reader.language);
  const { rollout, release, request } = deployment;
  const revision = approval.subject.revision ?? deployment.revision;
  const before = rollout === undefined ? undefined : beforeWords(rollout, reader.language);
  return html`<section class="card">
    <h2>${words.what}</h2>
    ${
      risk.length > 0 &&
      html`<ul class="risk">
        ${risk.map((line) => html`<li class="${isGrave(line) ? "grave" : "fine"}">${riskSentence(line, reader.language)}</li>`)}
      </ul>`
    }
    ${facts([
      ...(revision === undefined ? [] : [{ name: words.revision, value: short(revision) }]),
      ...(release === undefined
        ? []
        : [
            {
              name: words.release,
              value: html`${release.number}${before !== undefined && html` <span class="quiet">${words.instead(before)}</span>`}`,
            },
          ]),
      ...(request.reason === undefined ? [] : [{ name: words.reason, value: request.reason }]),
    ])}
    ${commits.length > 0 && commitList(commits, reader)}
    ${approval.behind !== undefined && html`<p class="hint">${words.behind}</p>`}
  </section>`;
}

/** What deserves a second look before somebody says yes. */
function isGrave(line: RiskLine): boolean {
  if (line.kind === "since-last") return line.seconds > 14 * 86_400;
  return ["migrations", "first-deployment", "not-proven", "downtime", "unit-changes"].includes(line.kind);
}

function commitList(commits: readonly Commit[], reader: Reader): Html {
  const words = approvalWords(reader.language);
  return html`<h3>${words.commits}</h3>
    <ul class="commits">
      ${commits.slice(0, mostCommits).map(
        ({ revision, subject, author, committedAt }) =>
          html`<li>
            <p>${subject}</p>
            <p class="quiet">${short(revision)} · ${author} · ${time(committedAt, reader)}</p>
          </li>`,
      )}
    </ul>
    ${commits.length > mostCommits && html`<p class="quiet">${words.moreCommits}</p>`}`;
}

function howCard(plan: RolloutPlan | undefined, digest: string, { language }: Reader): Html {
  const words = approvalWords(language);
  return html`<section class="card how">
    <h2>${words.how}</h2>
    ${
      plan === undefined
        ? html`<p>${words.noPlan}</p>`
        : html`${facts([...planFacts(plan, language), { name: words.planDigest, value: short(digest) }])}
            <details>
              <summary>${words.allSteps(plan.steps.length)}</summary>
              <ol class="steps">
                ${plan.steps.map((step) => html`<li>${stepWords(step, language)}</li>`)}
              </ol>
            </details>`
    }
  </section>`;
}

function peopleCard(shown: ApprovalShown, reader: Reader): Html {
  const { approval } = shown;
  const words = approvalWords(reader.language);
  return html`<section class="card who">
    <h2>${words.people}</h2>
    ${facts([{ name: words.rule, value: ruleWords(approval.rule, reader.language) }])}
    <ul class="people">
      ${approval.asks.map((ask) => {
        const standsIn = ask.for === undefined ? "" : ` · ${words.standsIn(nameOf(shown, ask.for))}`;
        return html`<li>
          <p>${nameOf(shown, ask.login)}<span class="quiet">${standsIn}</span></p>
          ${answerOf(ask.login, shown, reader)}
        </li>`;
      })}
    </ul>
    ${approval.approvals.map(
      ({ by, comment }) =>
        comment !== undefined &&
        html`<p class="quote">${comment}<br /><span class="quiet">${nameOf(shown, by)}</span></p>`,
    )}
    ${approval.unfilled !== undefined && approval.ended === undefined && html`<p class="hint">${words.unfilled}</p>`}
  </section>`;
}

/** What came of asking somebody. */
function answerOf(login: string, { approval }: ApprovalShown, reader: Reader): Html {
  const words = approvalWords(reader.language);
  if (approval.approvals.some(({ by }) => by === login)) return chip(words.approved, "good");
  switch (approval.asks.findLast((ask) => ask.login === login)?.closed?.how) {
    case undefined:
      return chip(words.asked, "busy");
    case "approved":
      return chip(words.approved, "good");
    case "rejected":
      return chip(words.rejectedIt, "bad");
    case "handed-over":
      return chip(words.handedOver, "plain");
    case "settled":
      return chip(words.notNeeded, "plain");
    case "expired":
      return chip(words.notAnswered, "plain");
  }
}
