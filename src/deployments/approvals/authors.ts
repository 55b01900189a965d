/** Who wrote what is in a deployment and does not serve yet, as far as commits tell. */
import type { Deployment } from "../../core/deployment.ts";
import type { World } from "../world.ts";

/** The logins of people; commits of others show in the risk. */
export async function whoWrote({ request }: Deployment, _world: World): Promise<readonly string[]> {
  return request.writtenBy ?? [];
}
