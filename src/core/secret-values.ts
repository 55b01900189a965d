/** Variables with the values of secrets in the place of their names: what hosts get, and nobody else. */
import { replaceReferences, SecretReferenceRefused } from "./secret-reference.ts";

/** Everything that a service, a hook or a migration gets fits into this; the helper reads no more. */
export const mostVariableBytes = 256 * 1024;

/**
 * @param place what the variables are called in messages, such as `environment`
 * @throws {SecretReferenceRefused} with no value in its message
 */
export function filledIn(
  variables: Readonly<Record<string, string>>,
  values: ReadonlyMap<string, string>,
  place: string,
): Readonly<Record<string, string>> {
  const filled = Object.entries(variables).map(([name, value]): readonly [string, string] => {
    const text = replaceReferences(value, values, `${place}.${name}`);
    // One line is one variable on its way; another line would be another variable.
    if (/[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(text))
      throw new SecretReferenceRefused(severalLines(place, name));
    return [name, text];
  });
  const bytes = filled.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value) + 2, 0);
  if (bytes <= mostVariableBytes) return Object.fromEntries(filled);
  throw new SecretReferenceRefused(`${place}: all values together have more than ${mostVariableBytes / 1024} KiB.`);
}

function severalLines(place: string, name: string): string {
  return (
    `${place}.${name}: its secret has a line break or another control character, and a variable is one line.\n` +
    "  Next: set the secret in base64 (base64 -w0 FILE | signalbox secrets set NAME), and let the service decode it."
  );
}
