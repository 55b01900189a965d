/** The text of a first server file: short, commented, and right as it stands. */
import { yaml } from "../../config/markdown.ts";
import type { Answers, Found } from "./answers.ts";
import { placeholderHost } from "./answers.ts";
import type { SshHost } from "./ssh-hosts.ts";

export function fileText(found: Found, answers: Answers): string {
  return [
    "# yaml-language-server: $schema=./signalbox.schema.json",
    "#",
    "# Checked by `signalbox lint`, explained by `signalbox config explain KEY`.",
    "",
    ...hostLines(answers),
    "",
    ...serviceLines(found, answers),
    "",
    ...environmentLines(found, answers),
    "",
  ].join("\n");
}

function hostLines({ production, dev }: Answers): string[] {
  const all = new Map([...production, ...dev].map((host) => [host.name, host]));
  const hasPlaceholder = [...all.values()].some(({ address }) => address === placeholderHost.address);
  return [
    "# The machines. `signalbox hosts enroll NAME` shows the fingerprint of one, and the hostKey: to add to it here;",
    "# nothing is deployed to a host without one.",
    ...(hasPlaceholder ? ["# TODO: the address is a placeholder."] : []),
    "hosts:",
    ...[...all.values()].map((host) => `  ${host.name}: ${hostValue(host, all)}`),
  ];
}

function hostValue({ address, user, port, jump }: SshHost, all: ReadonlyMap<string, SshHost>): string {
  return yaml({
    address,
    user: user ?? "deploy",
    ...(port === undefined ? {} : { port }),
    ...(jump !== undefined && all.has(jump) ? { jump } : {}),
  });
}

function serviceLines({ project, repository, unitOf }: Found, { service, exec, port, healthPath }: Answers): string[] {
  const { git, branch } = repository;
  const unit = unitOf(service);
  const doubts = [...project.doubts, ...repository.doubts].map((doubt) => `    # TODO: ${doubt}`);
  const settings = { exec, ...(unit?.user === undefined ? {} : { user: unit.user }) };
  const health = healthPath !== undefined ? yaml({ http: healthPath }) : port !== undefined ? "tcp" : undefined;
  const run = project.build?.run.length === 1 ? project.build.run[0] : project.build?.run;
  return [
    "# What a service is, the same wherever it runs. What stands from `runtime` to `health` may instead live in the",
    "# service's own repository, as signalbox.service.yml.",
    "services:",
    `  ${service}:`,
    ...doubts,
    ...(git === undefined ? [] : [`    source: ${yaml({ git, branch })}`]),
    ...(project.runtime === undefined ? [] : [`    runtime: ${yaml({ [project.runtime[0]]: project.runtime[1] })}`]),
    ...(project.build === undefined ? [] : [`    build: ${yaml({ run, artifact: project.build.artifact })}`]),
    `    unit: ${yaml(settings)}`,
    ...(port === undefined ? [] : [`    port: ${port}`]),
    "    # When a release counts as healthy; without it the new release is not kept.",
    `    health: ${health ?? yaml({ "active-for": "30s" })}`,
    ...(unit === undefined
      ? []
      : [
          "    # Runs the service until now: the first deployment stops it, a rollback starts it again.",
          `    adopts: ${unit.unit}`,
        ]),
  ];
}

function environmentLines({ repository: { branch } }: Found, { service, production, dev }: Answers): string[] {
  const names = (hosts: readonly SshHost[]): string => `[${hosts.map(({ name }) => name).join(", ")}]`;
  return [
    "environments:",
    ...(dev.length === 0
      ? []
      : [
          "  dev:",
          `    deploys: { branch: ${yaml(branch)}, on: request }`,
          "    services:",
          `      ${service}: { hosts: ${names(dev)} }`,
          "",
        ]),
    "  production:",
    `    deploys: { branch: ${yaml(branch)}, on: request }`,
    "    # Who has to agree before traffic moves:",
    "    # approval: { approvers: [kim, lee], quorum: 1, within: 4h }",
    "    services:",
    `      ${service}:`,
    `        hosts: ${names(production)}`,
    ...(production.length > 1
      ? ["        strategy: { rolling: { batch: 1, soak: 30s } }"]
      : ["        strategy: recreate"]),
    "        # environment: { LOG_LEVEL: info }",
  ];
}
