/** The reference of the configuration as markdown, made from the schema. */
import { forgeOptions } from "../adapters/forges/options.ts";
import { durationPattern, shortDurationPattern } from "./duration.ts";
import { serverReference } from "./load.ts";
import type { PathStep } from "./problems.ts";
import { problemCodes } from "./problems.ts";
import type { SchemaNode } from "./reference.ts";
import { forms } from "./reference.ts";
import { serviceFileReference } from "./service-file.ts";
import { percentagePattern } from "./values.ts";
import { chapters, introduction, serviceFileText } from "./reference-text.ts";

interface Section {
  readonly title: string;
  readonly path: readonly PathStep[];
}

const service = ["services", "any"] as const;
const environment = ["environments", "any"] as const;

const channel = ["messages", "channels", "any"] as const;

/** In the order of the reference. Maps that appear in several places are described where they appear first. */
const sections: readonly Section[] = [
  { title: "hosts.&lt;host&gt;", path: ["hosts", "any"] },
  { title: "services.&lt;service&gt;", path: service },
  { title: "source", path: [...service, "source"] },
  { title: "runtime", path: [...service, "runtime"] },
  { title: "build", path: [...service, "build"] },
  { title: "unit", path: [...service, "unit"] },
  { title: "health", path: [...service, "health"] },
  { title: "smoke", path: [...service, "smoke", 0] },
  { title: "migration", path: [...service, "migration"] },
  { title: "hooks", path: [...service, "hooks", 0] },
  { title: "hooks.&lt;hook&gt;", path: ["hooks", "any"] },
  ...Object.keys(forgeOptions).map((kind) => ({ title: `hooks.&lt;hook&gt;.${kind}`, path: ["hooks", "any", kind] })),
  { title: "environments.&lt;environment&gt;", path: environment },
  { title: "environments.&lt;environment&gt;.services.&lt;service&gt;", path: [...environment, "services", "any"] },
  { title: "deploys", path: [...environment, "deploys"] },
  { title: "deploys.paths", path: [...environment, "deploys", "paths"] },
  { title: "approval", path: [...environment, "approval"] },
  { title: "approval.escalate", path: [...environment, "approval", "escalate", 0] },
  { title: "approval.mayNotApprove", path: [...environment, "approval", "mayNotApprove"] },
  { title: "channel", path: [...environment, "channel"] },
  { title: "channel.second", path: [...environment, "channel", "second"] },
  { title: "watch", path: [...environment, "watch"] },
  { title: "limits", path: [...environment, "limits"] },
  { title: "strategy", path: [...environment, "strategy"] },
  { title: "strategy.rolling", path: [...environment, "strategy", "rolling"] },
  { title: "strategy.blue-green", path: [...environment, "strategy", "blue-green"] },
  { title: "strategy.canary", path: [...environment, "strategy", "canary"] },
  { title: "slots", path: [...environment, "services", "any", "slots"] },
  { title: "traffic", path: [...environment, "traffic"] },
  { title: "traffic.haproxy", path: [...environment, "traffic", "haproxy"] },
  { title: "traffic.health", path: [...environment, "traffic", "health"] },
  { title: "traffic.command", path: [...environment, "traffic", "command"] },
  { title: "traffic.drain", path: [...environment, "traffic", "drain"] },
  { title: "traffic.warmUp", path: [...environment, "traffic", "warmUp"] },
  { title: "traffic.probe", path: [...environment, "traffic", "probe"] },
  { title: "analysis", path: [...environment, "analysis"] },
  { title: "analysis.command", path: [...environment, "analysis", "command"] },
  { title: "analysis.synthetic", path: [...environment, "analysis", "synthetic"] },
  { title: "server", path: ["server"] },
  { title: "people", path: ["people"] },
  { title: "people.oidc", path: ["people", "oidc"] },
  { title: "messages", path: ["messages"] },
  { title: "messages.channels.&lt;channel&gt;", path: channel },
  { title: "messages.channels.&lt;channel&gt;.mail", path: [...channel, "mail"] },
  { title: "messages.channels.&lt;channel&gt;.slack", path: [...channel, "slack"] },
  { title: "messages.channels.&lt;channel&gt;.teams", path: [...channel, "teams"] },
  { title: "messages.channels.&lt;channel&gt;.discord", path: [...channel, "discord"] },
  { title: "messages.channels.&lt;channel&gt;.telegram", path: [...channel, "telegram"] },
  { title: "messages.channels.&lt;channel&gt;.jandi", path: [...channel, "jandi"] },
  { title: "messages.channels.&lt;channel&gt;.dooray", path: [...channel, "dooray"] },
  { title: "messages.channels.&lt;channel&gt;.naver-works", path: [...channel, "naver-works"] },
  { title: "messages.channels.&lt;channel&gt;.custom", path: [...channel, "custom"] },
];

export function referenceMarkdown(): string {
  return [
    introduction,
    chapters.server,
    table(serverReference.root),
    ...sections.flatMap(({ title, path }) => section(title, serverReference.at(path))),
    serviceFileText,
    table(serviceFileReference.root),
    chapters.codes,
    "| code | what it is about |\n|---|---|",
    `${Object.entries(problemCodes)
      .map(([code, meaning]) => `| \`${code}\` | ${cell(meaning)} |`)
      .join("\n")}\n`,
  ]
    .join("\n\n")
    .replaceAll(/\|\n\n\|/g, "|\n|");
}

function section(title: string, node: SchemaNode | undefined): string[] {
  if (node === undefined) throw new Error(`the schema has no ${title}`);
  return [`### ${title}`, ...(node.description === undefined ? [] : [node.description]), table(node)];
}

function table(node: SchemaNode): string {
  const rows = forms(node).flatMap((form) => {
    return Object.entries(form.properties ?? {}).map(([key, property]) => {
      const name = form.required?.includes(key) === true ? `\`${key}\` (needed)` : `\`${key}\``;
      return `| ${name} | ${cell(valueWords(property))} | ${cell(defaultWords(property))} | ${cell(about(property))} |`;
    });
  });
  return ["| key | value | default | |", "|---|---|---|---|", ...rows].join("\n");
}

function about(node: SchemaNode): string {
  const examples = (node.examples ?? []).map((example) => `\`${yaml(example)}\``);
  return [node.description ?? "", ...(examples.length > 0 ? [`Such as ${examples.join(" or ")}.`] : [])]
    .join(" ")
    .trim();
}

function defaultWords({ default: value }: SchemaNode): string {
  return value === undefined ? "" : `\`${yaml(value)}\``;
}

/** What may be written, in a few words. */
export function valueWords(node: SchemaNode): string {
  return [...new Set(forms(node).map(formWords))].join(" or ");
}

function formWords(node: SchemaNode): string {
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.enum !== undefined) return node.enum.map((word) => `\`${String(word)}\``).join(", ");
  if (node.pattern === durationPattern.source || node.pattern === shortDurationPattern.source) return "duration";
  if (node.pattern === percentagePattern.source) return "percentage";
  if (node.type === "array") return `list of ${plural(node.items)}`;
  if (node.type === "integer") return "whole number";
  if (node.type === "number") return "number";
  if (node.type === "boolean") return "`true` or `false`";
  if (node.type === "null") return "nothing";
  if (node.properties !== undefined) return "keys";
  if (node.type === "object") return `map of ${plural(node.additionalProperties)}`;
  return "text";
}

function plural(node: SchemaNode | boolean | undefined): string {
  if (typeof node !== "object") return "values";
  const [first = ""] = forms(node).map(formWords);
  if (first.startsWith("list of ")) return first.replace("list of ", "lists of ");
  return first === "keys" ? "maps" : `${first}s`;
}

/** A value as it is written in the file, on one line. */
export function yaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(yaml).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, entry]) => `${key}: ${yaml(entry)}`)
      .join(", ")} }`;
  }
  if (typeof value !== "string") return String(value);
  const plain =
    /^[A-Za-z./][\w./:@-]*$|^\d+(?:ms|[smhdMG%])$/.test(value) &&
    !/^(?:true|false|null|\..*(?:inf|nan))$|:$/i.test(value);
  return plain ? value : JSON.stringify(value);
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
