/** Every kind of step and how it is done. A new kind is a file and a line here. */
import type { WorkStep } from "../core/step.ts";
import { activateRelease } from "./activate-release.ts";
import { buildArtifact } from "./build-artifact.ts";
import { checkHeadroom } from "./check-headroom.ts";
import { checkRuntime } from "./check-runtime.ts";
import { drain } from "./drain.ts";
import { fetchSource } from "./fetch-source.ts";
import { inspectHost } from "./inspect-host.ts";
import { inspectTraffic } from "./inspect-traffic.ts";
import { installUnit } from "./install-unit.ts";
import { migrate } from "./migrate.ts";
import { prepareDirectories } from "./prepare-directories.ts";
import { pruneReleases } from "./prune-releases.ts";
import { readmit } from "./readmit.ts";
import { retireSlot } from "./retire-slot.ts";
import { runHook } from "./run-hook.ts";
import { setShare } from "./set-share.ts";
import { smokeTest } from "./smoke-test.ts";
import type { StepDefinition } from "./step.ts";
import { switchSide } from "./switch-side.ts";
import { uploadArtifact } from "./upload-artifact.ts";

const steps: { readonly [Kind in WorkStep["kind"]]: StepDefinition<Kind> } = {
  "inspect-host": inspectHost,
  "inspect-traffic": inspectTraffic,
  "check-runtime": checkRuntime,
  "check-headroom": checkHeadroom,
  "fetch-source": fetchSource,
  "build-artifact": buildArtifact,
  "prepare-directories": prepareDirectories,
  "upload-artifact": uploadArtifact,
  "install-unit": installUnit,
  "activate-release": activateRelease,
  drain,
  readmit,
  "smoke-test": smokeTest,
  "set-share": setShare,
  "switch-side": switchSide,
  "retire-slot": retireSlot,
  migrate,
  "prune-releases": pruneReleases,
  "run-hook": runHook,
};

/** The definition of a step's kind. */
export function definitionOf<Kind extends WorkStep["kind"]>(step: { readonly kind: Kind }): StepDefinition<Kind> {
  return steps[step.kind];
}
