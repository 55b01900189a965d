/**
 * Secrets as plans know them: by name, scope and version, never by value.
 *
 * A plan fixes which version of each secret it means, as a pin. Pins are no secrets: they may stand in plans,
 * journals and messages.
 */
import { secretNamesIn } from "./secret-reference.ts";
import type { Target } from "./service.ts";

/** Where a secret holds: `null` is every environment, or every service. Both are `null` for a shared one. */
export interface SecretScope {
  readonly environment: string | null;
  readonly service: string | null;
}

/** The same name may hold in several scopes, as a secret of its own in each. */
export interface SecretId extends SecretScope {
  readonly name: string;
}

/** One version of a secret. What stands for one version never changes its value. */
export interface SecretPin extends SecretId {
  /** 1, 2, 3 in the vault; other providers have other words. */
  readonly version: string;
}

/** `ORDERS_DB of orders in production`, for messages and the audit log. */
export function secretTitle({ name, environment, service }: SecretId): string {
  if (environment === null) return service === null ? `${name} (shared)` : `${name} of ${service} everywhere`;
  return service === null ? `${name} of everything in ${environment}` : `${name} of ${service} in ${environment}`;
}

/**
 * The secrets that a deployment needs, in alphabetical order.
 *
 * @param origin of its plan
 */
export function secretNamesOf(
  { variables, hooks, migration }: Target,
  { kind }: { readonly kind: string },
): readonly string[] {
  const ofHooks = hooks.flatMap((hook) => Object.values(hook.variables ?? {}));
  // What goes back or is started anew has its variables on the hosts already, and changes no data.
  if (kind === "return" || kind === "restart") return secretNamesIn(ofHooks);
  return secretNamesIn([...Object.values(variables), ...ofHooks, ...Object.values(migration?.variables ?? {})]);
}

/** Of these pins, those that the unit's variables mean: they belong to the release. */
export function pinsOfUnit(
  { variables }: Pick<Target, "variables">,
  pins: readonly SecretPin[] = [],
): readonly SecretPin[] {
  const names = secretNamesIn(Object.values(variables));
  return pins.filter(({ name }) => names.includes(name));
}

/** Whether these are the same versions of the same secrets. */
export function arePinned(one: readonly SecretPin[], other: readonly SecretPin[]): boolean {
  const words = (pins: readonly SecretPin[]): string =>
    JSON.stringify(
      pins
        .map(({ name, service, environment, version }) => [name, service, environment, version].join("\n"))
        .toSorted(),
    );
  return words(one) === words(other);
}
