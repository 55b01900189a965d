/** Secrets are set and removed by people; deployments that wait with an old version in their plan learn of it at once. */
import type { Settings } from "../../core/settings.ts";
import type { SecretId } from "../../core/secret.ts";
import { SecretFailed } from "../../ports/secrets.ts";
import type { NewSecret, SecretUser, SecretVault } from "../../ports/secrets.ts";
import { secretsOf } from "../../core/channel.ts";
import type { World } from "../world.ts";
import { theServer } from "./secret-of.ts";

type Keeping = Pick<World, "secrets" | "store" | "queue">;

/** @throws {SecretFailed} because it is `refused` */
export async function setSecret(secret: NewSecret, world: Keeping): ReturnType<SecretVault["put"]> {
  const set = await world.secrets.put(secret);
  await wakeThoseWhoWait(secret, world);
  return set;
}

/** @returns false when there is no such secret */
export async function removeSecret(id: SecretId, by: string, world: Keeping): Promise<boolean> {
  const removed = await world.secrets.remove(id, by);
  await wakeThoseWhoWait(id, world);
  return removed;
}

/** Each looks for itself whether its plan is void. */
async function wakeThoseWhoWait({ service, environment }: SecretId, { store, queue }: Keeping): Promise<void> {
  const waiting = await store.deployments({
    unfinished: true,
    ...(service === null ? {} : { service }),
    ...(environment === null ? {} : { environment }),
  });
  for (const { id } of waiting) queue.wake(id);
}

/** A secret that the configuration refers to. */
export interface CheckedSecret {
  readonly name: string;
  /** Such as `orders in production`, or `the hook github`. */
  readonly neededBy: string;
  /** `null` for the server itself. */
  readonly environment: string | null;
  /** Which one holds there; missing when there is none, and `problem` says why. */
  readonly holds?: SecretId & { readonly version: string };
  readonly problem?: string;
}

/** Looks for a value of each reference in the configuration, and whether it can be read. */
export async function checkSecrets(
  settings: Settings,
  { secrets }: Pick<World, "secrets">,
): Promise<readonly CheckedSecret[]> {
  const ofServices = settings
    .secretReferences()
    .flatMap(({ service, environment, names }) =>
      names.map((name) => ({ name, neededBy: `${service} in ${environment}`, user: { service, environment } })),
    );
  const checked: CheckedSecret[] = [];
  for (const { name, neededBy, user } of [...ofServices, ...ofTheServer(settings)]) {
    const environment = user === theServer ? null : user.environment;
    checked.push({ name, neededBy, environment, ...(await look(name, user, secrets)) });
  }
  return checked;
}

/** What the server itself is told the names of. */
function ofTheServer(settings: Settings): readonly Needed[] {
  const needed = (neededBy: string, names: readonly (string | undefined)[]): readonly Needed[] =>
    names.flatMap((name) => (name === undefined ? [] : [{ name, neededBy, user: theServer }]));
  return [
    ...settings.hooks().flatMap((hook) => needed(`the hook ${hook.name}`, [...hook.secrets, hook.token])),
    ...[...settings.messages().channels].flatMap(([name, channel]) =>
      needed(`the channel ${name}`, secretsOf(channel)),
    ),
    ...needed("the sign-in", [settings.oidc()?.clientSecret]),
  ];
}

interface Needed {
  readonly name: string;
  readonly neededBy: string;
  readonly user: SecretUser;
}

async function look(
  name: string,
  user: SecretUser,
  secrets: SecretVault,
): Promise<Pick<CheckedSecret, "holds" | "problem">> {
  try {
    const [pin] = await secrets.current([name], user);
    await secrets.get(pin!);
    return { holds: pin! };
  } catch (error) {
    if (error instanceof SecretFailed) return { problem: error.message };
    throw error;
  }
}
