/** Where `${secret:NAME}` may stand: in variables of a unit, a hook and a migration. Everywhere else it is refused with the reason. */
import type { ValuePart } from "../core/secret-reference.ts";
import { readReferences, secretNamesIn } from "../core/secret-reference.ts";
import { SettingsRefused } from "../core/settings.ts";
import type { Draft } from "./draft.ts";
import { layersOf, merged, strongest } from "./layers.ts";
import type { Finding, PathStep } from "./problems.ts";
import type { Located } from "./yaml.ts";

/** @param within where the text would stand in the server file */
export function referenceFindings(root: Located, within: readonly PathStep[] = []): Finding[] {
  return texts(root, []).flatMap(({ path, text }) => {
    const place = placeOf([...within, ...path]);
    if (place.at(-2) !== "environment" || !isVariables(place.slice(0, -1)))
      return hasReference(text) ? [refused(path, place)] : [];
    return readReferences(text).problems.map(({ at, message }) => ({
      code: "SB-CONFIG-SECRET" as const,
      path,
      message: `${path.at(-1)}, character ${at + 1}: ${message}.`,
    }));
  });
}

export function hasReference(text: string): boolean {
  return readReferences(text).parts.some(isSecret);
}

function isSecret({ kind }: ValuePart): boolean {
  return kind === "secret";
}

/** What a service in an environment refers to. */
export function referredTo(draft: Draft, service: string, environment: string): readonly string[] {
  const { unit, hooks, migration } = referencesOf(draft, service, environment);
  return [...new Set([...unit, ...hooks, ...migration])].toSorted();
}

function referencesOf(
  draft: Draft,
  service: string,
  environment: string,
): Readonly<Record<"unit" | "hooks" | "migration", readonly string[]>> {
  const layers = layersOf(draft, service, environment);
  const hooks = strongest(layers, "hooks") ?? [];
  return {
    unit: secretNamesIn(Object.values(merged(layers, "environment"))),
    hooks: secretNamesIn(hooks.flatMap((hook) => Object.values(hook.environment ?? {}))),
    migration: secretNamesIn(Object.values(strongest(layers, "migration")?.environment ?? {})),
  };
}

/**
 * A service file may refer to what the server file gives to the unit of the same service in the same environment, and
 * to nothing else: whoever can push reads that anyway, by the service itself.
 */
export function refuseMoreThanGiven(own: Draft, withFile: Draft, service: string, environment: string): void {
  const given = referencesOf(own, service, environment);
  const asked = referencesOf(withFile, service, environment);
  const more = (["hooks", "migration"] as const).flatMap((key) =>
    asked[key].filter((name) => !given.unit.includes(name) && !given[key].includes(name)),
  );
  if (more.length === 0) return;
  throw new SettingsRefused(
    `The service file of ${service} refers to ${[...new Set(more)].join(", ")}, which the server file does not give to ${service} in ${environment}.\n` +
      "  Next: ask the operator to refer to it there, in environment: of the service.",
  );
}

interface Text {
  readonly path: readonly PathStep[];
  readonly text: string;
}

function texts({ value, children }: Located, path: readonly PathStep[]): readonly Text[] {
  if (typeof value === "string") return [{ path, text: value }];
  return [...children].flatMap(([step, child]) => texts(child, [...path, step]));
}

/** The path within the service or the environment. */
function placeOf([noun, _name, ...rest]: readonly PathStep[]): readonly PathStep[] {
  if (noun === "environments" && rest[0] === "services") return rest.slice(2);
  return noun === "services" || noun === "environments" ? rest : [];
}

function isVariables([first, second, third, ...more]: readonly PathStep[]): boolean {
  if (more.length > 0) return false;
  if (first === "hooks") return typeof second === "number" && third === "environment";
  if (first === "migration") return second === "environment" && third === undefined;
  return first === "environment" && second === undefined;
}

function refused(path: readonly PathStep[], place: readonly PathStep[]): Finding {
  const code = "SB-CONFIG-SECRET";
  if (place[0] === "build") {
    const message = "A build gets no secrets: whoever can push to the repository could have them printed.";
    const hint = "Give the builder's own login what it needs to fetch, in a file that only it may read.";
    return { code, path, message, hint };
  }
  if (place.some((step) => step === "exec" || step === "run" || step === "backup" || step === "command")) {
    const message = "A secret can't be an argument: every login of the machine can read the arguments of programs.";
    const hint = "Put it into environment:, and let the program read the variable.";
    return { code, path, message, hint };
  }
  const message = "A secret can't stand here: it would be shown, or written into files that others may read.";
  return { code, path, message, hint: "Secrets are for the variables of a unit, a hook or a migration." };
}
