/** Which deployment a command is about, when none is named. */
import type { Client } from "../api/client.ts";
import type { DeploymentView } from "../api/views.ts";
import type { State } from "../core/deployment.ts";
import { finalStates } from "../core/deployment.ts";
import { deploymentTitle } from "./follow.ts";
import type { Session } from "./session.ts";
import { Stopped } from "./stopped.ts";

const recently = 50;

export interface Narrowed {
  readonly service?: string | undefined;
  readonly env?: string | undefined;
}

interface Taking {
  /** Where none is under way the last one will do. */
  readonly orTheLast: boolean;
  /** One that is paused is meant, if there is any. */
  readonly pausedFirst?: boolean;
}

/** The one that is named, else the only one under way, else (where that helps) the last one. */
export async function whichDeployment(
  session: Session,
  ref: string | undefined,
  { orTheLast, pausedFirst = false, env, service }: Narrowed & Taking,
): Promise<DeploymentView> {
  const client = await session.client();
  if (ref !== undefined) return client.deployment(ref);
  const all = await recent(client, { env, service });
  const going = all.filter(({ state }) => !finalStates.has(state as State));
  const paused = going.filter(({ state }) => state === "paused");
  const underWay = pausedFirst && paused.length > 0 ? paused : going;
  const [only, ...others] = underWay;
  if (others.length > 0) {
    throw new Stopped(
      `which deployment is meant is not clear: ${underWay.map((view) => `${deploymentTitle(view)} (${view.service}@${view.environment})`).join(", ")} are under way`,
      { next: `name one, such as ${deploymentTitle(only!)}` },
    );
  }
  const taken = only ?? (orTheLast ? all[0] : undefined);
  if (taken === undefined) {
    throw new Stopped(all.length === 0 ? "there is no deployment yet" : "no deployment is under way", {
      next: all.length === 0 ? "signalbox deploy begins one" : "signalbox history lists those that ended",
    });
  }
  const why = only === undefined ? "the last one" : `the only one ${underWay === going ? "under way" : "paused"}`;
  session.note(`Took ${deploymentTitle(taken)} (${taken.service}@${taken.environment}): ${why}.`);
  return taken;
}

function recent(client: Client, { env, service }: Narrowed): Promise<readonly DeploymentView[]> {
  return client.deployments({
    limit: recently,
    ...(env === undefined ? {} : { environment: env }),
    ...(service === undefined ? {} : { service }),
  });
}
