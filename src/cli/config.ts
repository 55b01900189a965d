/** `signalbox config`: the schema, what a key means, and what a file comes to. Works without a server. */
import type { Command } from "commander";

import { explain, tally } from "../config/explain.ts";
import type { Configuration } from "../config/load.ts";
import { serverReference } from "../config/load.ts";
import { valueWords, yaml } from "../config/markdown.ts";
import type { Problem } from "../config/problems.ts";
import { ConfigurationError, problemCodes } from "../config/problems.ts";
import type { Documented } from "../config/reference.ts";
import { everyKey, forms } from "../config/reference.ts";
import { placesOfServices, policyOf, resolveTarget } from "../config/resolve.ts";
import { nearest } from "../config/suggest.ts";
import { ruleInWords } from "../core/approval-rule.ts";
import type { EnvironmentPolicy } from "../core/policy.ts";
import type { Target } from "../core/service.ts";
import type { Said } from "./lint.ts";
import { lintFile } from "./lint.ts";

export function addConfigCommand(program: Command): void {
  const config = program.command("config").description("the configuration's schema, keys and results");
  config
    .command("schema")
    .description("print the JSON schema of the server file, for editors")
    .action(() => say({ text: schemaText(), exitCode: 0 }));
  config
    .command("explain")
    .description("say what a key or a code means, such as approval.quorum or SB-CONFIG-QUORUM")
    .argument("<key>")
    .action((key: string) => say(explainKey(key)));
  config
    .command("check")
    .description("check a server file and show what each service comes to in each environment")
    .argument("[file]", "the server file (default: signalbox.yml)")
    .action((file: string | undefined, _options: unknown, command: Command) => {
      say(check(file ?? command.optsWithGlobals<{ readonly config?: string }>().config ?? "signalbox.yml"));
    });
}

function say({ text, exitCode }: Said): void {
  process.stdout.write(`${text}\n`);
  process.exitCode = exitCode;
}

export function schemaText(): string {
  return JSON.stringify(serverReference.root, null, 2);
}

export function explainKey(key: string): Said {
  if (Object.hasOwn(problemCodes, key)) {
    return { text: `${key}\n  ${problemCodes[key as keyof typeof problemCodes]}`, exitCode: 0 };
  }
  const all = [...everyKey(serverReference.root)];
  const exact = serverReference.at(key.split(".").map((step) => (/^\d+$/.test(step) ? Number(step) : step)));
  const found =
    exact === undefined
      ? all.filter(({ path }) => path === key || path.replaceAll("[]", "").endsWith(`.${key}`))
      : [{ path: key, node: exact, required: false }];
  const different = found.filter(({ node }, index) => {
    return found.findIndex((other) => other.node.description === node.description) === index;
  });
  if (different.length > 0) return { text: different.map(documentation).join("\n\n"), exitCode: 0 };
  const names = [
    ...new Set([...all.map(({ path }) => path.slice(path.lastIndexOf(".") + 1)), ...Object.keys(problemCodes)]),
  ];
  const guess = nearest(key, names);
  const hint = guess === undefined ? "The keys are in docs/configuration.md." : `Did you mean ${guess}?`;
  return { text: `There is no key or code ${key}. ${hint}`, exitCode: 2 };
}

function documentation({ path, node, required }: Documented): string {
  const keys = forms(node).flatMap((form) => Object.entries(form.properties ?? {}));
  const width = Math.max(0, ...keys.map(([key]) => key.length));
  return [
    `${path}${required ? " (needed)" : ""}`,
    ...(node.description === undefined ? [] : [`  ${node.description}`]),
    `  Value: ${valueWords(node).replaceAll("`", "")}`,
    ...(node.default === undefined ? [] : [`  Default: ${yaml(node.default)}`]),
    ...(node.examples ?? []).map((example) => `  Such as: ${yaml(example)}`),
    ...keys.map(([key, { description = "" }]) => `    ${key.padEnd(width)}  ${description.split(". ")[0]}`),
  ].join("\n");
}

export function check(file: string): Said {
  const { configuration, problems, valid } = lintFile(file);
  if (configuration === undefined || !valid)
    return { text: `${explain(problems)}\n\n${file}: ${tally(problems)}`, exitCode: 2 };

  const results = placesOfServices(configuration).map((place) => outcomeOf(configuration, place));
  const late = [...problems, ...results.flatMap((result) => (typeof result === "string" ? [] : result))];
  const lines = results.flatMap((result) => (typeof result === "string" ? [result] : []));
  const told = late.length > 0 ? [explain(late), ""] : [];
  const failed = results.some((result) => typeof result !== "string");
  const last = failed ? [`${file}: ${tally(late)}`] : [];
  return { text: [...told, ...lines, ...last].join("\n"), exitCode: failed ? 2 : 0 };
}

function outcomeOf(
  configuration: Configuration,
  { service, environment }: { readonly service: string; readonly environment: string },
): string | readonly Problem[] {
  try {
    return inWords(resolveTarget(configuration, service, environment), policyOf(configuration, environment));
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

function inWords({ service, environment, hosts, strategy, limits }: Target, { approval }: EnvironmentPolicy): string {
  const floor = limits.floor > 0 ? `, never fewer than ${limits.floor} serving` : "";
  const asked = approval === undefined ? "" : `, after the approval of ${ruleInWords(approval.rule)}`;
  return `${service} in ${environment}: ${strategy.kind} over ${hosts.join(", ")}${floor}${asked}`;
}
