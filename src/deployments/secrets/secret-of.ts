/**
 * A secret of the server itself, by the name that stands in the configuration: of a webhook, a mail server, a sign-in,
 * a forge. Read at the moment it is needed and not kept, so that a new value counts from its first use on.
 *
 * It is the shared one, of no environment and no service: `signalbox secrets set NAME`. From then on it is masked
 * wherever this server writes something.
 */
import type { World } from "../world.ts";

/** Who asks when it is no service: only what is shared is seen. */
export const theServer = { service: "", environment: "" };

/** @throws {SecretFailed} naming it when it is missing, or can't be read */
export async function secretOf(name: string, { secrets }: Pick<World, "secrets">): Promise<string> {
  const [pin] = await secrets.current([name], theServer);
  return await secrets.get(pin!);
}
