/** A message as mail: plain text, and the same in simple HTML. No picture, no script, nothing that is loaded. */
import type { Words } from "../../ports/notifier.ts";
import { clean, cut, flat, plainBody } from "./text.ts";

const most = { subject: 200, body: 50_000, paragraph: 20_000, fact: 1000 } as const;

export function mailSubject({ title }: Words): string {
  return cut(flat(title), most.subject);
}

export function mailText(words: Words): string {
  const { link, title } = words;
  const linked = link === undefined ? "" : `\n\n${flat(link.label)}:\n${new URL(link.url).href}`;
  return `${flat(title)}\n\n${cut(plainBody(words), most.body)}${linked}\n`;
}

const colours: Readonly<Record<Words["tone"], string>> = {
  ask: "#b26a00",
  good: "#2e7d32",
  bad: "#c62828",
  plain: "#37474f",
};

export function mailHtml({ title, paragraphs, facts, link, tone }: Words): string {
  const rows = facts.map(
    ({ name, value }) =>
      html`<tr>
        <td style="padding:2px 16px 2px 0;color:#555;white-space:nowrap">${cut(flat(name), most.fact)}</td>
        <td style="padding:2px 0">${cut(flat(value), most.fact)}</td>
      </tr>`,
  );
  const linked =
    link === undefined
      ? []
      : [
          html`<p>
            <a href="${new URL(link.url).href}" style="color:#0b57d0;font-weight:bold">${flat(link.label)}</a>
          </p>`,
        ];
  const style = `font-size:18px;margin:0 0 12px;color:${colours[tone]}`;
  return html`<!doctype html>
    <html>
      <head>
        <meta charset="utf-8" />
      </head>
      <body style="font-family:sans-serif;font-size:15px;line-height:1.5;color:#1c1c1c">
        <h1 style="${style}">${flat(title)}</h1>
        ${paragraphs.map(paragraph)}
        <table style="border-collapse:collapse;margin:12px 0">
          ${rows}
        </table>
        ${linked}
      </body>
    </html>`.text;
}

function paragraph(text: string): Html {
  return html`<p style="white-space:pre-line">${cut(clean(text).trim(), most.paragraph)}</p>`;
}

/** Only `html` makes it: what stands in it is encoded. */
class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | Html | readonly Html[];

/** Encodes every text for an element or an attribute in double quotes. */
function html(pieces: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const shown = parts.map((part) => {
    if (part instanceof Html) return part.text;
    return typeof part === "string" ? escape(part) : part.map(({ text }) => text).join("");
  });
  return new Html(String.raw({ raw: pieces }, ...shown));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
