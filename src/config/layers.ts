/** What holds for a service in an environment: the service's own keys, the environment's defaults, its place there. */
import type { Draft } from "./draft.ts";
import type { PlacementSettings } from "./environment.ts";
import type { ServiceSettings } from "./service.ts";
import type { PathStep } from "./problems.ts";

export interface Layer {
  readonly path: readonly PathStep[];
  readonly settings: Partial<PlacementSettings & ServiceSettings>;
}

/** From the weakest to the strongest. Keys directly under an environment are as if each of its services had them. */
export function layersOf(draft: Draft, service: string, environment: string): readonly Layer[] {
  const { settings, services } = draft.environments.get(environment) ?? { settings: {}, services: new Map() };
  const { deploys: _deploys, approval: _approval, watch: _watch, ...defaults } = settings;
  return [
    { path: ["services", service], settings: draft.services.get(service) ?? {} },
    { path: ["environments", environment], settings: defaults },
    { path: ["environments", environment, "services", service], settings: services.get(service) ?? {} },
  ];
}

type Settings = Layer["settings"];

/** The strongest layer's value for a key that is taken as a whole. */
export function strongest<K extends keyof Settings>(layers: readonly Layer[], key: K): Settings[K] | undefined {
  return layers.findLast(({ settings }) => settings[key] !== undefined)?.settings[key];
}

/** Where that value stands. */
export function pathOf(layers: readonly Layer[], key: keyof Settings): readonly PathStep[] {
  const layer = layers.findLast(({ settings }) => settings[key] !== undefined) ?? layers.at(-1)!;
  return layer.settings[key] === undefined ? layer.path : [...layer.path, key];
}

/** For keys whose own keys are laid over each other one by one. */
export function merged<K extends "unit" | "environment" | "limits" | "analysis">(
  layers: readonly Layer[],
  key: K,
): NonNullable<Settings[K]> {
  return Object.assign({}, ...layers.map(({ settings }) => settings[key])) as NonNullable<Settings[K]>;
}

/** `user` and `unit.user` are one key; within a layer the longer form wins. */
export function runUserOf(layers: readonly Layer[]): { readonly user?: string; readonly path: readonly PathStep[] } {
  for (const { path, settings } of layers.toReversed()) {
    if (settings.unit?.user !== undefined) return { user: settings.unit.user, path: [...path, "unit", "user"] };
    if (settings.user !== undefined) return { user: settings.user, path: [...path, "user"] };
  }
  return { path: layers[0]!.path };
}
