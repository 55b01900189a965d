/** How a deployment ended: one line, the hosts that failed, what is safe, and the next command. */
import type { Deployment } from "../../core/deployment.ts";
import { exitCodeOf, exitCodes } from "../../core/exit-code.ts";
import { releaseTitle } from "../../core/release.ts";
import { safeFirstLine, safeLine, safeLines } from "../safe-text.ts";
import type { Look, Style } from "../style.ts";
import { paint, symbol } from "../style.ts";
import type { Cell } from "../table.ts";
import { table } from "../table.ts";
import { named, stateMark, stateWord, took } from "../words.ts";
import type { HostReport } from "./report.ts";
import { report } from "./report.ts";
import type { TrafficSeen } from "./traffic.ts";
import { evidenceTable, nothingSeen, totalWords, verdictLook } from "./traffic.ts";

export function verdict(
  deployment: Deployment,
  title: string,
  style: Style,
  traffic: TrafficSeen = nothingSeen,
): readonly string[] {
  const { request, requestedAt, finished, state } = deployment;
  if (finished === undefined) return [];
  const { symbol: name, look } = stateMark(state);
  const head = `${symbol(name, style)} ${title} ${stateWord(state)}`;
  const [message, ...more] = safeLines(finished.message);
  const hosts = report(deployment);
  const failed = hosts.filter(({ message }) => message !== null);
  const what = `${request.service}@${request.environment}: ${withoutToldBelow(message, failed)}`;
  const safe = safeWords(deployment, hosts);
  const next = nextCommand(deployment, title, hosts);
  return [
    `${paint(look, head, style)}  ${what} (${took(finished.at - requestedAt)})`,
    ...(failed.length === 0
      ? more.map((line) => `  ${line.trim()}`)
      : failed.slice(0, mostFailed).flatMap(failureLines)),
    ...(failed.length > mostFailed
      ? [
          `  and ${failed.length - mostFailed} more: ${named(
            failed.slice(mostFailed).map(({ host }) => host),
            8,
          )}`,
        ]
      : []),
    ...trafficSummary(deployment, traffic, style).map((line) => `  ${line}`),
    ...(safe === undefined ? [] : [`  ${safe}`]),
    ...(next === undefined ? [] : [`  Next: ${next}`]),
  ];
}

/** What users noticed, and each analysis; one that was not passed with its evidence. */
export function trafficSummary({ concluded }: Deployment, { totals }: TrafficSeen, style: Style): readonly string[] {
  const words = totalWords(totals);
  return [
    ...[...concluded.values()].flatMap((conclusion) => [
      `${paint(verdictLook(conclusion.verdict), conclusion.verdict, style)}: ${safeFirstLine(conclusion.sentence)}`,
      ...(conclusion.verdict === "pass" ? [] : evidenceTable(conclusion, style).map((line) => `  ${line}`)),
    ]),
    ...(words === undefined ? [] : [words]),
  ];
}

/** What went wrong on a host stands in the host's own line: here the step is enough. */
function withoutToldBelow(message: string, failed: readonly HostReport[]): string {
  const told = failed.map((host) => `: ${safeLines(host.message!)[0]}`).find((end) => message.endsWith(end));
  return told === undefined ? message : message.slice(0, -told.length);
}

const mostFailed = 10;
const mostInFull = 2;

/** The first ones with all that their messages say, the others with the first line. */
function failureLines({ host, result, message }: HostReport, index: number): readonly string[] {
  const [first, ...rest] = safeLines(message!);
  const said = first.startsWith(`${host}: `) ? first.slice(host.length + 2) : first;
  return [`  ${host}  ${result}: ${said}`, ...(index < mostInFull ? rest.map((line) => `    ${line.trim()}`) : [])];
}

/** What can be relied on now. */
function safeWords(deployment: Deployment, hosts: readonly HostReport[]): string | undefined {
  const { state } = deployment;
  if (state === "succeeded") return undefined;
  const unsure = hosts.filter(({ release }) => release === null).map(({ host }) => host);
  const serving = groupedByRelease(hosts);
  const sure = serving.map(([release, names]) => `${releaseTitle(release)} is on ${named(names)}`).join("; ");
  if (deployment.epoch === undefined) return `Nothing that serves was touched${sure === "" ? "" : `; ${sure}`}.`;
  const open = unsure.length === 0 ? "" : `${sure === "" ? "" : "; "}what ${named(unsure)} serves has to be looked at`;
  return sure === "" && open === "" ? undefined : `${upperFirst(`${sure}${open}`)}.`;
}

function groupedByRelease(hosts: readonly HostReport[]): readonly (readonly [string, readonly string[]])[] {
  const groups = new Map<string, string[]>();
  for (const { host, release } of hosts) {
    if (release !== null) groups.set(release, [...(groups.get(release) ?? []), host]);
  }
  return [...groups];
}

function nextCommand(deployment: Deployment, title: string, hosts: readonly HostReport[]): string | undefined {
  const { state, finished, request } = deployment;
  const bad = hosts.find(({ message }) => message !== null);
  const logs = `signalbox logs ${title}${bad === undefined ? "" : ` --host ${bad.host}`}`;
  const { service, environment } = request;
  switch (state) {
    case "succeeded":
      return finished!.behind.length === 0 ? undefined : `signalbox hosts sync ${finished!.behind[0]}, once it is back`;
    case "failed":
      return `${lookFirst(deployment, bad?.host) ?? logs}, then signalbox deploy ${service} -e ${environment}`;
    case "rolled-back":
      return logs;
    case "rollback-failed":
      return `${logs}, and signalbox status ${service} -e ${environment} --live`;
    case "superseded":
      return `signalbox status ${service} -e ${environment}`;
    default:
      return undefined;
  }
}

/** Where the steps' logs have nothing to say: hosts that never answered, and a plan that is another one now. */
function lookFirst(deployment: Deployment, host: string | undefined): string | undefined {
  const { service, environment, plan } = deployment.request;
  const exitCode = exitCodeOf(deployment);
  if (exitCode === exitCodes.unreachableBeforeAnyChange && host !== undefined) return `signalbox doctor ${host}`;
  return exitCode === exitCodes.refused && plan !== undefined
    ? `signalbox plan ${service} -e ${environment} --build`
    : undefined;
}

/** The closing table of a rollout. */
export function closingTable(deployment: Deployment, style: Style): string {
  const hosts = report(deployment);
  if (hosts.length === 0 || deployment.epoch === undefined) return "";
  const rows = hosts.map(({ host, release, result, milliseconds, downtime }): (Cell | string)[] => [
    host,
    release === null ? { text: "not known", look: "warn" } : releaseTitle(release),
    { text: result, look: lookOf(result) },
    milliseconds === null ? "" : took(milliseconds),
    downtime === null ? "" : safeLine(downtime),
  ]);
  return table(["HOST", "RELEASE", "RESULT", "TOOK", "NOTE"], rows, style);
}

function lookOf(result: string): Look {
  if (result === "activated" || result === "unchanged") return "good";
  return result === "not touched" || result === "brought back" ? "quiet" : "bad";
}

function upperFirst(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
