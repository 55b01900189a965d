/** One's own tokens. */
import { tokenWords } from "../../words/page-token.ts";
import { moment } from "../../words/times.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import type { Page, Reader } from "./layout.ts";
import { tokenField } from "./layout.ts";

export interface TokensShown {
  readonly tokens: readonly { readonly name: string; readonly expiresAt: number }[];
  /** Just made: in this one answer, and nowhere else. */
  readonly made?: { readonly name: string; readonly token: string };
  readonly wrong?: "taken" | "refused";
}

export const choosableDays = [1, 7, 30, 90] as const;
const usualDays = 30;

export function tokensPage({ tokens, made, wrong }: TokensShown, reader: Reader): Page {
  const words = tokenWords(reader.language);
  return {
    title: words.title,
    at: "tokens",
    main: html`<h1>${words.title}</h1>
      <p class="lead">${words.lead}</p>
      ${wrong !== undefined && html`<p class="said bad" role="alert">${words[wrong]}</p>`}
      ${made !== undefined && html`<p class="said good" role="status">${words.made(made.name)}<br /><code>${made.token}</code></p>`}
      <form class="card" method="post" action="/tokens">
        ${tokenField(reader.formToken)}
        <label for="name">${words.name}</label>
        <input id="name" name="name" maxlength="63" autocomplete="off" aria-describedby="name-hint" required />
        <p class="hint" id="name-hint">${words.nameHint}</p>
        <label for="what">${words.may}</label>
        <select id="what" name="what">
          <option value="everything">${words.everything}</option>
          <option value="look">${words.onlyLook}</option>
        </select>
        <label for="days">${words.days}</label>
        <select id="days" name="days">
          ${choosableDays.map((days) =>
            days === usualDays
              ? html`<option value="${days}" selected>${words.forDays(days)}</option>`
              : html`<option value="${days}">${words.forDays(days)}</option>`,
          )}
        </select>
        <button class="main">${words.create}</button>
      </form>
      <h2>${words.yours}</h2>
      ${tokens.length === 0 ? html`<p class="quiet">${words.none}</p>` : tokenList(tokens, reader)}`,
  };
}

function tokenList(tokens: TokensShown["tokens"], { language, timeZone, formToken, now }: Reader): Html {
  const words = tokenWords(language);
  return html`<ul class="people card">
    ${tokens.map(({ name, expiresAt }) => {
      const when = moment(expiresAt, language, timeZone);
      return html`<li>
        <p>${name}<br /><span class="quiet">${expiresAt > now ? words.until(when) : words.expired(when)}</span></p>
        <form method="post" action="/tokens/revoke">
          ${tokenField(formToken)}
          <input type="hidden" name="name" value="${name}" />
          <button aria-label="${words.revokeOne(name)}">${words.revoke}</button>
        </form>
      </li>`;
    })}
  </ul>`;
}
