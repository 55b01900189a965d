/** What every forge has to do to show what became of a commit. */
import { describe, expect, it } from "vitest";

import { ReportRefused } from "./forge.ts";
import type { ForgeKit } from "./forge-story.contract.ts";
import { story } from "./forge-story.contract.ts";

const reportOfStory = {
  repository: story.repository,
  revision: story.after,
  place: "orders@dev",
  url: "https://signalbox.example/deployments/d-184",
  words: "orders@dev: release 42 was rolled back",
} as const;

export function describeReports(name: string, { forge }: ForgeKit): void {
  describe.runIf(forge.report !== undefined)(`${name}: what it shows`, () => {
    const report = { ...reportOfStory, state: "failure" } as const;
    const access = { token: "a-token", api: "https://forge.example/api" };

    it("puts the commit into the address and nothing else that anybody else wrote", () => {
      const { method, url, headers, body } = forge.report!(report, access);
      expect(method).toBe("POST");
      expect(new URL(url).origin + new URL(url).pathname).toBe(url);
      expect(url).toContain(`https://forge.example/api/`);
      expect(url).toContain(story.after);
      expect(decodeURIComponent(url)).toContain(`/${story.repository}/`);
      expect(Object.values(headers).filter((value) => value.includes("a-token"))).toHaveLength(1);
      expect(url + body).not.toContain("a-token");
      const sent = Object.values(JSON.parse(body) as Record<string, string>);
      expect(sent).toEqual(expect.arrayContaining([report.url, report.words, "signalbox/orders@dev"]));
    });

    it("has a word for each state", () => {
      const states = (["pending", "success", "failure"] as const).map((state) => {
        const body = JSON.parse(forge.report!({ ...report, state }, access).body) as { state: string };
        return body.state;
      });
      expect(new Set(states).size).toBe(3);
    });

    it("cuts long words to what the forge takes, between characters", () => {
      const body = forge.report!({ ...report, words: "🚦 failed\r\n".repeat(100) }, access).body;
      const { description } = JSON.parse(body) as { description: string };
      expect(description.length).toBeLessThanOrEqual(255);
      expect(description).toMatch(/^(?:🚦 failed ?)+(?:🚦 ?(?:f|fa|fai|fail|faile)?)?…$/u);
    });

    it("refuses what would lead elsewhere", () => {
      const wrong = [
        { repository: "acme/../../user" },
        { repository: "orders" },
        { repository: "acme/orders?x" },
        { repository: "acme/or%2Fders" },
        { revision: "main" },
        { revision: `${story.after}/..` },
        { revision: story.after.slice(1) },
        { url: "javascript:alert(1)" },
        { url: "https://signalbox.example/a b" },
        { url: `https://signalbox.example/${"x".repeat(3000)}` },
        { place: "orders@dev\nx" },
      ];
      for (const one of wrong) expect(() => forge.report!({ ...report, ...one }, access)).toThrow(ReportRefused);
      for (const token of ["", "a\r\nb: c", "tökén"])
        expect(() => forge.report!(report, { ...access, token })).toThrow(ReportRefused);
    });
  });
}
