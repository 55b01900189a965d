/** The services of each host, turned around from the places of each service. */
import type { PlaceView } from "../api/views.ts";
import { safeFirstLine, safeLine } from "./safe-text.ts";
import type { Style } from "./style.ts";
import type { Cell } from "./table.ts";
import { table } from "./table.ts";

export interface HostSummary {
  readonly name: string;
  readonly services: readonly {
    readonly service: string;
    readonly environment: string;
    readonly release: string | null;
    readonly active: string;
    readonly problem: string | null;
  }[];
}

export function hostsText(
  places: readonly PlaceView[],
  style: Style,
): { readonly hosts: readonly HostSummary[]; readonly text: string } {
  const hosts = hostSummaries(places);
  const rows = hosts.flatMap(({ name, services }) =>
    services.map(({ service, environment, release, active, problem }, index): (Cell | string)[] => [
      index === 0 ? safeLine(name) : "",
      `${service}@${environment}`,
      release === null ? { text: "not known", look: "warn" } : safeLine(release),
      { text: safeLine(active), look: active === "active" ? "good" : active === "failed" ? "bad" : "quiet" },
      problem === null ? "" : { text: safeFirstLine(problem), look: "bad" },
    ]),
  );
  const text =
    rows.length === 0
      ? "No service is placed on any host yet.\n"
      : table(["HOST", "SERVICE", "RELEASE", "UNIT", ""], rows, style);
  return { hosts, text };
}

function hostSummaries(places: readonly PlaceView[]): readonly HostSummary[] {
  const hosts = new Map<string, HostSummary["services"][number][]>();
  for (const { service, environment, hosts: here } of places) {
    for (const { name, release, active, problem } of here) {
      hosts.set(name, [...(hosts.get(name) ?? []), { service, environment, release, active, problem }]);
    }
  }
  const byName = new Intl.Collator("en", { numeric: true });
  return [...hosts]
    .map(([name, services]) => ({ name, services }))
    .toSorted((left, right) => byName.compare(left.name, right.name));
}
