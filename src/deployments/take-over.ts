/** Makes the services of a host this installation's own, when another one had them. Explicit, with a reason. */
import type { Settings } from "../core/settings.ts";
import { UnknownName } from "../core/settings.ts";
import { answers, helper, refusal } from "../steps/ask.ts";
import { refuseWhileFrozen } from "./frozen.ts";
import type { World } from "./world.ts";

export interface TakenOver {
  readonly service: string;
  /** The installation that had it before; `null` when nobody or this one had. */
  readonly from: string | null;
  readonly done: boolean;
  readonly message: string;
}

const limitSeconds = 30;

export async function takeOver(
  host: string,
  reason: string,
  by: string,
  settings: Settings,
  world: World,
): Promise<readonly TakenOver[]> {
  await refuseWhileFrozen(world);
  if (!settings.fleet().has(host))
    throw new UnknownName(`there is no host ${host}; the hosts are ${[...settings.fleet().keys()].join(", ")}`);
  const { id: installation } = await world.store.installation();
  const results: TakenOver[] = [];
  for (const service of settings.allowances(host).keys()) {
    const taken = await takeService({ host, service, reason, installation }, world);
    results.push(taken);
    if (!taken.done || taken.from === null) continue;
    const detail = { from: taken.from, installation, reason };
    await world.store.commit({
      at: world.clock.now(),
      audit: [{ actor: by, action: "take-over", object: `${service} on ${host}`, detail }],
    });
  }
  return results;
}

interface Question {
  readonly host: string;
  readonly service: string;
  readonly reason: string;
  readonly installation: string;
}

async function takeService({ host, service, reason, installation }: Question, world: World): Promise<TakenOver> {
  const { hosts, store } = world;
  const status = await hosts.run(host, { argv: helper("status", service), limitSeconds });
  if (status.code !== 0) return { service, from: null, done: false, message: refusal(status) };
  const said = answers(status.stdout);
  const owner = said.get("installation") ?? "";
  const epoch = await store.nextEpoch();
  const isOurs = owner === "" || (owner === installation && Number(said.get("epoch") ?? 0) < epoch);
  if (isOurs) return { service, from: null, done: true, message: "no other installation has it" };

  const argv = helper("take-over", service, installation, String(epoch), reason);
  const answer = await hosts.run(host, { argv, limitSeconds });
  if (answer.code !== 0) return { service, from: owner, done: false, message: refusal(answer) };
  return { service, from: owner, done: true, message: `taken over from the installation ${owner}` };
}
