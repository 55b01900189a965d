/** A loaded configuration in the form in which deployments and the API read it. */
import type { Settings } from "../core/settings.ts";
import { SettingsRefused, UnknownName } from "../core/settings.ts";
import { sides } from "../core/traffic.ts";
import { explain } from "./explain.ts";
import type { Configuration } from "./load.ts";
import { ConfigurationError } from "./problems.ts";
import { messageSettingsOf } from "./message-settings.ts";
import { proxyPlacesOf } from "./proxies.ts";
import type { Ground } from "./resolve.ts";
import { groundOf, placesOfServices, policyOf, resolveTarget } from "./resolve.ts";
import { referredTo, refuseMoreThanGiven } from "./secret-references.ts";
import { secretCommandOf } from "./secrets.ts";
import { oidcSettingsOf, serverSettingsOf } from "./server.ts";
import { mergeServiceFile } from "./service-file.ts";
import { triggerRulesOf, webhooksOf } from "./triggers.ts";

/** The settings of a configuration; `current` is asked each time, so that a newly applied one takes effect. */
export function settingsOf(current: () => Configuration): Settings {
  return {
    fleet: () => current().fleet,
    targets: () =>
      placesOfServices(current()).map(({ service, environment }) => ({
        service,
        environment,
        hosts: groundOf(current(), service, environment).hosts,
      })),
    source: (service, environment) => explained(() => groundOf(current(), service, environment).source),
    target(service, environment, serviceFile) {
      const own = current();
      if (serviceFile === undefined) return explained(() => resolveTarget(own, service, environment));
      const { configuration, problems } = mergeServiceFile(own, service, serviceFile);
      if (configuration === undefined) throw new SettingsRefused(explain(problems));
      refuseMoreThanGiven(own, configuration, service, environment);
      return explained(() => resolveTarget(configuration, service, environment));
    },
    hooks: () => webhooksOf(current()),
    triggerRules: () => explained(() => triggerRulesOf(current())),
    policy: (environment) => explained(() => policyOf(current(), environment)),
    secretReferences: () =>
      placesOfServices(current()).map(({ service, environment }) => ({
        service,
        environment,
        names: referredTo(current(), service, environment),
      })),
    messages: () => messageSettingsOf(current()),
    server: () => serverSettingsOf(current().server),
    oidc: () => oidcSettingsOf(current().people),
    secretCommand: () => secretCommandOf(current().secrets),
    allowances: (host) => allowancesOf(current(), host),
    proxyPlaces: (host) => proxyPlacesOf(current(), host),
  };
}

/** One `services.d` file for each service that has the host in any environment. */
function allowancesOf(configuration: Configuration, host: string): ReadonlyMap<string, readonly string[]> {
  const owner = configuration.fleet.get(host)?.user ?? "deploy";
  const files = new Map<string, readonly string[]>();
  for (const { service, environment } of placesOfServices(configuration)) {
    const ground = groundOf(configuration, service, environment);
    const { hosts, root, user, directories, adopts } = ground;
    if (!hosts.includes(host)) continue;
    files.set(service, [
      `root=${root}`,
      `owner=${owner}`,
      `user=${user}`,
      ...slotLines(ground),
      `directories=${directories.join(" ")}`,
      `adopts=${adopts ?? ""}`,
    ]);
  }
  return files;
}

/** Which slots there are, and the ports that the helper may ask there. */
function slotLines({ slot, slots, port }: Ground): readonly string[] {
  if (slots === undefined) return [`slots=${slot}`, `ports=${port ?? ""}`];
  const { blue, green } = slots.ports;
  return [
    `slots=${sides.join(" ")}`,
    `ports=${blue} ${green}`,
    `slot-ports=blue:${blue} green:${green}`,
    `port-variable=${slots.variable}`,
  ];
}

function explained<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const unknown = error.problems.some(({ code }) => code === "SB-CONFIG-SERVICE" || code === "SB-CONFIG-ENVIRONMENT");
    throw unknown ? new UnknownName(explain(error.problems)) : new SettingsRefused(explain(error.problems));
  }
}
