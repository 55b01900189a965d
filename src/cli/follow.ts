/** Stays with a deployment until it ends: shows how it goes, and says how it ended, in words and by the exit code. */
import type { Recorded } from "../core/deployment.ts";
import { apply, finalStates, fold } from "../core/deployment.ts";
import type { Deployment } from "../core/deployment.ts";
import type { DeploymentView } from "../api/views.ts";
import { exitCodeOf, exitCodes } from "../core/exit-code.ts";
import type { Connection } from "./connect.ts";
import { Interrupts } from "./interrupts.ts";
import { report } from "./progress/report.ts";
import { showOf } from "./progress/show.ts";
import { closingTable, verdict } from "./progress/verdict.ts";
import type { Session } from "./session.ts";
import { inSeconds } from "./words.ts";

export interface FollowOptions {
  /** Give up waiting after this time; the deployment goes on. */
  readonly timeoutSeconds?: number;
}

export async function follow(session: Session, view: DeploymentView, options: FollowOptions = {}): Promise<number> {
  const connection = await session.connection();
  const title = deploymentTitle(view);
  const leave = new AbortController();
  const show = showOf(session, title);
  const interrupts = new Interrupts(session, connection, title, show, leave);
  const { timeoutSeconds } = options;
  const noLonger =
    timeoutSeconds === undefined
      ? () => undefined
      : session.shell.after(timeoutSeconds * 1000, () => interrupts.timeOut(timeoutSeconds));
  let deployment: Deployment | undefined;
  try {
    for await (const recorded of connection.client.watch(view.id, { signal: leave.signal })) {
      const next = folded(view.id, deployment, recorded);
      if (next === undefined) continue;
      deployment = next;
      if (session.json === "lines") session.out.write(`${JSON.stringify(recorded)}\n`);
      show.event(deployment, recorded);
      interrupts.look(deployment);
      if (finalStates.has(deployment.state)) break;
    }
  } catch (error) {
    if (!leave.signal.aborted) throw error;
  } finally {
    noLonger();
    interrupts.end();
    show.end();
  }
  return close(session, connection, { view, deployment, left: interrupts.left });
}

/** Reconnecting may bring an event twice; it is folded once. */
function folded(id: string, deployment: Deployment | undefined, recorded: Recorded): Deployment | undefined {
  if (deployment === undefined) return fold(id, [recorded]);
  return recorded.sequence <= deployment.sequence ? undefined : apply(deployment, recorded);
}

interface Ending {
  readonly view: DeploymentView;
  readonly deployment: Deployment | undefined;
  readonly left: number | undefined;
}

async function close(session: Session, { client }: Connection, { view, deployment, left }: Ending): Promise<number> {
  const isOver = deployment !== undefined && finalStates.has(deployment.state);
  const exitCode = isOver ? exitCodeOf(deployment) : (left ?? exitCodes.waitTimedOut);
  if (session.json === "object") {
    const last = left === undefined ? await client.deployment(view.id) : view;
    const hosts = deployment === undefined ? [] : report(deployment);
    session.answer({ deployment: last, state: deployment?.state ?? view.state, hosts, exitCode }, () => "");
    return exitCode;
  }
  if (deployment === undefined || !isOver) return exitCode;
  if (session.json === undefined) session.out.write(closingTable(deployment, session.style));
  for (const line of verdict(deployment, deploymentTitle(view), session.errStyle)) session.err.write(`${line}\n`);
  return exitCode;
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
