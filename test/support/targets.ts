/** Targets, releases and facts with everything filled in, so that a test names only what it is about. */
import type { Deployment } from "../../src/core/deployment.ts";
import type { Known } from "../../src/core/plan.ts";
import type { HostFacts } from "../../src/core/host-facts.ts";
import type { Artifact, Release, ReleaseId } from "../../src/core/release.ts";
import { NO_RELEASE } from "../../src/core/release.ts";
import type { Target } from "../../src/core/service.ts";

/** `orders` in production on two hosts, rolled one by one. */
export function aTarget(differences: Partial<Target> = {}): Target {
  return {
    service: "orders",
    environment: "production",
    hosts: ["web-1", "web-2"],
    zones: {},
    root: "/srv/orders",
    slot: "main",
    runtime: [],
    unit: {
      description: "orders",
      exec: ["java", "-jar", "orders.jar"],
      user: "orders",
      type: "exec",
      restart: "on-failure",
      restartSeconds: 1,
      stopWithinSeconds: 20,
      successExitStatus: [143],
    },
    port: 8080,
    health: { kind: "http", path: "/healthz", withinSeconds: 60, successes: 3, stableSeconds: 10 },
    variables: {},
    directories: [],
    hooks: [],
    strategy: { kind: "rolling", options: { batch: 1, soakSeconds: 0 } },
    limits: { floor: 1, tolerate: 0, progressSeconds: 300, load: 0.75 },
    singleton: false,
    keepReleases: 5,
    traffic: { kind: "none" },
    analysis: { falseAlarm: 0.01, minimumRequests: 300, acceptedErrors: 0.01, quickMilliseconds: 20 },
    smoke: [],
    watchSeconds: 0,
    onWatchFailure: "roll-back",
    ...differences,
  };
}

export function anArtifact(letter = "a"): Artifact {
  return { sha256: letter.repeat(64), bytes: 1_000, form: "file", name: "orders.jar" };
}

export function aRelease(number: number, letter = "a"): Release {
  return { number, artifact: anArtifact(letter), settings: "" };
}

export function factsOf(current: ReleaseId, differences: Partial<HostFacts> = {}): HostFacts {
  return {
    machineId: "0".repeat(32),
    bootId: "boot",
    protocol: 1,
    current,
    previous: NO_RELEASE,
    settings: "",
    active: current === NO_RELEASE ? "inactive" : "active",
    drifted: false,
    releases: {},
    partial: {},
    directoriesReady: true,
    freeBytes: 10_000_000_000,
    freeInodes: 1_000_000,
    exec: "/usr/bin/java",
    versions: [],
    unitText: "",
    installation: "",
    slots: {},
    epoch: 0,
    tools: [],
    ...differences,
  };
}

/** What a plan is made from, as the deployment knows it. */
export function knownOf({ facts, traffic }: Deployment): Known {
  return { facts, ...(traffic === undefined ? {} : { traffic }) };
}
