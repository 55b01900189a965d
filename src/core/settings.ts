/** What the configuration says, as the deployments and the API see it. */
import type { MessageSettings } from "./channel.ts";
import type { EnvironmentPolicy } from "./policy.ts";
import type { Source, Target } from "./service.ts";
import type { OidcSettings, ServerSettings } from "./sign-in-settings.ts";
import type { Fleet } from "./topology.ts";
import type { TriggerHook } from "./trigger-hook.ts";
import type { TriggerRule } from "./trigger.ts";

/** There is no such service, environment or host; the message says which exist and what was probably meant. */
export class UnknownName extends Error {
  override readonly name = "UnknownName";
}

/** The configuration, or a service file, does not hold; the message has every problem with its place. */
export class SettingsRefused extends Error {
  override readonly name = "SettingsRefused";
}

/** A program that prints a secret. `{name}`, `{service}` and `{environment}` in its arguments stand for what is asked for. */
export interface SecretCommand {
  readonly argv: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly limitSeconds: number;
}

export interface Settings {
  fleet(): Fleet;
  /** Every service in every environment, in the order of the file. */
  targets(): readonly { readonly service: string; readonly environment: string; readonly hosts: readonly string[] }[];
  /**
   * Where the source of a service is. It can be said before its own file is known, which lies there.
   *
   * @throws {UnknownName}
   */
  source(service: string, environment: string): Source | undefined;
  /**
   * What a service needs in an environment. With the text of its service file (at the deployed revision), that file
   * is merged in; it can only narrow.
   *
   * @throws {UnknownName}
   * @throws {SettingsRefused}
   */
  target(service: string, environment: string, serviceFile?: string): Target;
  policy(environment: string): EnvironmentPolicy;
  /** The names of the secrets that each service refers to in each environment. */
  secretReferences(): readonly {
    readonly service: string;
    readonly environment: string;
    readonly names: readonly string[];
  }[];
  /** How people are told what happens. */
  messages(): MessageSettings;
  server(): ServerSettings;
  /** Who else can say who people are. */
  oidc(): OidcSettings | undefined;
  /** The program that is asked for secrets that the server does not keep itself. */
  secretCommand(): SecretCommand | undefined;
  /** Who may tell of pushes. */
  hooks(): readonly TriggerHook[];
  /** What starts deployments, for every service with a source in every environment. */
  triggerRules(): readonly TriggerRule[];
  /** What a host must let the helper do, for `hosts prepare`: the lines of `services.d` by service. */
  allowances(host: string): ReadonlyMap<string, readonly string[]>;
  /** What a host with a proxy must let the server do there, for `traffic install`: the lines of `proxies.d` by place, `<service>.<environment>`. */
  proxyPlaces(host: string): ReadonlyMap<string, readonly string[]>;
}
