/** What changes in the unit of a service on a host, for people who look before it happens. */
import type { Deployment } from "../core/deployment.ts";
import { renderUnit } from "../core/unit-file.ts";
import { directivesFor } from "../steps/install-unit.ts";

/** What of the unit is written anew on a host that was asked; lines that leave and lines that come. */
export function unitDifference(deployment: Deployment, host: string): readonly string[] {
  const facts = deployment.facts[host];
  if (facts === undefined) return [];
  const { target } = deployment.prepare!;
  return difference(facts.unitText, renderUnit(target, directivesFor({ deployment, target, host })));
}

/** Lines that leave with `-`, lines that come with `+`; what stays is left out. */
function difference(before: string, after: string): readonly string[] {
  const old = before.split("\n").filter(Boolean);
  const next = after.split("\n").filter(Boolean);
  return [
    ...old.filter((line) => !next.includes(line)).map((line) => `-${line}`),
    ...next.filter((line) => !old.includes(line)).map((line) => `+${line}`),
  ];
}
