/** What every page has around it. */
import type { Language } from "../../core/language.ts";
import { frameWords } from "../../words/page-frame.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";

/** Who sees a page. */
export interface Reader {
  readonly language: Language;
  /** Milliseconds since 1970, when the page is made. */
  readonly now: number;
  readonly timeZone: string;
  readonly person?: { readonly login: string; readonly name: string };
  /** Stands in each form of this reader. */
  readonly formToken: string;
}

export interface Page {
  readonly title: string;
  readonly main: Html;
  /** Which part of the menu it belongs to. */
  readonly at?: "inbox" | "away" | "tokens";
  readonly refreshSeconds?: number;
  /** A narrow page with nothing around it: signing in. */
  readonly alone?: true;
}

export const stylePath = "/pages/style.css";
export const iconPath = "/pages/icon.svg";

export function layout({ title, main, at, refreshSeconds, alone }: Page, reader: Reader): Html {
  const words = frameWords(reader.language);
  return html`<!doctype html>
    <html lang="${reader.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        ${refreshSeconds !== undefined && html`<meta http-equiv="refresh" content="${refreshSeconds}" />`}
        <title>${title} · Signalbox</title>
        <link rel="icon" href="${iconPath}" type="image/svg+xml" />
        <link rel="stylesheet" href="${stylePath}" />
      </head>
      <body>
        <a class="skip" href="#main">${words.skip}</a>
        <header class="top">
          <a class="brand" href="/"
            ><span class="signal" aria-hidden="true"></span><span class="name">Signalbox</span></a
          >
          ${reader.person !== undefined && menu(at, reader, reader.person.name)}
        </header>
        <main id="main" class="${alone === true ? "alone" : "wide"}">${main}</main>
      </body>
    </html> `;
}

function menu(at: Page["at"], { language, formToken }: Reader, name: string): Html {
  const words = frameWords(language);
  const link = (to: NonNullable<Page["at"]>, text: string): Html =>
    at === to ? html`<a href="/${to}" aria-current="page">${text}</a>` : html`<a href="/${to}">${text}</a>`;
  return html`<nav aria-label="${words.menu}">
    ${link("inbox", words.inbox)} ${link("away", words.away)} ${link("tokens", words.tokens)}
    <form method="post" action="/sign-out">
      ${tokenField(formToken)}
      <button class="plain" title="${words.signedInAs(name)}">${words.signOut}</button>
    </form>
  </nav>`;
}

export function tokenField(formToken: string): Html {
  return html`<input type="hidden" name="form" value="${formToken}" />`;
}

/** A page with one thing to say, and one thing to do. */
export function notice(
  { title, text, link }: { readonly title: string; readonly text: string; readonly link?: Html },
  tone: "bad" | "plain" = "plain",
): Html {
  return html`<section class="card notice ${tone}">
    <h1>${title}</h1>
    <p>${text}</p>
    ${link !== undefined && html`<p class="actions">${link}</p>`}
  </section>`;
}
