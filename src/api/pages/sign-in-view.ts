/** The pages of somebody who is not signed in. */
import { signInWords } from "../../words/page-sign-in.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";
import type { Page, Reader } from "./layout.ts";

export interface SignInForm {
  readonly login: string;
  /** Where to go afterwards: a path of a page. */
  readonly next: string;
  /** What went wrong, or right, before. */
  readonly said?: { readonly text: string; readonly tone: "bad" | "good" };
  /** Whether somebody else's server can be asked who they are. */
  readonly elsewhere: boolean;
}

export function signInPage({ login, next, said, elsewhere }: SignInForm, { language }: Reader): Page {
  const words = signInWords(language);
  return {
    title: words.title,
    alone: true,
    main: html`<section class="card">
      <h1>${words.title}</h1>
      <p class="lead">${words.lead}</p>
      ${saying(said)}
      ${
        elsewhere &&
        html`<p><a class="button main" href="/sign-in/elsewhere?next=${next}">${words.withOther}</a></p>
          <p class="or"><span>${words.or}</span></p>`
      }
      <form method="post" action="/sign-in">
        <input type="hidden" name="next" value="${next}" />
        ${loginField(login, words.login)}
        <label for="password">${words.password}</label>
        <input id="password" name="password" type="password" autocomplete="current-password" maxlength="256" required />
        <button class="${elsewhere ? "" : "main"}">${words.submit}</button>
      </form>
      <p class="quiet"><a href="/welcome">${words.haveCode}</a></p>
    </section>`,
  };
}

export interface WelcomeForm {
  readonly login: string;
  readonly code: string;
  readonly said?: SignInForm["said"];
}

export function welcomePage({ login, code, said }: WelcomeForm, { language }: Reader): Page {
  const words = signInWords(language);
  return {
    title: words.setTitle,
    alone: true,
    main: html`<section class="card">
      <h1>${words.setTitle}</h1>
      <p class="lead">${words.setLead}</p>
      ${saying(said)}
      <form method="post" action="/welcome">
        ${loginField(login, words.login)}
        <label for="code">${words.code}</label>
        <input
          id="code"
          name="code"
          class="code"
          value="${code}"
          autocomplete="one-time-code"
          autocapitalize="characters"
          spellcheck="false"
          maxlength="40"
          required
        />
        <label for="password">${words.newPassword}</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="new-password"
          minlength="12"
          maxlength="256"
          aria-describedby="hint"
          required
        />
        <p class="hint" id="hint">${words.newPasswordHint}</p>
        <label for="repeat">${words.repeat}</label>
        <input
          id="repeat"
          name="repeat"
          type="password"
          autocomplete="new-password"
          minlength="12"
          maxlength="256"
          required
        />
        <button class="main">${words.setSubmit}</button>
      </form>
      <p class="quiet"><a href="/sign-in">${words.haveNone}</a></p>
    </section>`,
  };
}

function loginField(login: string, label: string): Html {
  return html`<label for="login">${label}</label>
    <input
      id="login"
      name="login"
      value="${login}"
      autocomplete="username"
      autocapitalize="none"
      spellcheck="false"
      maxlength="127"
      required
    />`;
}

function saying(said: SignInForm["said"]): Html | undefined {
  return said === undefined ? undefined : html`<p class="said ${said.tone}" role="alert">${said.text}</p>`;
}
