/** What waits for somebody, what waits for others, and what has to be looked at afterwards. */
import { openAsks } from "../../core/approval.ts";
import { approvalWords } from "../../words/page-approval.ts";
import { listed } from "../../words/risk.ts";
import type { ApprovalShown } from "./approval-shown.ts";
import { nameOf, stateChip } from "./approval-view.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import type { Page, Reader } from "./layout.ts";
import { time } from "./parts.ts";

export type InboxEntry = Pick<ApprovalShown, "approval" | "service" | "environment" | "number" | "choices" | "names">;

export interface Inbox {
  readonly mine: readonly InboxEntry[];
  readonly others: readonly InboxEntry[];
  readonly reviews: readonly InboxEntry[];
}

export function inboxPage({ mine, others, reviews }: Inbox, reader: Reader): Page {
  const words = approvalWords(reader.language);
  return {
    title: words.inboxTitle,
    at: "inbox",
    main: html`<h1>${words.inboxTitle}</h1>
      <section aria-labelledby="mine">
        <h2 id="mine">${words.forMe} <span class="count">${mine.length}</span></h2>
        ${
          mine.length === 0
            ? html`<div class="card empty">
                <p>${words.nothingForMe}</p>
                <p class="quiet">${words.nothingForMeText}</p>
              </div>`
            : list(mine, reader)
        }
      </section>
      ${
        reviews.length > 0 &&
        html`<section aria-labelledby="reviews">
          <h2 id="reviews">${words.forReview} <span class="count">${reviews.length}</span></h2>
          ${list(reviews, reader)}
        </section>`
      }
      ${
        others.length > 0 &&
        html`<section aria-labelledby="others">
          <h2 id="others">${words.forOthers} <span class="count">${others.length}</span></h2>
          ${list(others, reader)}
        </section>`
      }`,
  };
}

function list(entries: readonly InboxEntry[], reader: Reader): Html {
  return html`<ul class="inbox">
    ${entries.map((entry) => row(entry, reader))}
  </ul>`;
}

function row(entry: InboxEntry, reader: Reader): Html {
  const { approval, service, environment, number } = entry;
  const words = approvalWords(reader.language);
  const asked = openAsks(approval).map(({ login }) => nameOf(entry, login));
  const isMine = openAsks(approval).some(({ login }) => login === reader.person?.login);
  const isOpen = approval.ended === undefined;
  return html`<li class="card">
    <a href="/approvals/${approval.id}">
      <div>
        <p class="place">${words.place(service, environment)}</p>
        <p class="quiet">
          d-${number} ·
          ${words.requestedBy(nameOf(entry, approval.subject.requestedBy))}${
            !isMine && isOpen && asked.length > 0 && ` · ${words.waitsFor(listed(asked, reader.language))}`
          }
        </p>
      </div>
      <p class="left">${isOpen ? time(approval.terms.deadline, reader) : stateChip(entry, reader)}</p>
    </a>
  </li>`;
}
