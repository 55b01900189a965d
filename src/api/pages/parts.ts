/** Small parts that several pages have. */
import type { Language } from "../../core/language.ts";
import { duration, moment, timeLeft } from "../../words/times.ts";
import type { Html, Value } from "./html.ts";
import { html } from "./html.ts";
import type { Reader } from "./layout.ts";

export type Tone = "good" | "bad" | "busy" | "plain";

export function chip(text: string, tone: Tone): Html {
  return html`<span class="chip ${tone}">${text}</span>`;
}

export function facts(pairs: readonly { readonly name: string; readonly value: Value }[]): Html {
  return html`<dl>
    ${pairs.map(
      ({ name, value }) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** Some time ago or to come, in words; the moment itself for whoever wants to know. */
export function time(at: number, { language, now, timeZone }: Reader): Html {
  const text = at > now ? timeLeft(now + roughly(at - now), now, language) : ago(now - at, language);
  return html`<time datetime="${new Date(at).toISOString()}" title="${moment(at, language, timeZone)}">${text}</time>`;
}

export function ago(milliseconds: number, language: Language): string {
  if (milliseconds < minute) return language === "ko" ? "방금" : "just now";
  const text = duration(roughly(milliseconds), language);
  return language === "ko" ? `${text} 전` : `${text} ago`;
}

const minute = 60_000;

/** Nobody wants to know the seconds of something that is minutes away. */
function roughly(milliseconds: number): number {
  return milliseconds < 2 * minute ? milliseconds : Math.floor(milliseconds / minute) * minute;
}

/** The first digits of a digest or a commit, as many as nobody confuses. */
export function short(digest: string): Html {
  return html`<code title="${digest}">${digest.slice(0, 12)}</code>`;
}
