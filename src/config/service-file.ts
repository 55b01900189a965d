/**
 * `signalbox.service.yml` in a service's repository: what the service's own people may say about it.
 *
 * It may only narrow. Whoever can push to the repository must not gain hosts, users or approvals by it, so such keys
 * are refused by name, and what the server file sets wins.
 */
import { z } from "zod";

import { buildSchema } from "./build.ts";
import type { Draft } from "./draft.ts";
import { validKeys } from "./draft.ts";
import { healthSchema } from "./health.ts";
import { hooksSchema } from "./hook.ts";
import { findingsOf } from "./issues.ts";
import { jsonSchemaOf } from "./json-schema.ts";
import type { Configuration, Loaded } from "./load.ts";
import { inOrder, placed } from "./load.ts";
import { placementFindings } from "./placements.ts";
import type { Finding, PathStep, Problem } from "./problems.ts";
import { pathText } from "./problems.ts";
import { Reference } from "./reference.ts";
import { migrationSchema } from "./migration.ts";
import { runtimeSchema } from "./runtime.ts";
import type { ServiceSettings } from "./service.ts";
import { referenceFindings } from "./secret-references.ts";
import { smokeSchema } from "./smoke.ts";
import { sourceSchema } from "./source.ts";
import { unitSchema } from "./unit.ts";
import { optional, port } from "./values.ts";
import type { SourceText } from "./text.ts";
import type { Located } from "./yaml.ts";
import { readYaml } from "./yaml.ts";

export const serviceFileName = "signalbox.service.yml";

export const serviceFileSchema = z.strictObject({
  source: optional(sourceSchema, "Only `branch` and `submodules`; and `git` where the server file has none."),
  runtime: optional(runtimeSchema, "What must be on the hosts."),
  build: optional(buildSchema, "How the artifact comes about; where it is built is said by the server file."),
  unit: optional(unitSchema, "The systemd unit; its `user` is said by the server file."),
  port: optional(port, "The port the service listens on."),
  health: optional(healthSchema, "When a release counts as healthy."),
  smoke: optional(smokeSchema, "What is asked of a release before users come to it."),
  migration: optional(migrationSchema, "A change of the data that comes with the release; here only on `first-host`."),
  hooks: optional(hooksSchema, "Commands on the service's own hosts: `first-host` or `every-host`."),
});

export type ServiceFileSettings = z.output<typeof serviceFileSchema>;

export const serviceFileReference = new Reference(jsonSchemaOf(serviceFileSchema, "Signalbox service file"));

/** Keys that would widen what the repository's people may do, with the reason. */
const operatorKeys: Readonly<Record<string, string>> = {
  hosts: "which machines are used is decided by the operator",
  services: "a service file speaks of one service only",
  environments: "environments and who may change them are the operator's",
  approval: "nobody may change who approves their own change",
  approvers: "nobody may change who approves their own change",
  deploys: "what starts a deployment is decided per environment by the operator",
  watch: "how long a release is watched is decided per environment by the operator",
  strategy: "how much may change at once is decided per environment by the operator",
  traffic: "proxies are shared by services and belong to the operator",
  slots: "ports on the hosts are the operator's, and so is how many copies run there",
  analysis: "nobody may lower what their own change is measured by",
  limits: "the floor protects the service from its own changes",
  environment: "variables differ between environments and may refer to secrets",
  secrets: "where secrets come from is decided by the operator",
  user: "which user a service runs as decides what it can read on the hosts",
  root: "directories on the hosts are the operator's",
  directories: "directories on the hosts are the operator's",
  adopts: "other units on the hosts are the operator's",
  keepReleases: "how far back a rollback can go is decided by the operator",
  singleton: "how many copies may run is decided by the operator",
  server: "the server's own settings are the operator's",
};

export function mergeServiceFile(
  configuration: Configuration,
  service: string,
  text: string,
  file: string = serviceFileName,
): Loaded {
  const { source, root, problems } = readYaml(file, text);
  if (root === undefined) return { problems: inOrder(problems) };

  const { settings, refused: own, others } = ownFindings(source, root);
  const refused = [...own, ...widenings(configuration, service, settings)];
  const merged = withService(configuration, service, settings);
  const relations = [...refused, ...others].length > 0 ? [] : newRelations(configuration, merged, service, root);
  const all = inOrder([...problems, ...placed([...refused, ...others, ...relations], source, root)]);
  return all.some(({ severity }) => severity === "error")
    ? { problems: all }
    : { configuration: { ...configuration, ...merged }, problems: all };
}

/** The file alone, for a check without the server file: what depends on that one is only warned about. */
export function checkServiceFile(text: string, file: string = serviceFileName): readonly Problem[] {
  const { source, root, problems } = readYaml(file, text);
  if (root === undefined) return inOrder(problems);
  const { refused, others, settings } = ownFindings(source, root);
  return inOrder([...problems, ...placed([...refused, ...others, ...undecided(settings)], source, root)]);
}

function ownFindings(
  source: SourceText,
  root: Located,
): {
  readonly settings: ServiceFileSettings;
  readonly refused: readonly Finding[];
  readonly others: readonly Finding[];
} {
  const sourceOf = ({ span }: Located): string => source.text.slice(span.start, Math.min(span.end, span.start + 200));
  const issues = serviceFileSchema.safeParse(root.value, { reportInput: true }).error?.issues ?? [];
  const settings = validKeys(serviceFileSchema, root.value);
  const refused = [...operatorFindings(root), ...ownWidenings(settings)];
  const paths = new Set(refused.map(({ path }) => pathText(path)));
  const others = [
    ...findingsOf(issues, { root, reference: serviceFileReference, sourceOf }),
    ...referenceFindings(root, ["services", ""]),
  ];
  return { settings, refused, others: others.filter(({ path }) => !paths.has(pathText(path))) };
}

function undecided({ build, unit }: ServiceFileSettings): Finding[] {
  const given: readonly (readonly PathStep[])[] = [
    ...(build?.on === undefined ? [] : [["build", "on"]]),
    ...(unit?.user === undefined ? [] : [["unit", "user"]]),
  ];
  return given.map((path) => {
    const message = `${pathText(path)} belongs to the server file, and is taken here only when it says the same.`;
    return { code: "SB-CONFIG-OPERATOR", severity: "warning", path, at: "key", message };
  });
}

function operatorFindings(root: Located): Finding[] {
  return [...root.children.keys()].flatMap((key) => {
    const reason = typeof key === "string" && Object.hasOwn(operatorKeys, key) ? operatorKeys[key] : undefined;
    return reason === undefined ? [] : [belongsToOperator([key], reason)];
  });
}

function belongsToOperator(path: readonly PathStep[], reason: string): Finding {
  const message = `${pathText(path)} belongs to the server file: ${reason}.`;
  const hint = "Leave it out here and ask the operator to set it there.";
  return { code: "SB-CONFIG-OPERATOR", path, at: "key", message, hint };
}

/** Keys that are right in the server file and would reach beyond the service's own hosts here. */
function ownWidenings({ source = {}, hooks = [], migration }: ServiceFileSettings): Finding[] {
  const findings = (["askpass", "identityFile", "hostKeys"] as const)
    .filter((key) => source[key] !== undefined)
    .map((key) => belongsToOperator(["source", key], "the server's own keys and programs are the operator's"));
  if (migration?.on === "server") {
    findings.push(belongsToOperator(["migration", "on"], "here a migration runs on first-host only"));
  }
  for (const [index, { at, on }] of hooks.entries()) {
    if (on === undefined && !at.endsWith("build")) continue;
    if (on === "first-host" || on === "every-host") continue;
    findings.push(belongsToOperator(["hooks", index, "on"], "here a hook runs on first-host or every-host only"));
  }
  return findings;
}

/** Keys that may only repeat what the server file says. */
function widenings(configuration: Configuration, service: string, { build, unit }: ServiceFileSettings): Finding[] {
  const own = configuration.services.get(service) ?? {};
  const findings: Finding[] = [];
  if (build?.on !== undefined && build.on !== own.build?.on) {
    findings.push(belongsToOperator(["build", "on"], "commands of the repository run where the operator lets them"));
  }
  const user = own.unit?.user ?? own.user ?? service;
  if (unit?.user !== undefined && unit.user !== user) {
    findings.push(belongsToOperator(["unit", "user"], `${service} runs as ${user} unless the operator says otherwise`));
  }
  return findings;
}

/** Both laid over each other; what the server file sets wins, for source, build and unit key by key. */
function withService(configuration: Configuration, service: string, settings: ServiceFileSettings): Draft {
  const own = configuration.services.get(service) ?? {};
  const both: ServiceSettings = { ...settings, ...own };
  for (const key of ["source", "build", "unit"] as const) {
    const value = { ...settings[key], ...own[key] };
    if (Object.keys(value).length > 0) Object.assign(both, { [key]: value });
  }
  return { ...configuration, services: new Map([...configuration.services, [service, both]]) };
}

/** What is wrong now and was not before, told at the key of the service file that brought it. */
function newRelations(before: Draft, after: Draft, service: string, root: Located): Finding[] {
  const known = new Set(placementFindings(before).map(({ message }) => message));
  return placementFindings(after)
    .filter(({ message }) => !known.has(message))
    .map((finding) => ({ ...finding, path: pathHere(finding.path, service, root) }));
}

function pathHere(path: readonly PathStep[], service: string, root: Located): readonly PathStep[] {
  const [noun, name, ...rest] = path;
  const [key] = rest;
  return noun === "services" && name === service && key !== undefined && root.children.has(key) ? rest : [];
}
