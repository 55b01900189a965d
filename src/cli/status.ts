/** `signalbox status`: what runs where, trouble first. */
import type { PlaceView } from "../api/views.ts";
import { awaitedIn } from "./awaited.ts";
import type { Awaited } from "./awaited.ts";
import { peopleWords } from "./progress/waiting.ts";
import { releaseTitle } from "../core/release.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { deploymentTitle } from "./follow.ts";
import { safeFirstLine, safeLine } from "./safe-text.ts";
import type { Session } from "./session.ts";
import type { Look, Style } from "./style.ts";
import { paint, symbol } from "./style.ts";
import type { Cell } from "./table.ts";
import { table } from "./table.ts";
import { sideWords, outWords } from "./traffic-text.ts";
import { ago, clockMinute, stateMark, stateWord } from "./words.ts";

interface StatusOptions {
  readonly env?: string;
  readonly live?: boolean;
}

export function addStatusCommand(cli: Cli): void {
  const command = cli.program
    .command("status")
    .description("show what runs where")
    .argument("[service]", "only this service")
    .option("-e, --env <environment>", "only this environment")
    .option("--live", "ask the hosts now, instead of telling what the last deployments left")
    .action(action(cli, status));
  examples(
    command,
    ["signalbox status", "every service in every environment"],
    ["signalbox status orders -e production --live", "each host of one, asked now"],
    ["signalbox status --json", "for a script"],
  );
}

async function status(session: Session, { env, live }: StatusOptions, service: string | undefined): Promise<number> {
  const client = await session.client();
  const places = await client.status({
    ...(service === undefined ? {} : { service }),
    ...(env === undefined ? {} : { environment: env }),
    ...(live === undefined ? {} : { live }),
  });
  const awaited = await awaitedIn(
    client,
    places.some(({ lastDeployment }) => lastDeployment?.state === "awaiting-approval"),
  );
  session.answer(
    { places },
    () => `${statusText(places, session.now(), session.style)}${awaitedText(places, awaited, session)}`,
  );
  return 0;
}

/** Who decides about what waits, a line each. */
function awaitedText(places: readonly PlaceView[], awaited: Awaited, session: Session): string {
  return places
    .flatMap(({ lastDeployment: last }) => {
      const view = last === null ? undefined : awaited.get(last.id);
      return last === null || view === undefined
        ? []
        : [`${deploymentTitle(last)}: ${peopleWords(view, session.now())}\n`];
    })
    .join("");
}

export function statusText(places: readonly PlaceView[], now: number, style: Style): string {
  if (places.length === 0) return "No service is placed in any environment yet.\n";
  const [only, ...others] = places;
  if (others.length === 0)
    return `${overview(places, now, style)}${trafficNotes(only!, style)}\n${hostTable(only!, style)}`;
  const notes = places.map((place) => trafficNotes(place, style)).join("");
  const troubled = places.filter((place) => place.hosts.some(isTroubled));
  const details = troubled.map(
    (place) =>
      `\n${place.service}@${place.environment}\n${hostTable({ ...place, hosts: place.hosts.filter(isTroubled) }, style)}`,
  );
  return `${overview(places, now, style)}${notes}${details.join("")}`;
}

/** Which side is active, who is out of rotation, and until when the old release stays warm. */
function trafficNotes({ service, environment, watch, traffic, freeze }: PlaceView, style: Style): string {
  const proxy = traffic?.proxies[0];
  const out = traffic === null ? undefined : outWords(traffic.proxies);
  const notes = [
    ...(freeze === null ? [] : [paint("warn", safeFirstLine(freeze), style)]),
    ...(proxy === undefined ? [] : [sideWords(proxy)]),
    ...(out === undefined ? [] : [paint("warn", out, style)]),
    ...(traffic === null || traffic.problem === null ? [] : [paint("bad", safeFirstLine(traffic.problem), style)]),
    ...(watch === null || watch.watchedUntil === null ? [] : [`watched until ${clockMinute(watch.watchedUntil)}`]),
    ...(watch === null || watch.warmUntil === null ? [] : [`old release warm until ${clockMinute(watch.warmUntil)}`]),
  ];
  return notes.length === 0 ? "" : `${service}@${environment}: ${notes.join("; ")}\n`;
}

type HostView = PlaceView["hosts"][number];

function isTroubled({ active, drifted, problem }: HostView): boolean {
  return problem !== null || drifted || active === "failed";
}

/** Without --live nothing is said about the hosts, neither good nor bad. */
function isUnasked({ release, active, problem }: HostView): boolean {
  return release === null && active === "" && problem === null;
}

function overview(places: readonly PlaceView[], now: number, style: Style): string {
  const rows = places.map((place): (Cell | string)[] => {
    const { service, environment, release, previous, hosts, lastDeployment: last } = place;
    const well = hosts.filter((host) => !isTroubled(host) && host.active === "active").length;
    const look: Look = well === hosts.length ? "good" : hosts.some(isTroubled) ? "bad" : "quiet";
    const state = last === null ? "" : `${symbol(stateMark(last.state).symbol, style)} ${stateWord(last.state)}`;
    return [
      service,
      environment,
      release === null ? { text: "nothing", look: "quiet" } : releaseWords(release),
      previous === null ? "" : releaseWords(previous),
      hosts.every(isUnasked) ? String(hosts.length) : { text: `${well}/${hosts.length}`, look },
      last === null ? "" : { text: state, look: stateMark(last.state).look },
      last === null ? "" : `${deploymentTitle(last)}, ${ago(last.finishedAt ?? last.requestedAt, now)}`,
    ];
  });
  const locks = places.flatMap(({ service, environment, lock, lastDeployment: last }) =>
    lock === null
      ? []
      : [
          `${service}@${environment} is locked by ${last?.id === lock.owner ? deploymentTitle(last) : safeLine(lock.owner)} for ${ago(lock.since, now).replace(" ago", "")}: ${safeLine(lock.reason)}\n`,
        ],
  );
  const titles = ["SERVICE", "ENVIRONMENT", "RELEASE", "BEFORE", "HOSTS", "LAST DEPLOYMENT", ""];
  return `${table(titles, rows, style)}${locks.join("")}`;
}

function releaseWords(number: number): string {
  return releaseTitle(String(number));
}

function hostTable({ hosts }: PlaceView, style: Style): string {
  if (hosts.every(isUnasked)) {
    return `Hosts: ${hosts.map(({ name }) => safeLine(name)).join(", ")}. They were not asked; --live asks them.\n`;
  }
  const rows = hosts.map(({ name, release, active, drifted, problem }): (Cell | string)[] => [
    safeLine(name),
    release === null ? { text: "not known", look: "warn" } : safeLine(release),
    { text: safeLine(active), look: active === "active" ? "good" : active === "failed" ? "bad" : "quiet" },
    [
      ...(problem === null ? [] : [paint("bad", safeFirstLine(problem), style)]),
      ...(drifted ? [paint("warn", "its unit is not the one that Signalbox wrote", style)] : []),
    ].join("; "),
  ]);
  return table(["HOST", "RELEASE", "UNIT", ""], rows, style);
}
