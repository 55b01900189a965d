/** From secrets as the port names them to rows, and back; which of several holds, and what may be kept at all. */
import { environmentNamePattern, serviceNamePattern } from "../../core/names.ts";
import { secretNamePattern, secretNameRule } from "../../core/secret-reference.ts";
import type { SecretId, SecretPin } from "../../core/secret.ts";
import type { SecretUser } from "../../ports/secrets.ts";
import { secretTitle } from "../../core/secret.ts";
import { SecretFailed } from "../../ports/secrets.ts";
import type { SecretKey, StoredVersion } from "./rows.ts";
import type { Label, Sealed } from "./seal.ts";
import { refusalOf } from "./value.ts";

export function keyOf({ environment, service, name }: SecretId): SecretKey {
  return { environment: environment ?? "", service: service ?? "", name };
}

export function pinOf({ environment, service, name, version }: Label): SecretPin {
  return { name, environment: orNull(environment), service: orNull(service), version: String(version) };
}

function orNull(text: string): string | null {
  return text === "" ? null : text;
}

export function titleOf(label: Label): string {
  return `${secretTitle(pinOf(label))}, version ${label.version}`;
}

/** The newest version in the narrowest scope that holds for this user. `versions` has the newest first. */
export function narrowest(
  versions: readonly StoredVersion[],
  name: string,
  { service, environment }: SecretUser,
): StoredVersion | undefined {
  const scopes = [
    { environment, service },
    { environment, service: "" },
    { environment: "", service },
    { environment: "", service: "" },
  ];
  return scopes
    .map((scope) =>
      versions.find(
        ({ label }) =>
          label.name === name && label.environment === scope.environment && label.service === scope.service,
      ),
    )
    .find((newest) => newest !== undefined && newest.seal !== null);
}

/** @throws {SecretFailed} because it is `missing`, and why */
export function sealedVersion(
  versions: readonly StoredVersion[],
  pin: SecretPin,
): { readonly label: Label; readonly seal: Sealed } {
  const found = versions.find(({ label }) => String(label.version) === pin.version);
  if (found !== undefined && found.seal !== null) return { label: found.label, seal: found.seal };
  const title = `${secretTitle(pin)}, version ${pin.version}`;
  const removed = versions.find(({ seal, label }) => seal === null && label.version >= Number(pin.version))?.label;
  const why =
    removed === undefined
      ? "There is no such version."
      : `It was removed by ${removed.by} on ${new Date(removed.at).toISOString()}.`;
  throw new SecretFailed("missing", `There is no value of the secret ${title}. ${why}`);
}

/** @throws {SecretFailed} because it is `refused` */
export function refuseUnfit({ name, environment, service }: SecretId, value: string, by: string): void {
  // Whoever mixes up name and value must not find the value in a log.
  if (!secretNamePattern.test(name)) refuse(`The name of a secret is ${secretNameRule}.`);
  if (environment !== null && !environmentNamePattern.test(environment)) refuse("That is no name of an environment.");
  if (service !== null && !serviceNamePattern.test(service)) refuse("That is no name of a service.");
  if (by === "") refuse("Nobody sets this secret.");
  const refusal = refusalOf(value);
  if (refusal !== null) refuse(`The secret ${secretTitle({ name, environment, service })} is refused: ${refusal}.`);
}

function refuse(message: string): never {
  throw new SecretFailed("refused", message);
}
