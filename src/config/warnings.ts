/** What is allowed and yet most likely a mistake. */
import type { Draft } from "./draft.ts";
import { isPlaceholder } from "./host.ts";
import type { Finding, PathStep } from "./problems.ts";
import { hasReference } from "./secret-references.ts";
import { looksSecret } from "./text.ts";
import type { Located } from "./yaml.ts";
import { locatedAt } from "./yaml.ts";

export function warningFindings(draft: Draft, root: Located): Finding[] {
  return [...secretFindings(draft), ...placeholderFindings(draft, root)];
}

/** Values that look like secrets. The value itself is never part of a message. */
function secretFindings(draft: Draft): Finding[] {
  const found = (variables: Readonly<Record<string, string>> | undefined, path: readonly PathStep[]): Finding[] => {
    return Object.entries(variables ?? {}).flatMap(([name, value]) => {
      if (!looksSecret(name) || value === "" || hasReference(value)) return [];
      const message = `${name} looks like a secret, and stands in the file for everybody who can read it.`;
      const hint = `Write ${name}: "\${secret:${name}}" and keep the value in the server's secret store.`;
      return [
        { code: "SB-CONFIG-SECRET" as const, severity: "warning" as const, path: [...path, name], message, hint },
      ];
    });
  };
  return [
    ...[...draft.services].flatMap(([name, { environment, build }]) => [
      ...found(environment, ["services", name, "environment"]),
      ...found(build?.environment, ["services", name, "build", "environment"]),
    ]),
    ...[...draft.environments].flatMap(([name, { settings, services }]) => [
      ...found(settings.environment, ["environments", name, "environment"]),
      ...[...services].flatMap(([service, { environment }]) => {
        return found(environment, ["environments", name, "services", service, "environment"]);
      }),
    ]),
  ];
}

/** One warning for all of them: a new file has nothing else. */
function placeholderFindings(draft: Draft, root: Located): Finding[] {
  const named = [...draft.hosts.keys()].filter((name) => {
    const { located, whole } = locatedAt(root, ["hosts", name, "hostKey"]);
    const keys = whole ? [located.value].flat() : [];
    return keys.some((key) => typeof key === "string" && isPlaceholder(key));
  });
  const [first] = named;
  if (first === undefined) return [];
  const more = named.length > 1 ? `, and so are those of ${named.length - 1} more` : "";
  const message = `The key of ${first} is a placeholder${more}: such a host can't be deployed to.`;
  const hint = "signalbox hosts shows the fingerprint to compare and the line to put here.";
  return [{ code: "SB-CONFIG-MISSING", severity: "warning", path: ["hosts", first, "hostKey"], message, hint }];
}
