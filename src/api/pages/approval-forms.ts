/** The forms of a decision. Each carries the digest of the plan that its reader has before the eyes. */
import { approvalWords } from "../../words/page-approval.ts";
import type { ApprovalShown } from "./approval-shown.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import type { Reader } from "./layout.ts";
import { tokenField } from "./layout.ts";

export const longestReason = 2000;

export function decisionForms(shown: ApprovalShown, reader: Reader): Html | undefined {
  const { approval, choices } = shown;
  const words = approvalWords(reader.language);
  const login = reader.person?.login;
  const hasApproved = approval.approvals.some(({ by }) => by === login);
  const others = otherForms(shown, reader);
  if (approval.ended !== undefined && !choices.review) return undefined;
  return html`<section class="card decide" aria-labelledby="decide">
    <h2 id="decide">${approval.ended === undefined ? words.decide : words.reviewOpen}</h2>
    ${
      choices.approve
        ? approveForm(shown, reader)
        : approval.ended === undefined && html`<p class="hint">${hasApproved ? words.youApproved : words.notYours}</p>`
    }
    ${others}
  </section>`;
}

/** One tap; a comment is for whoever has one. */
function approveForm(shown: ApprovalShown, reader: Reader): Html {
  const words = approvalWords(reader.language);
  return html`<div class="one-tap">
      ${form("approve", shown, reader, html`<button class="main approve">${words.approve}</button>`)}
    </div>
    <p class="hint">${words.approveNext}</p>
    <details>
      <summary>${words.addComment}</summary>
      ${form(
        "approve",
        shown,
        reader,
        html`<label for="comment">${words.comment}</label>
          <textarea id="comment" name="comment" rows="3" maxlength="${longestReason}" required></textarea>
          <button>${words.addComment}</button>`,
      )}
    </details>`;
}

function otherForms(shown: ApprovalShown, reader: Reader): readonly (Html | false)[] {
  const { choices } = shown;
  const words = approvalWords(reader.language);
  return [
    choices.reject &&
      withReason(shown, reader, {
        verb: "reject",
        open: words.rejectOpen,
        label: words.rejectReason,
        hint: words.rejectHint,
        button: words.reject,
        tone: "bad",
      }),
    choices.handOverTo.length > 0 && handOverForm(shown, reader),
    choices.revoke && form("revoke", shown, reader, html`<button>${words.revoke}</button>`),
    choices.withdraw &&
      withReason(shown, reader, {
        verb: "withdraw",
        open: words.withdrawOpen,
        label: words.withdrawReason,
        button: words.withdraw,
      }),
    choices.breakGlass &&
      withReason(shown, reader, {
        verb: "break-glass",
        open: words.breakGlassOpen,
        label: words.breakGlassReason,
        hint: words.breakGlassHint,
        button: words.breakGlass,
        tone: "bad",
      }),
    choices.review &&
      form(
        "review",
        shown,
        reader,
        html`<label for="note">${words.reviewNote}</label>
          <textarea id="note" name="note" rows="3" maxlength="${longestReason}" required></textarea>
          <button class="main">${words.review}</button>`,
      ),
  ];
}

interface ReasonForm {
  readonly verb: "reject" | "withdraw" | "break-glass";
  readonly open: string;
  readonly label: string;
  readonly hint?: string;
  readonly button: string;
  readonly tone?: "bad";
}

function withReason(shown: ApprovalShown, reader: Reader, { verb, open, label, hint, button, tone }: ReasonForm): Html {
  const id = `reason-${verb}`;
  return html`<details>
    <summary>${open}</summary>
    ${form(
      verb,
      shown,
      reader,
      html`<label for="${id}">${label}</label>
        <textarea id="${id}" name="reason" rows="3" maxlength="${longestReason}" required></textarea>
        ${hint !== undefined && html`<p class="hint">${hint}</p>`}
        <button class="${tone ?? ""}">${button}</button>`,
    )}
  </details>`;
}

function handOverForm(shown: ApprovalShown, reader: Reader): Html {
  const words = approvalWords(reader.language);
  const options = shown.choices.handOverTo.map(
    (login) => html`<option value="${login}">${shown.names.get(login) ?? login}</option>`,
  );
  return html`<details>
    <summary>${words.handOverOpen}</summary>
    ${form(
      "hand-over",
      shown,
      reader,
      html`<label for="to">${words.handOverTo}</label>
        <select id="to" name="to" required>
          ${options}
        </select>
        <label for="reason-hand-over">${words.handOverReason}</label>
        <textarea id="reason-hand-over" name="reason" rows="2" maxlength="${longestReason}"></textarea>
        <button>${words.handOver}</button>`,
    )}
  </details>`;
}

function form(verb: string, { approval }: ApprovalShown, { formToken }: Reader, fields: Html): Html {
  return html`<form method="post" action="/approvals/${approval.id}/${verb}">
    ${tokenField(formToken)}
    <input type="hidden" name="digest" value="${approval.subject.digest}" />
    ${fields}
  </form>`;
}
