/** The stories of the golden journals. They were played once; what is true since then is the journal. */
import type { Deployment, DeploymentEvent } from "../../src/core/deployment.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { NO_RELEASE } from "../../src/core/release.ts";
import type { Target } from "../../src/core/service.ts";
import type { Story } from "./story-teller.ts";
import { aPolicy } from "./approvals.ts";
import { aRelease } from "./targets.ts";

const reverted: Outcome = { kind: "reverted", message: "it never became healthy; release 41 serves again" };
const broken: Outcome = { kind: "broken", message: "neither release 42 nor release 41 starts" };
const unreachable: Outcome = { kind: "unreachable", message: "connection timed out", permanent: false };
const unknown: Outcome = { kind: "unknown", message: "the connection was lost" };
const abort: DeploymentEvent = { kind: "abort-requested", by: "lee", reason: "orders come in twice" };

const threeHosts: Partial<Target> = {
  hosts: ["web-1", "web-2", "web-3"],
  limits: { floor: 2, tolerate: 0, progressSeconds: 300, load: 0.75 },
};
const toleratesOne: Partial<Target> = {
  ...threeHosts,
  limits: { floor: 1, tolerate: 1, progressSeconds: 300, load: 0.75 },
};

const behindProxy: Partial<Target> = {
  ...threeHosts,
  traffic: {
    kind: "haproxy",
    proxies: ["lb-1"],
    name: "orders",
    bind: 80,
    drain: { graceSeconds: 0, deadlineSeconds: 60, longLived: "wait" },
  },
};
const twoSlots: Partial<Target> = { slots: { ports: { blue: 8081, green: 8082 }, variable: "PORT" } };

/** A minute in which systemd had to start the candidate again on one host. */
const restarted: DeploymentEvent = {
  kind: "observed",
  from: 0,
  until: 60_000,
  complete: true,
  members: {},
  unserved: 0,
  queued: 0,
  loads: { "web-1": 0.2, "web-2": 0.2, "web-3": 0.2 },
  restarts: { "web-1/green": 1 },
};

const approvedBy =
  (login: string) =>
  ({ approval, digest }: Deployment): Extract<DeploymentEvent, { kind: "approval-given" }> => ({
    kind: "approval-given",
    approval: approval!.id,
    digest: digest!,
    by: [login],
    because: "approved",
  });

const on = (
  step: string,
  host: string,
  outcome: Outcome,
  tries = Number.POSITIVE_INFINITY,
): NonNullable<Story["ends"]> => {
  return (at) => (at.step === step && at.host === host && at.try <= tries ? outcome : undefined);
};

export const stories: Readonly<Record<string, Story>> = {
  "first-deployment": {
    story: "The very first release of a service reaches both hosts, which served nothing before.",
    serves: NO_RELEASE,
  },
  "first-deployment-reverts": {
    story: "The very first release does not start on the second host, so the first host serves nothing again.",
    serves: NO_RELEASE,
    ends: on("rollout: activate-release", "web-2", { kind: "reverted", message: "it crashed" }),
  },
  overtaken: {
    story: "It was built and staged while another deployment ran, so the hosts are looked at and planned for again.",
    origin: { kind: "revision", ref: "main" },
    somebody: { "prepare: install-unit done on web-2": { kind: "overtaken", ended: 1 } },
  },
  approved: {
    story: "Its approvers are asked as soon as there is a plan, it is staged meanwhile, and begins when one says yes.",
    policy: aPolicy(),
    somebody: { "prepare: install-unit done on web-2": approvedBy("lee") },
  },
  "approved-before-it-is-staged": {
    story: "Its approvers are quicker than the upload, so it begins as soon as everything is staged.",
    policy: aPolicy(),
    somebody: { "prepare: upload-artifact done on web-1": approvedBy("lee") },
  },
  "approved-for-another-plan": {
    story: "What was approved is another plan, so nothing begins and its approvers are asked again.",
    policy: aPolicy(),
    somebody: {
      "prepare: upload-artifact done on web-1": (deployment) => ({
        ...approvedBy("lee")(deployment),
        digest: "f".repeat(64),
      }),
    },
  },
  "canary-promoted": {
    story: "A canary over three hosts behind a proxy: nobody can tell whether it is good, so a person promotes it.",
    target: {
      ...behindProxy,
      strategy: {
        kind: "canary",
        options: { weights: [10, 50], soakSeconds: 60, longestSoakSeconds: 120, keepWarmSeconds: 0 },
      },
    },
    somebody: {
      "step-started": { ...restarted, until: 2_000_000_000_000, restarts: {} },
      narrowed: { kind: "promoted", by: "lee" },
    },
  },
  "canary-fails": {
    story: "A canary in two slots crashes while it has 10 % of the traffic, and users go back at once.",
    target: {
      ...behindProxy,
      ...twoSlots,
      strategy: {
        kind: "canary",
        options: { weights: [10, 50], soakSeconds: 60, longestSoakSeconds: 120, keepWarmSeconds: 60 },
      },
    },
    somebody: { "step-started": restarted },
  },
  "blue-green-aborted-while-warm": {
    story: "All users were switched over, the old slot is still warm, and somebody goes back.",
    target: { ...behindProxy, ...twoSlots, strategy: { kind: "blue-green", options: { keepWarmSeconds: 600 } } },
    somebody: { "step-started": abort },
  },
  rolling: {
    story: "A release is built and rolled over six hosts in two zones, in batches of two after the first host.",
    origin: { kind: "revision", ref: "main" },
    target: {
      hosts: ["web-1", "web-2", "web-3", "web-4", "web-5", "web-6"],
      zones: { "web-1": "a", "web-2": "b", "web-3": "a", "web-4": "b", "web-5": "a", "web-6": "b" },
      build: {
        on: "server",
        run: [["make"]],
        artifact: "orders.jar",
        directory: ".",
        variables: {},
        limitSeconds: 600,
      },
      strategy: { kind: "rolling", options: { batch: 2, soakSeconds: 0 } },
      limits: { floor: 4, tolerate: 0, progressSeconds: 300, load: 0.75 },
    },
  },
  recreate: {
    story: "A development service is replaced on all its hosts at once.",
    target: {
      strategy: { kind: "recreate", options: {} },
      limits: { floor: 0, tolerate: 0, progressSeconds: 300, load: 0.75 },
    },
  },
  hooks: {
    story: "The team's commands run around the rollout and around each host.",
    target: {
      hooks: [
        { at: "before-rollout", on: "server", run: ["./announce"], limitSeconds: 60 },
        { at: "before-activate", on: "every-host", run: ["./pause-jobs"], limitSeconds: 60 },
        { at: "after-activate", on: "every-host", run: ["./resume-jobs"], limitSeconds: 60 },
        { at: "after-rollout", on: "first-host", run: ["./smoke-test"], limitSeconds: 60 },
      ],
    },
  },
  "second-host-reverts": {
    story: "The release fails on the second host, which reverts by itself; the first host is rolled back.",
    target: threeHosts,
    ends: on("rollout: activate-release", "web-2", reverted),
  },
  "hook-fails-after-activation": {
    story: "A hook after the second host's activation fails; both hosts go back, the last one first.",
    target: {
      ...threeHosts,
      hooks: [{ at: "after-activate", on: "every-host", run: ["./smoke-test"], limitSeconds: 60 }],
    },
    ends: on("rollout: run-hook", "web-2", { kind: "failed", message: "./smoke-test ended with exit status 1" }),
  },
  "unreachable-before": {
    story: "A host can't be reached when the deployment begins; nothing is touched.",
    target: threeHosts,
    ends: on("prepare: inspect-host", "web-3", unreachable),
  },
  "unreachable-before-tolerated": {
    story: "A host can't be reached when the deployment begins; it is left behind, as the limits allow.",
    target: toleratesOne,
    ends: on("prepare: inspect-host", "web-3", unreachable),
  },
  "unreachable-in-rollout-tolerated": {
    story: "A host vanishes before its turn; it is left behind and the others go on.",
    target: toleratesOne,
    ends: on("rollout: activate-release", "web-2", unreachable),
  },
  "unreachable-in-rollout-held": {
    story: "A host vanishes before its turn; the rollout holds until it comes back, and goes on.",
    target: threeHosts,
    ends: on("rollout: activate-release", "web-2", unreachable, 6),
  },
  "unreachable-too-long": {
    story: "A host vanishes before its turn and stays away; the others are rolled back.",
    target: { ...threeHosts, limits: { floor: 2, tolerate: 0, progressSeconds: 60, load: 0.75 } },
    ends: on("rollout: activate-release", "web-2", unreachable),
  },
  "tolerated-but-for-the-floor": {
    story: "One host may be left behind, but the floor needs it: the rollout holds, and gives up.",
    target: { ...threeHosts, limits: { floor: 2, tolerate: 1, progressSeconds: 60, load: 0.75 } },
    ends: on("rollout: activate-release", "web-2", unreachable),
  },
  "unknown-then-done": {
    story: "The connection is lost in the middle of an activation; asked again, the host had finished it.",
    ends: on("rollout: activate-release", "web-1", unknown, 2),
  },
  "unknown-stays": {
    story: "A host is lost in the middle of its activation; the others go back, it is asked once more and reported.",
    target: { ...threeHosts, limits: { floor: 2, tolerate: 1, progressSeconds: 60, load: 0.75 } },
    ends: (at) => {
      if (at.host !== "web-2") return undefined;
      if (at.step === "rollout: activate-release") return unknown;
      return at.step === "roll-back: activate-release" ? unreachable : undefined;
    },
  },
  "crash-in-activation": {
    story: "The server dies while a host is activated; the next one asks the host before anything else.",
    dies: "rollout: activate-release begun on web-1",
  },
  "crash-then-unreachable": {
    story: "The server dies while a host is activated and can't reach it afterwards: nobody may say it was untouched.",
    target: toleratesOne,
    dies: "rollout: activate-release begun on web-2",
    ends: on("rollout: activate-release", "web-2", unreachable, 5),
  },
  "abort-in-the-middle": {
    story: "Somebody aborts after the first host; it goes back at once.",
    target: threeHosts,
    somebody: { "rollout: activate-release done on web-1": abort },
  },
  "abort-with-a-crash": {
    story: "Somebody aborts while a host is activated, and the server dies; the host is brought back first.",
    target: threeHosts,
    somebody: { "rollout: activate-release begun on web-2": abort },
    dies: "rollout: activate-release begun on web-2",
  },
  withdrawn: {
    story: "Somebody aborts while the artifact is uploaded: nothing was touched, so the request is withdrawn.",
    somebody: { "prepare: upload-artifact done on web-1": abort },
  },
  paused: {
    story: "Somebody pauses after the first host; nothing begins until somebody resumes.",
    somebody: { "rollout: activate-release done on web-1": { kind: "pause-requested", by: "lee" } },
  },
  "paused-and-resumed": {
    story: "Somebody pauses while the first host is activated and resumes when it is done.",
    somebody: {
      "rollout: activate-release begun on web-1": { kind: "pause-requested", by: "lee" },
      "rollout: activate-release done on web-1": { kind: "resumed", by: "lee" },
    },
  },
  soak: {
    story: "Between two batches the release soaks; the server's death does not begin the soak anew.",
    target: { strategy: { kind: "rolling", options: { batch: 1, soakSeconds: 5_000 } } },
    dies: "step-started",
  },
  "roll-back": {
    story: "A finished deployment is rolled back by a new one: nothing is fetched, built or uploaded.",
    kind: "roll-back",
    origin: { kind: "return", goal: "41-aaaaaaaaaaaa", release: aRelease(41, "a") },
    serves: "42-bbbbbbbbbbbb",
  },
  "roll-back-fails": {
    story: "A roll-back that fails on a host stops and names it; it never starts over.",
    kind: "roll-back",
    origin: { kind: "return", goal: "41-aaaaaaaaaaaa", release: aRelease(41, "a") },
    serves: "42-bbbbbbbbbbbb",
    ends: on("rollout: activate-release", "web-2", broken),
  },
  "roll-back-after-failure-fails": {
    story: "The second host breaks and can't be brought back either; the first is left alone and both are named.",
    target: threeHosts,
    ends: (at) => (at.host === "web-2" && at.step.endsWith("activate-release") ? broken : undefined),
  },
  restart: {
    story: "The hosts start anew what they serve, one after the other.",
    kind: "restart",
    origin: { kind: "restart", release: aRelease(42, "b") },
    serves: "42-bbbbbbbbbbbb",
  },
  "restart-fails": {
    story: "A restart fails on the second host: the first serves the same as before, so there is nothing to take back.",
    kind: "restart",
    origin: { kind: "restart", release: aRelease(42, "b") },
    serves: "42-bbbbbbbbbbbb",
    ends: on("rollout: activate-release", "web-2", reverted),
  },
  superseded: {
    story: "A newer request takes the place of one that waits for its turn.",
    somebody: {
      "prepare: install-unit done on web-2": {
        kind: "finished",
        state: "superseded",
        message: "a newer deployment of orders to production was requested",
        behind: [],
      },
    },
  },
  "prune-fails": {
    story: "Old releases can't be removed from a host; the deployment succeeded all the same.",
    ends: on("rollout: prune-releases", "web-1", unreachable),
  },
};
