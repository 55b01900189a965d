/** What the demo did, in one table. */
import { stripVTControlCharacters } from "node:util";

import type { DeploymentView, PlaceView } from "../../src/api/views.ts";
import type { ProberResult } from "./prober.ts";

export interface Act {
  readonly title: string;
  /** The exit code that it should have. */
  readonly expected: number;
  readonly exitCode: number;
  readonly deployment: DeploymentView;
  readonly hosts: PlaceView["hosts"];
  readonly prober: ProberResult;
}

export function closingTable(acts: readonly Act[]): string {
  const head = [
    "deployment",
    "result",
    "exit code",
    "took",
    "requests",
    "failed",
    "served by another host",
    "afterwards",
  ];
  const rows = acts.map(({ deployment, exitCode, prober, hosts }) => [
    `d-${deployment.number}`,
    deployment.state,
    String(exitCode),
    `${(((deployment.finishedAt ?? deployment.requestedAt) - deployment.requestedAt) / 1000).toFixed(1)} s`,
    prober.requests === 0 ? "-" : String(prober.requests),
    prober.requests === 0 ? "-" : String(prober.failed),
    prober.requests === 0 ? "-" : String(prober.retried),
    hosts.map(({ name, release }) => `${name}: ${release ?? "?"}`).join(", "),
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => stripVTControlCharacters(row[column]!).length)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
