/** One's own absences, with who stands in. */
import type { Absence } from "../../ports/people.ts";
import { awayWords } from "../../words/page-deployment.ts";
import { moment } from "../../words/times.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import type { Page, Reader } from "./layout.ts";
import { tokenField } from "./layout.ts";

export interface AwayShown {
  readonly absences: readonly Absence[];
  readonly others: readonly { readonly login: string; readonly name: string }[];
  readonly said?: { readonly text: string; readonly tone: "bad" | "good" };
}

export function awayPage({ absences, others, said }: AwayShown, reader: Reader): Page {
  const words = awayWords(reader.language);
  return {
    title: words.title,
    at: "away",
    main: html`<h1>${words.title}</h1>
      <p class="lead">${words.lead}</p>
      ${said !== undefined && html`<p class="said ${said.tone}" role="alert">${said.text}</p>`}
      <form class="card" method="post" action="/away">
        ${tokenField(reader.formToken)}
        <div class="pair">
          <div>
            <label for="from">${words.from}</label>
            <input id="from" name="from" type="datetime-local" aria-describedby="zone" required />
          </div>
          <div>
            <label for="until">${words.until}</label>
            <input id="until" name="until" type="datetime-local" aria-describedby="zone" required />
          </div>
        </div>
        <p class="hint" id="zone">${words.zone(reader.timeZone)}</p>
        <label for="stand-in">${words.standIn}</label>
        <select id="stand-in" name="standIn">
          <option value="">${words.nobody}</option>
          ${others.map(({ login, name }) => html`<option value="${login}">${name}</option>`)}
        </select>
        <button class="main">${words.add}</button>
      </form>
      <h2>${words.planned}</h2>
      ${absences.length === 0 ? html`<p class="quiet">${words.none}</p>` : plannedList(absences, others, reader)}`,
  };
}

function plannedList(absences: readonly Absence[], others: AwayShown["others"], reader: Reader): Html {
  const { language, timeZone, formToken } = reader;
  const words = awayWords(language);
  return html`<ul class="people card">
    ${absences.map(({ from, until, standIn }) => {
      const when = words.span(moment(from, language, timeZone), moment(until, language, timeZone));
      const name = others.find(({ login }) => login === standIn)?.name ?? standIn;
      return html`<li>
        <p>${when}${name !== null && html`<br /><span class="quiet">${words.withStandIn(name)}</span>`}</p>
        <form method="post" action="/away/remove">
          ${tokenField(formToken)}
          <input type="hidden" name="from" value="${from}" />
          <button aria-label="${words.removeOne(when)}">${words.remove}</button>
        </form>
      </li>`;
    })}
  </ul>`;
}
