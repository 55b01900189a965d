/** What `init` has to know before it can write a file, and what it takes when nobody is asked. */
import { basename } from "node:path";

import { serviceNamePattern, reservedServiceNames } from "../../core/names.ts";
import type { ExistingUnit } from "./existing-unit.ts";
import type { Project } from "./project.ts";
import type { Repository } from "./repository.ts";
import type { SshHost } from "./ssh-hosts.ts";

export interface Found {
  readonly directory: string;
  readonly project: Project;
  readonly repository: Repository;
  readonly sshHosts: readonly SshHost[];
  readonly unitOf: (service: string) => ExistingUnit | undefined;
}

export interface Answers {
  readonly service: string;
  readonly exec: readonly string[];
  readonly port?: number;
  readonly healthPath?: string;
  readonly production: readonly SshHost[];
  /** Empty when there is only production. */
  readonly dev: readonly SshHost[];
}

/** Stands where a host has to be filled in: an address that is reserved for examples. */
export const placeholderHost: SshHost = { name: "web-1", address: "192.0.2.11", user: "deploy" };

/** Without a person the file is written so that it is right, and says where it has to be filled in. */
export function usualAnswers({ directory, project, unitOf }: Found): Answers {
  const service = nameFrom(project.name) ?? nameFrom(basename(directory)) ?? "service";
  const unit = unitOf(service);
  const port = unit?.port ?? project.port;
  return {
    service,
    exec: project.exec ?? unit?.exec ?? ["./start"],
    ...(port === undefined ? {} : { port }),
    ...(project.healthPath === undefined ? {} : { healthPath: project.healthPath }),
    // Nobody said which of the machines in ssh_config are meant.
    production: [placeholderHost],
    dev: [],
  };
}

/** A service's name made from any other, when that is possible. */
export function nameFrom(text: string): string | undefined {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 63);
  return serviceNamePattern.test(name) && !reservedServiceNames.has(name) ? name : undefined;
}
