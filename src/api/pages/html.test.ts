import { describe, expect, it } from "vitest";

import type { Value } from "./html.ts";
import { Html, html, textToHtml } from "./html.ts";

const hostile = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' onmouseover='alert(1)`,
  "`onfocus=alert(1)`",
  `</textarea><svg/onload=alert(1)>`,
  `&lt;b&gt;&#x3c;`,
  `<!--`,
  `]]>`,
];

describe("html", () => {
  it.each(hostile)("makes %j a text that stays where it stands", (text) => {
    const made = html`<p title="${text}">${text}</p>`.toString();
    expect(made.match(/</g)).toHaveLength(2);
    expect(made.match(/"/g)).toHaveLength(2);
    expect(made).not.toMatch(/['`]/);
  });

  it("gives back the same letters to who reads it", () => {
    const read = (text: string): string =>
      text.replaceAll(/&(?:amp|lt|gt|quot|#39|#96);/g, (one) =>
        String({ "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&#96;": "`" }[one]),
      );
    for (const text of [...hostile, "김민지 & <친구>", "a\nb\tc"]) expect(read(textToHtml(text))).toBe(text);
  });

  it("takes HTML that it made itself as it is, and nothing that only looks so", () => {
    const inner = html`<b>${"&"}</b>`;
    expect(html`<p>${inner}${[inner, "<"]}${undefined}${false}${0}</p>`.toString()).toBe(
      "<p><b>&amp;</b><b>&amp;</b>&lt;0</p>",
    );
    const forged = { toString: () => "<script>" } as unknown as Value;
    expect(html`${forged}`.toString()).toBe("&lt;script&gt;");
    expect(Object.create(Html.prototype) instanceof Html).toBe(true);
    expect(() => html`${Object.create(Html.prototype) as Html}`).toThrow(TypeError);
  });

  it("shows what turns texts around or hides them, and lets no control character through", () => {
    expect(textToHtml("a\u202Egnp.exe\u200B\u2066")).toBe("a⟨U+202E⟩gnp.exe⟨U+200B⟩⟨U+2066⟩");
    expect(textToHtml("a\u0000\u001B[31m\u0085b\r\n")).toBe("a\uFFFD\uFFFD[31m\uFFFDb\uFFFD\n");
    expect(textToHtml("\uD800")).toBe("\uFFFD");
  });

  it.each<readonly [string, () => Html]>([
    ["an attribute without quotes", () => html`<p class=${"a"}></p>`],
    ["an attribute's name", () => html`<p ${"onclick"}="a"></p>`.toString() as never],
    ["a tag's name", () => html`<${"script"}></p>`],
    [
      "a script",
      () =>
        html`<script>
          ${"alert(1)"};
        </script>`,
    ],
    [
      "a style",
      () =>
        html`<style>
          ${"a"}
        </style>`,
    ],
    ["a handler", () => html`<p onclick="${"alert(1)"}"></p>`],
    ["an inline style", () => html`<p style="color: ${"red"}"></p>`],
  ])("does not let a value be %s", (_what, make) => {
    expect(make).toThrow("a value can't stand there");
  });

  it.each(["javascript:alert(1)", "//evil.example.com", "/\\evil.example.com", "data:text/html,a", "", " /a", "a"])(
    "does not link to %j",
    (address) => {
      expect(() => html`<a href="${address}">a</a>`).toThrow("no address of ours");
      expect(() => html`<form action="${address}"></form>`).toThrow("no address of ours");
    },
  );

  it("links to its own pages", () => {
    expect(html`<a href="${"/approvals/a-1?x=1&y=2"}">a</a>`.toString()).toContain('href="/approvals/a-1?x=1&amp;y=2"');
  });
});
