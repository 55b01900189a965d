/** Stays with a deployment until it ends: shows how it goes, and says how it ended, in words and by the exit code. */
import type { Recorded } from "../core/deployment.ts";
import { finalStates } from "../core/deployment.ts";
import { apply, fold } from "../core/fold.ts";
import type { Deployment } from "../core/deployment.ts";
import type { DeploymentView } from "../api/views.ts";
import { exitCodeOf, exitCodes } from "../core/exit-code.ts";
import { onlyWatches, watchTimes } from "../core/waits.ts";
import type { Connection } from "./connect.ts";
import { Interrupts } from "./interrupts.ts";
import { report } from "./progress/report.ts";
import { Waiting } from "./progress/waiting.ts";
import { showOf } from "./progress/show.ts";
import { baseline, candidate } from "./progress/step-words.ts";
import type { TrafficSeen } from "./progress/traffic.ts";
import { nothingSeen, see } from "./progress/traffic.ts";
import { closingTable, trafficSummary, verdict } from "./progress/verdict.ts";
import type { Session } from "./session.ts";
import type { Style } from "./style.ts";
import { paint, symbol } from "./style.ts";
import { clockMinute, inSeconds } from "./words.ts";

export interface FollowOptions {
  /** Give up waiting after this time; the deployment goes on. */
  readonly timeoutSeconds?: number;
  /** Leave as soon as the release serves everywhere, and what goes on only watches it. */
  readonly leaveAtWatch?: boolean;
}

export async function follow(session: Session, view: DeploymentView, options: FollowOptions = {}): Promise<number> {
  const connection = await session.connection();
  const title = deploymentTitle(view);
  const leave = new AbortController();
  const show = showOf(session, title);
  const interrupts = new Interrupts(session, connection, title, show, leave);
  const waiting = new Waiting(connection.client, session.shell, show);
  const { timeoutSeconds } = options;
  const noLonger =
    timeoutSeconds === undefined
      ? () => undefined
      : session.shell.after(timeoutSeconds * 1000, () => interrupts.timeOut(timeoutSeconds));
  let deployment: Deployment | undefined;
  let traffic = nothingSeen;
  try {
    for await (const recorded of connection.client.watch(view.id, { signal: leave.signal })) {
      const next = folded(view.id, deployment, recorded);
      if (next === undefined) continue;
      deployment = next;
      traffic = see(traffic, recorded);
      if (session.json === "lines") session.out.write(`${JSON.stringify(recorded)}\n`);
      show.event(deployment, recorded);
      interrupts.look(deployment);
      waiting.look(deployment);
      if (finalStates.has(deployment.state)) break;
      if (options.leaveAtWatch === true && onlyWatches(deployment)) {
        interrupts.left = exitCodes.done;
        break;
      }
    }
  } catch (error) {
    if (!leave.signal.aborted) throw error;
  } finally {
    noLonger();
    waiting.end();
    interrupts.end();
    show.end();
  }
  return close(session, connection, { view, deployment, traffic, left: interrupts.left });
}

/** Reconnecting may bring an event twice; it is folded once. */
function folded(id: string, deployment: Deployment | undefined, recorded: Recorded): Deployment | undefined {
  if (deployment === undefined) return fold(id, [recorded]);
  return recorded.sequence <= deployment.sequence ? undefined : apply(deployment, recorded);
}

interface Ending {
  readonly view: DeploymentView;
  readonly deployment: Deployment | undefined;
  readonly traffic: TrafficSeen;
  readonly left: number | undefined;
}

async function close(session: Session, { client }: Connection, ending: Ending): Promise<number> {
  const { view, deployment, traffic, left } = ending;
  const isOver = deployment !== undefined && finalStates.has(deployment.state);
  const exitCode = isOver ? exitCodeOf(deployment) : (left ?? exitCodes.waitTimedOut);
  if (session.json === "object") {
    const last = left === undefined ? await client.deployment(view.id) : view;
    const hosts = deployment === undefined ? [] : report(deployment);
    const conclusions = [...(deployment?.concluded.values() ?? [])];
    const state = deployment?.state ?? view.state;
    const watch = deployment === undefined ? null : (watchTimes(deployment) ?? null);
    session.answer({ deployment: last, state, hosts, traffic: traffic.totals, conclusions, watch, exitCode }, () => "");
    return exitCode;
  }
  if (deployment === undefined) return exitCode;
  const leavesWatch = left === exitCodes.done && !isOver;
  if (!isOver && !leavesWatch) return exitCode;
  if (session.json === undefined) session.out.write(closingTable(deployment, session.style));
  const title = deploymentTitle(view);
  const lines = leavesWatch
    ? watchedOn(deployment, title, session.errStyle, traffic)
    : verdict(deployment, title, session.errStyle, traffic);
  for (const line of lines) session.err.write(`${line}\n`);
  return exitCode;
}

/** What goes on when nobody follows any more: `--no-watch`. */
function watchedOn(deployment: Deployment, title: string, style: Style, traffic: TrafficSeen): readonly string[] {
  const { watchedUntil, warmUntil } = watchTimes(deployment)!;
  const rest = [
    ...(watchedUntil === undefined ? [] : [`is watched until ${clockMinute(watchedUntil)}`]),
    ...(warmUntil === undefined ? [] : [`${baseline(deployment)} stays warm until ${clockMinute(warmUntil)}`]),
  ];
  return [
    `${paint("good", `${symbol("good", style)} ${title}`, style)}  ${candidate(deployment)} serves and ${rest.join("; ")}`,
    ...trafficSummary(deployment, traffic, style).map((line) => `  ${line}`),
    `  Next: signalbox watch ${title} follows it, signalbox watch ${title} --end ends it, signalbox abort ${title} goes back`,
  ];
}

/** `d-12`. */
export function deploymentTitle({ number }: Pick<DeploymentView, "number">): string {
  return `d-${number}`;
}

/** What `--no-wait` says instead of following. */
export function noteAccepted(session: Session, view: DeploymentView): void {
  session.answer({ deployment: view }, () => `${deploymentTitle(view)}\n`);
  const since = inSeconds(Math.max(0, session.now() - view.requestedAt));
  session.note(
    `${deploymentTitle(view)} was accepted ${since} ago; signalbox watch ${deploymentTitle(view)} follows it`,
  );
}
