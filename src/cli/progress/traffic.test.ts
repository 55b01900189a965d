import { describe, expect, it } from "vitest";

import { CanaryJournal, canarySteps } from "../../../test/support/canary-journal.ts";
import type { Recorded } from "../../core/deployment.ts";
import { apply, fold } from "../../core/fold.ts";
import { Lines } from "./lines.ts";
import { screen } from "./screen.ts";
import { nothingSeen, see } from "./traffic.ts";
import { closingTable, verdict } from "./verdict.ts";

const style = { colour: false, unicode: true };
const evidence = [
  { measure: "errors", candidate: "5 of 100 (5 %)", baseline: "2 of 2,000 (0.1 %)", verdict: "fail", evidence: 1.2 },
] as const;

/** Without times of the day, which depend on the time zone. */
function timeless(text: string): string {
  return text.replaceAll(/\d\d:\d\d/g, "HH:MM");
}

function linesOf(journal: readonly Recorded[]): readonly string[] {
  const lines = new Lines();
  let deployment = fold("01j0", journal.slice(0, 1));
  const all = journal.slice(1).flatMap((recorded) => {
    deployment = apply(deployment, recorded);
    return lines.add(deployment, recorded);
  });
  return [...all, ...lines.flush()].map((line) => timeless(line.slice("00:00:00  ".length)));
}

function screenOf({ journal }: CanaryJournal, laterMilliseconds = 0, size = { columns: 160, rows: 24 }): string {
  const traffic = journal.reduce(see, nothingSeen);
  const seen = { deployment: fold("01j0", journal), title: "d-12", traffic };
  return timeless(screen(seen, journal.at(-1)!.at + laterMilliseconds, size, style).join("\n"));
}

describe("a canary in lines", () => {
  it("tells the share, the comparison, its verdict with the evidence, the switch and the waits", () => {
    const { journal } = new CanaryJournal()
      .upTo(canarySteps.compare)
      .conclude(canarySteps.compare, "inconclusive", "it is not clear yet", evidence)
      .record({ kind: "promoted", by: "kim" })
      .step(canarySteps.switch)
      .step(canarySteps.watch)
      .record({ kind: "watch-ended", by: "kim" })
      .step(canarySteps.warm);
    expect(linesOf(journal)).toMatchSnapshot();
  });

  it("says what is seen once a minute, as a sum", () => {
    const canary = new CanaryJournal().upTo(canarySteps.share);
    const before = linesOf(canary.journal).length;
    for (let times = 0; times < 13; times += 1) canary.see(5, 95);
    expect(linesOf(canary.journal).slice(before)).toEqual(Array(2).fill("600 requests, 0 failed in 1 m"));
  });

  it("says at once when requests begin to fail, and does not repeat it every time", () => {
    const canary = new CanaryJournal()
      .upTo(canarySteps.share)
      .see(5, 95)
      .see(5, 95, { errors: 2 })
      .see(5, 95, { errors: 1 });
    expect(linesOf(canary.journal).filter((line) => line.includes("requests"))).toEqual([
      "200 requests, 2 failed (1 %) in 20 s",
    ]);
  });

  it("says why fewer hosts go on, or none", () => {
    const canary = new CanaryJournal()
      .record({ kind: "narrowed", step: 0, hosts: ["web-1"], reason: "the others would be 91 % busy" })
      .record({ kind: "narrowed", step: 0, hosts: [], reason: "the others would be 91 % busy" })
      .record({ kind: "overridden", by: "kim", reason: "the load falls" });
    expect(linesOf(canary.journal).slice(-3)).toEqual([
      "goes on with web-1: the others would be 91 % busy",
      "waits: the others would be 91 % busy; signalbox override sets the guard aside",
      "the capacity guard no longer holds it, by kim: the load falls",
    ]);
  });
});

describe("the screen of a canary", () => {
  it("shows the share, the requests and the verdict so far", () => {
    const canary = new CanaryJournal().upTo(canarySteps.compare).see(10, 190, { queued: 3 });
    const shown = screenOf(canary, 2_000);
    expect(shown).toContain(
      "5 % of the traffic on release 42; now 200 requests, 0 failed in 10 s; 3 waiting at the proxies",
    );
    expect(shown).toMatch(/\? inconclusive: .+/);
    expect(shown).toContain("is compared, 4 m 48 s left");
  });

  it("says that it is not clear when the time is over, and how long that may go on", () => {
    const canary = new CanaryJournal().upTo(canarySteps.compare).pass(400).see(10, 190);
    expect(screenOf(canary)).toContain("not clear yet, 23 m 10 s left at most");
  });

  it("asks for a person when it stays unclear, until somebody answers", () => {
    const canary = new CanaryJournal().upTo(canarySteps.compare).pass(1_800).see(10, 190);
    canary.record({ kind: "narrowed", step: canarySteps.compare, hosts: [], reason: "it is not clear yet" });
    expect(screenOf(canary)).toMatch(
      /waits for a person to promote or abort it: .+\n {2}Next: signalbox promote d-12, or /,
    );
    expect(screenOf(canary)).toContain("the proxies  not clear\n");
    expect(linesOf(canary.see(0, 0, { unserved: 1 }).journal).at(-1)).toContain("it waits for signalbox promote");
    canary.record({ kind: "promoted", by: "kim" });
    expect(screenOf(canary)).not.toContain("waits for");
  });

  it("says what the capacity guard waits for, and how it is set aside", () => {
    const loads = { "web-1": 0.6, "web-2": 0.6 };
    const canary = new CanaryJournal().see(10, 190, { loads });
    canary.record({ kind: "narrowed", step: 0, hosts: [], reason: "too busy" });
    expect(screenOf(canary)).toMatch(
      /waits for the capacity guard: .+\n {2}Next: wait, or signalbox override d-12 --reason TEXT/,
    );
    canary.record({ kind: "overridden", by: "kim", reason: "" });
    expect(screenOf(canary)).not.toContain("waits for");
  });

  it("shows until when it is watched, and that all traffic is on it", () => {
    const canary = new CanaryJournal().upTo(canarySteps.compare);
    canary.conclude(canarySteps.compare, "pass", "as good as before").step(canarySteps.switch).step(canarySteps.watch);
    const shown = screenOf(canary, 60_000);
    expect(shown).toContain("watch release 42  until HH:MM, 14 m left");
    expect(shown).toContain("all traffic on release 42");
    expect(screenOf(canary.step(canarySteps.warm))).toContain("keep release 41 warm  until HH:MM, 15 m left");
  });

  it("fits into a small terminal", () => {
    const canary = new CanaryJournal().upTo(canarySteps.compare).see(10, 190);
    expect(screenOf(canary, 0, { columns: 40, rows: 8 }).split("\n").length).toBeLessThan(8);
  });
});

describe("the end of a canary", () => {
  it("has the requests that were seen, and what was asked from outside", () => {
    const canary = new CanaryJournal().upTo(canarySteps.share);
    for (let times = 0; times < 12; times += 1) {
      canary.see(34, 1_000, { prober: { sent: 70, failed: 0, slowestMilliseconds: 93 } });
    }
    canary.record({ kind: "finished", state: "succeeded", message: "release 42 serves", behind: [] });
    const lines = verdict(fold("01j0", canary.journal), "d-12", style, canary.journal.reduce(see, nothingSeen));
    expect(lines).toContain("  12,408 requests, 0 failed; asked from outside 840 times, 0 failed, slowest 93 ms");
  });

  it("has the evidence of a verdict that was no pass", () => {
    const canary = new CanaryJournal()
      .upTo(canarySteps.compare)
      .see(10, 190, { complete: false })
      .conclude(canarySteps.compare, "fail", "5 % errors against 0.1 %", evidence)
      .record({ kind: "finished", state: "rolled-back", message: "it was worse", behind: [] });
    const lines = verdict(fold("01j0", canary.journal), "d-12", style, canary.journal.reduce(see, nothingSeen));
    expect(lines.join("\n")).toMatchSnapshot();
  });

  it("does not call it a downtime when a host was out of rotation", () => {
    const canary = new CanaryJournal().step(canarySteps.drain);
    const host = { track: "rollout", step: canarySteps.activate, host: "web-1", attempt: 1 } as const;
    canary.record({ ...host, kind: "step-started", hosts: ["web-1"] });
    canary.record({ ...host, kind: "host-done", outcome: { kind: "done", changed: true, note: "down for 812 ms" } });
    expect(closingTable(fold("01j0", canary.journal), style)).toContain("down for 812 ms, out of rotation");
  });

  it("says nothing of requests where nobody looked", () => {
    const canary = new CanaryJournal().record({ kind: "finished", state: "succeeded", message: "", behind: [] });
    expect(verdict(fold("01j0", canary.journal), "d-12", style).join("\n")).not.toContain("request");
  });
});
