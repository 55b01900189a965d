/**
 * Any sender that signs as "Standard Webhooks" has it, such as a post-receive hook of a plain git server.
 *
 * The body is JSON: `repository` (an address, or a list of them), `pusher` (`login`, `mail`, `name`), and `changes`,
 * each with `ref` (in full), `before`, `after` (all zeros where there is none) and, if known, `forced` and `paths`.
 * `{"event": "ping"}` tries the hook.
 */
import type { PushEvent } from "../../core/trigger-push.ts";
import { nameOnForge, repositoryIdentity } from "../../core/trigger-repository.ts";
import type { Forge } from "../../ports/forge.ts";
import { isPath, unknownContents } from "./commits.ts";
import type { Fields } from "./fields.ts";
import { Unreadable, field, fieldsOf, flagOf, inner, listOf, personOf, refOf, revisionOf } from "./fields.ts";
import { idHeader } from "./headers.ts";
import type { Said } from "./reading.ts";
import { changeOf, readDelivery } from "./reading.ts";
import { verifyTimed } from "./signature.ts";

const most = { changes: 100, addresses: 10, paths: 20_000 } as const;

export const signed: Forge = {
  kind: "signed",

  verify(delivery, secrets, now) {
    return verifyTimed(delivery, secrets, now);
  },

  read(delivery) {
    return readDelivery(delivery, idHeader(delivery.headers, "webhook-id"), say);
  },
};

function say(payload: Fields): Said {
  const event = field(payload, "event") ?? "push";
  if (event === "ping") return "ping";
  if (event !== "push") return { ignored: "it is not an event about a push" };
  const repository = repositoryIn(payload);
  const someone = inner(payload, "pusher");
  const pusher = personOf(undefined, field(someone, "login"), field(someone, "mail"), field(someone, "name"));
  const changes = listOf(payload, "changes");
  if (changes.length > most.changes) return { ignored: `a push of more than ${most.changes} refs deploys nothing` };
  return changes.flatMap((one): readonly PushEvent[] => {
    const change = fieldsOf(one, "a change");
    const ref = refOf(change, "ref");
    const what = changeOf(revisionOf(change, "before"), revisionOf(change, "after"));
    const changedPaths = what.change === "moved" ? pathsIn(change) : "unknown";
    if (ref === undefined) return [];
    return [{ repository, ref, ...what, forced: flagOf(change, "forced"), pusher, ...unknownContents, changedPaths }];
  });
}

function pathsIn(change: Fields): readonly string[] | "unknown" {
  const paths = field(change, "paths");
  if (flagOf(change, "forced") !== false || !Array.isArray(paths)) return "unknown";
  return paths.length <= most.paths && paths.every(isPath) ? [...new Set(paths)] : "unknown";
}

function repositoryIn(payload: Fields): PushEvent["repository"] {
  const given = field(payload, "repository");
  const addresses = (Array.isArray(given) ? given.slice(0, most.addresses) : [given]).filter(
    (one) => typeof one === "string" && repositoryIdentity(one) !== undefined,
  ) as string[];
  const identity = addresses[0] === undefined ? undefined : repositoryIdentity(addresses[0]);
  if (identity === undefined) throw new Unreadable("repository has no address");
  return { name: nameOnForge(identity) ?? identity, addresses: [...new Set(addresses)] };
}
