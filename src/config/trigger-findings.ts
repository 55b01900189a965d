/** What may be wrong with what starts deployments. */
import { repositoryIdentity } from "../core/trigger-repository.ts";
import type { Draft, EnvironmentDraft } from "./draft.ts";
import { layersOf, strongest } from "./layers.ts";
import type { Finding, PathStep } from "./problems.ts";
import type { WebhookSettings } from "./webhook.ts";

export function triggerFindings(draft: Draft): Finding[] {
  return [
    ...[...draft.webhooks].flatMap(([name, settings]) => secretFindings(settings, ["hooks", name])),
    ...[...draft.environments].flatMap(([name, environment]) => deploysFindings(draft, name, environment)),
  ];
}

function secretFindings(settings: Partial<WebhookSettings>, path: readonly PathStep[]): Finding[] {
  return Object.entries(settings).flatMap(([kind, options]): Finding[] => {
    const [first, second] = options.secrets ?? [];
    if (first === undefined || first !== second) return [];
    return [{ code: "SB-CONFIG-DUPLICATE", path: [...path, kind, "secrets", 1], message: `${first} is named twice.` }];
  });
}

function deploysFindings(draft: Draft, name: string, { settings, services }: EnvironmentDraft): Finding[] {
  const { deploys } = settings;
  if (deploys === undefined) return [];
  const path = ["environments", name, "deploys"];
  const findings: Finding[] = [];
  if (deploys.branch !== undefined && deploys.branches !== undefined) {
    const message = "branch and branches say the same thing in two ways.";
    const hint = "Leave one out; branch is short for a single one.";
    findings.push({ code: "SB-CONFIG-TRIGGER", path: [...path, "branches"], at: "key", message, hint });
  }
  if (
    deploys.paths !== undefined &&
    deploys.tags !== undefined &&
    deploys.branches === undefined &&
    deploys.branch === undefined
  ) {
    const message = "paths hold for pushes to branches, and only tags are deployed here.";
    findings.push({ code: "SB-CONFIG-TRIGGER", severity: "warning", path: [...path, "paths"], at: "key", message });
  }
  return deploys.on === "push" ? [...findings, ...pushFindings(draft, name, [...services.keys()], path)] : findings;
}

/** Why a push would deploy nothing, or late. */
function pushFindings(
  draft: Draft,
  environment: string,
  services: readonly string[],
  path: readonly PathStep[],
): Finding[] {
  const warn = (message: string, hint: string, at: readonly PathStep[] = path): Finding => ({
    code: "SB-CONFIG-TRIGGER",
    severity: "warning",
    path: at,
    at: "key",
    message,
    hint,
  });
  const without = services.filter((service) => {
    const { git } = strongest(layersOf(draft, service, environment), "source") ?? {};
    return git === undefined || repositoryIdentity(git) === undefined;
  });
  return [
    ...without.map((service) =>
      warn(
        `No push can deploy ${service} here: it has no source.git.`,
        `Add source: { git: ... } to ${service}, or on: request here.`,
      ),
    ),
    ...(draft.webhooks.size === 0
      ? [
          warn(
            "Nobody tells this server of pushes; it finds them within some minutes, by looking.",
            "Add hooks: with the forge's webhook.",
          ),
        ]
      : []),
  ];
}
