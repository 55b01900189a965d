/**
 * Which version of each secret a deployment means. Fixed when it is asked for, and again with its rollout's plan, whose
 * digest has it in it.
 */
import type { Deployment } from "../../core/deployment.ts";
import type { Origin } from "../../core/plan.ts";
import { filledIn } from "../../core/secret-values.ts";
import { arePinned, secretNamesOf } from "../../core/secret.ts";
import type { SecretPin } from "../../core/secret.ts";
import type { Target } from "../../core/service.ts";
import { SecretFailed } from "../../ports/secrets.ts";
import type { World } from "../world.ts";

/**
 * The versions of today. Their values are looked at, so that what can't be delivered shows before anything is done.
 *
 * @throws {SecretFailed} naming what is missing or can't be read
 * @throws {SecretReferenceRefused} when a value can't be a variable
 */
export async function pinsFor(
  target: Target,
  origin: Origin,
  { secrets }: Pick<World, "secrets">,
): Promise<readonly SecretPin[]> {
  const names = secretNamesOf(target, origin);
  if (names.length === 0) return [];
  try {
    const pins = await secrets.current(names, target);
    const values = new Map<string, string>();
    for (const pin of pins) values.set(pin.name, await secrets.get(pin));
    if (isStaged(origin)) filledIn(target.variables, values, "environment");
    for (const { at, variables = {} } of target.hooks) filledIn(variables, values, `hooks (${at}).environment`);
    if (isStaged(origin)) filledIn(target.migration?.variables ?? {}, values, "migration.environment");
    return pins;
  } catch (error) {
    // Only its hooks want them. Nobody is kept from the way back by that; a hook without its secret says so itself.
    if (!isStaged(origin) && error instanceof SecretFailed) return [];
    throw error;
  }
}

/** What goes back or is started anew has its variables on the hosts already. */
function isStaged({ kind }: Origin): boolean {
  return kind !== "return" && kind !== "restart";
}

/**
 * Whether a plan that nobody has begun to carry out means other versions than those of today: a person approved
 * those, and nobody these.
 *
 * Where the provider can't be asked, nothing is known to have changed, and hosts have what was approved.
 */
export async function hasOtherSecrets(
  { prepare, rollout }: Deployment,
  world: Pick<World, "secrets">,
): Promise<boolean> {
  const pins = rollout?.targets[0].secrets ?? [];
  if (prepare === undefined || pins.length === 0 || !isStaged(prepare.origin)) return false;
  try {
    return !arePinned(pins, await world.secrets.current(secretNamesOf(prepare.target, prepare.origin), prepare.target));
  } catch (error) {
    if (!(error instanceof SecretFailed)) throw error;
    return error.kind === "missing";
  }
}
