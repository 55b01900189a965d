/** What an approver should know before anything else, as data. The words are in the catalogue. */

export type RiskLine =
  /** `more`: there are more commits, or more authors, than were counted. */
  | { readonly kind: "commits"; readonly count: number; readonly authors: readonly string[]; readonly more: boolean }
  | { readonly kind: "files"; readonly count: number }
  | { readonly kind: "migrations"; readonly names: readonly string[]; readonly contract: boolean }
  /** What serves is older than this: big steps fail more often. */
  | { readonly kind: "since-last"; readonly seconds: number }
  | { readonly kind: "first-deployment" }
  | { readonly kind: "unit-changes"; readonly lines: number }
  /** How long this revision has served in another environment. */
  | { readonly kind: "proven-in"; readonly environment: string; readonly seconds: number }
  | { readonly kind: "not-proven" }
  /** Commits of people of whom nobody knows which login they have; no names: the commits could not be read. */
  | { readonly kind: "authors-unknown"; readonly names: readonly string[] }
  /** Users notice: the service is down for a while on each host. */
  | { readonly kind: "downtime" };

export interface Commits {
  /** Names, as they stand in the commits. */
  readonly authors: readonly string[];
  readonly count: number;
  readonly more: boolean;
  readonly files: number;
  /** The authors of whom no login is known. */
  readonly strangers: readonly string[];
}

/** What was found out about a deployment. */
export interface RiskFacts {
  /** Missing where there is no source, or nothing served before; `unread` where git could not be asked. */
  readonly commits?: Commits | "unread";
  readonly migrations: readonly { readonly id: string; readonly kind: "expand" | "contract" }[];
  /** When the last deployment here had ended; missing: there was none. */
  readonly lastAt?: number;
  readonly unitLines: number;
  /** Where the same revision serves or served, and for how long; missing where it has no revision. */
  readonly elsewhere?: readonly { readonly environment: string; readonly milliseconds: number }[];
  readonly isDownMeanwhile: boolean;
}

/** Many names say no more than a few. */
const mostAuthors = 5;

/** The lines in the order of their weight. */
export function riskLines(facts: RiskFacts, now: number): readonly RiskLine[] {
  const { commits, migrations, lastAt, unitLines, elsewhere, isDownMeanwhile } = facts;
  return [
    ...(lastAt === undefined ? [{ kind: "first-deployment" } as const] : []),
    ...(commits === undefined ? [] : commitLines(commits)),
    ...(migrations.length === 0 ? [] : [migrationLine(migrations)]),
    ...(unitLines === 0 ? [] : [{ kind: "unit-changes", lines: unitLines } as const]),
    ...(isDownMeanwhile ? [{ kind: "downtime" } as const] : []),
    ...(elsewhere === undefined ? [] : [provenLine(elsewhere)]),
    ...(lastAt === undefined ? [] : [{ kind: "since-last", seconds: seconds(now - lastAt) } as const]),
  ];
}

function commitLines(commits: Commits | "unread"): readonly RiskLine[] {
  if (commits === "unread") return [{ kind: "authors-unknown", names: [] }];
  const { authors, count, more, files, strangers } = commits;
  const shown = authors.slice(0, mostAuthors);
  return [
    { kind: "commits", count, authors: shown, more: more || shown.length < authors.length },
    { kind: "files", count: files },
    ...(strangers.length === 0 ? [] : [{ kind: "authors-unknown", names: strangers.slice(0, mostAuthors) } as const]),
  ];
}

function migrationLine(migrations: RiskFacts["migrations"]): RiskLine {
  const names = migrations.map(({ id }) => id);
  return { kind: "migrations", names, contract: migrations.some(({ kind }) => kind === "contract") };
}

/** Where it served longest says most. */
function provenLine(elsewhere: NonNullable<RiskFacts["elsewhere"]>): RiskLine {
  const [longest] = elsewhere.toSorted((a, b) => b.milliseconds - a.milliseconds);
  if (longest === undefined) return { kind: "not-proven" };
  return { kind: "proven-in", environment: longest.environment, seconds: seconds(longest.milliseconds) };
}

function seconds(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds / 1000));
}
