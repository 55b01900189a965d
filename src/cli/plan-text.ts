/** A plan on paper: per host what changes, then the order, the interlocks, the way back, and the command that runs it. */
import type { HostPlanView, OriginRequest, PlanView } from "../api/views.ts";
import { secretTitle } from "../core/secret.ts";
import { safeLine } from "./safe-text.ts";
import type { Style } from "./style.ts";
import { paint, symbol } from "./style.ts";
import { count, named } from "./words.ts";

export function planText(plan: PlanView, origin: OriginRequest, style: Style): string {
  const what = plan.release === null ? originWords(origin) : `release ${plan.release}`;
  const lines = [
    paint("strong", `${plan.service}@${plan.environment} ${symbol("arrow", style)} ${what}`, style),
    "",
    ...hostLines(plan.hosts, style),
    ...secretLines(plan.secrets, style),
    ...section("Prepare (changes nothing that serves)", plan.prepare, style),
    ...section("Rollout", plan.rollout, style),
    ...interlockLines(plan, style),
    ...(plan.freeze === null
      ? []
      : [
          paint(
            "warn",
            `${symbol("warn", style)} ${safeLine(plan.freeze)}. Its rollout would wait for the end.`,
            style,
          ),
          "",
        ]),
    paint("strong", "Roll back", style),
    `  ${safeLine(plan.rollBackRestores)}`,
    "",
    ...closing(plan, origin),
  ];
  return `${lines.join("\n")}\n`;
}

function originWords(origin: OriginRequest): string {
  switch (origin.kind) {
    case "revision":
      return origin.ref === undefined ? "the configured branch" : safeLine(origin.ref);
    case "artifact":
      return `artifact ${origin.sha256.slice(0, 12)}`;
    case "release":
      return `release ${origin.number}`;
  }
}

/** Hosts on which exactly the same changes are told once. */
function hostLines(hosts: readonly HostPlanView[], style: Style): readonly string[] {
  const groups = new Map<string, HostPlanView[]>();
  for (const host of hosts) {
    const key = JSON.stringify({ ...host, host: "", batch: null });
    groups.set(key, [...(groups.get(key) ?? []), host]);
  }
  return [...groups.values()].flatMap((group) => groupLines(group, style));
}

function groupLines(group: readonly HostPlanView[], style: Style): readonly string[] {
  const { before, goal, unitDiff, variables, drifted, problem } = group[0]!;
  const names = group.map(({ host }) => safeLine(host));
  const who = names.length <= 4 ? named(names, 4) : `${count(names.length, "host")} (${named(names)})`;
  const order = paint("quiet", batchWords(group), style);
  return [
    `${paint("strong", who, style)}  ${titleOf(before, "not known")} ${symbol("arrow", style)} ${titleOf(goal, "a new release")}${order}`,
    ...(problem === null ? [] : [paint("bad", `  ${symbol("bad", style)} ${safeLine(problem)}`, style)]),
    ...(drifted
      ? [paint("warn", `  ${symbol("warn", style)} its unit is not the one that Signalbox wrote`, style)]
      : []),
    ...unitDiff.map((line) => `  ${diffLine(safeLine(line), style)}`),
    ...variableLine(variables, style),
    "",
  ];
}

/** `batch 2`, or `batches 2 to 11` where the same happens in all of them. */
function batchWords(group: readonly HostPlanView[]): string {
  const batches = [...new Set(group.flatMap(({ batch }) => (batch === null ? [] : [batch])))].sort((a, b) => a - b);
  if (batches.length === 0) return "";
  return batches.length === 1 ? `  batch ${batches[0]}` : `  batches ${batches[0]} to ${batches.at(-1)}`;
}

/** Names alone: values may be nobody's business. */
function variableLine({ added, removed, changed }: HostPlanView["variables"], style: Style): readonly string[] {
  const parts = [
    ...added.map((name) => paint("good", `+${safeLine(name)}`, style)),
    ...removed.map((name) => paint("bad", `-${safeLine(name)}`, style)),
    ...changed.map((name) => paint("warn", `~${safeLine(name)}`, style)),
  ];
  return parts.length === 0 ? [] : [`  variables: ${parts.join(" ")}`];
}

/** Versions tell which values are meant; nobody is told the values. */
function secretLines(secrets: PlanView["secrets"], style: Style): readonly string[] {
  if (secrets.length === 0) return [];
  const lines = secrets.map(({ version, before, ...id }) => {
    const words = `  ${safeLine(secretTitle(id))}, version ${safeLine(version)}`;
    if (before === version) return words;
    return paint("warn", `${words} (${before === null ? "new" : `now ${safeLine(before)}`})`, style);
  });
  return [paint("strong", "Secrets", style), ...lines, ""];
}

function titleOf(release: string | null, other: string): string {
  return release === null ? other : safeLine(release);
}

function diffLine(line: string, style: Style): string {
  if (line.startsWith("+")) return paint("good", line, style);
  return line.startsWith("-") ? paint("bad", line, style) : line;
}

function section(title: string, lines: readonly string[], style: Style): readonly string[] {
  if (lines.length === 0) return [];
  return [paint("strong", title, style), ...lines.map((line, index) => `  ${index + 1}. ${safeLine(line)}`), ""];
}

function interlockLines({ interlocks }: PlanView, style: Style): readonly string[] {
  if (interlocks.length === 0) return [];
  const lines = interlocks.map(({ title, holds, message }) => {
    const mark = holds ? paint("good", symbol("good", style), style) : paint("bad", symbol("bad", style), style);
    const why = holds || message === null ? "" : `: ${safeLine(message)}`;
    return `  ${mark} ${safeLine(title)}${holds ? "" : "  does not hold"}${why}`;
  });
  return [paint("strong", "Interlocks", style), ...lines, ""];
}

function closing(plan: PlanView, origin: OriginRequest): readonly string[] {
  const where = `${plan.service} -e ${plan.environment}`;
  const broken = plan.interlocks.filter(({ holds }) => !holds);
  if (broken.length > 0)
    return [`This plan would be refused: ${broken.map(({ title }) => safeLine(title)).join("; ")}.`];
  if (plan.digest === null) {
    const open = plan.open.length === 0 ? "" : ` (${plan.open.map(safeLine).join(", ")})`;
    const next = plan.release === null ? `signalbox plan ${where} --build completes it.` : "signalbox doctor";
    return [`Not everything is known yet${open}.`, `Next: ${next}`];
  }
  return [`Plan ${plan.digest}`, `Next: signalbox deploy ${where}${originFlags(origin)} --plan ${plan.digest}`];
}

function originFlags(origin: OriginRequest): string {
  if (origin.kind === "release") return ` --release ${origin.number}`;
  if (origin.kind === "artifact") return " --artifact FILE";
  return origin.ref === undefined ? "" : ` --ref ${safeLine(origin.ref)}`;
}
