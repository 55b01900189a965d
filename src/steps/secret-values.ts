/** The variables of a step with the values of their secrets, in exactly the versions that the plan pins. */
import { filledIn } from "../core/secret-values.ts";
import { secretNamesIn } from "../core/secret-reference.ts";
import { SecretFailed } from "../ports/secrets.ts";
import type { StepContext } from "./step.ts";

/**
 * @param place what the variables are called in messages
 * @throws {SecretFailed}
 * @throws {SecretReferenceRefused}
 */
export async function withSecrets(
  variables: Readonly<Record<string, string>>,
  place: string,
  { deployment, ports }: Pick<StepContext, "deployment" | "ports">,
): Promise<Readonly<Record<string, string>>> {
  const pins = deployment.rollout?.targets[0].secrets ?? deployment.prepare?.secrets ?? [];
  const values = new Map<string, string>();
  for (const name of secretNamesIn(Object.values(variables))) {
    const pin = pins.find((one) => one.name === name);
    if (pin === undefined)
      throw new SecretFailed("missing", `There was no value of the secret ${name} when it was planned.`);
    values.set(name, await ports.secrets.get(pin));
  }
  return filledIn(variables, values, place);
}
