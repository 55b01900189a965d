/** How a deployment ended, for whoever had a part in it: who asked for it, who decided about it, and the channel. */
import type { Deployment, FinalState } from "../../core/deployment.ts";
import type { Addressee, Message } from "../../core/message.ts";
import type { NewMessage } from "../../ports/outbox.ts";
import type { World } from "../world.ts";
import { placed } from "./find.ts";
import { aboutOf, distinct, keyOf, persons } from "./tell.ts";
import { peopleIn } from "./today.ts";

export interface HowItEnded {
  readonly state: FinalState;
  readonly message: string;
  readonly behind: readonly string[];
}

/** What the end of its request has told already is not told twice. */
const toldByItsRequest: ReadonlySet<FinalState> = new Set(["rejected", "expired", "superseded"]);

export async function endMessages(
  deployment: Deployment,
  { state, message, behind }: HowItEnded,
  world: World,
): Promise<readonly NewMessage[]> {
  const { id, request, approval } = deployment;
  if (toldByItsRequest.has(state)) return [];
  const kept = approval === undefined ? undefined : await world.store.approvals.find(approval.id);
  const asked = kept === undefined ? [] : placed(kept).asks.map(({ login }) => login);
  const people = new Set((await peopleIn(world.store).list()).map(({ login }) => login));
  const concerned = [request.by, ...(request.pushedBy === undefined ? [] : [request.pushedBy]), ...asked];
  const to: readonly Addressee[] = [
    ...persons(concerned.filter((login) => people.has(login))),
    { kind: "channel", environment: request.environment },
  ];
  const about = await aboutOf(deployment, world);
  const told: Message = {
    kind: "deployment-ended",
    about,
    state,
    message,
    behind,
    ...(approval === undefined ? {} : { approval: approval.id }),
  };
  return distinct(to).map((one) => ({ key: `${id}:end:${keyOf(one)}`, to: one, message: told }));
}
