/** What the demo did, in one table. */
import { stripVTControlCharacters } from "node:util";

import type { DeploymentView, PlaceView } from "../../src/api/views.ts";
import type { PhaseResult } from "../load/result.ts";

export interface Act {
  /** The exit code that it should have. */
  readonly expected: number;
  readonly exitCode: number;
  readonly deployment: DeploymentView;
  readonly hosts: PlaceView["hosts"];
  /** What users met meanwhile; missing where nobody asked. */
  readonly seen?: PhaseResult;
}

export function closingTable(acts: readonly Act[]): string {
  const head = ["deployment", "where", "result", "exit code", "took", "requests", "failed", "p50", "p99", "afterwards"];
  const rows = acts.map(({ deployment, exitCode, seen, hosts }) => [
    `d-${deployment.number}`,
    deployment.environment,
    deployment.state,
    String(exitCode),
    `${(((deployment.finishedAt ?? deployment.requestedAt) - deployment.requestedAt) / 1000).toFixed(1)} s`,
    seen === undefined ? "-" : String(seen.requests),
    seen === undefined ? "-" : String(seen.failed),
    seen === undefined ? "-" : `${seen.p50.toFixed(0)} ms`,
    seen === undefined ? "-" : `${seen.p99.toFixed(0)} ms`,
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
