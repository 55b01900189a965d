/** A message that only tries whether somebody can be reached. */
import type { Addressee } from "../../core/message.ts";
import { addresseeKey } from "../../core/message.ts";
import type { Settings } from "../../core/settings.ts";
import { UnknownName } from "../../core/settings.ts";
import { newDeploymentId } from "../new-id.ts";
import type { World } from "../world.ts";

/**
 * @returns the key of the message, by which the outbox says what became of it
 * @throws {UnknownName} when there is no such reader
 */
export async function tryOut(
  to: Extract<Addressee, { kind: "person" | "channel" }>,
  by: string,
  settings: Pick<Settings, "messages">,
  { store, clock }: Pick<World, "store" | "clock">,
): Promise<{ readonly key: string }> {
  if (to.kind === "person" && (await store.people.find(to.login)) === undefined)
    throw new UnknownName(`there is no person ${to.login}`);
  if (to.kind === "channel" && settings.messages().channelOf(to.environment) === undefined)
    throw new UnknownName(`the environment ${to.environment} has no channel in the configuration`);
  const at = clock.now();
  const id = newDeploymentId(at);
  const key = `test ${id}`;
  await store.commit({
    at,
    messages: [{ key, to, message: { kind: "test", id, by } }],
    audit: [{ actor: by, action: "test-message", object: addresseeKey(to), detail: {} }],
  });
  return { key };
}
