import type { FreezeCalendar, FreezeException, FreezeWindow } from "./freeze.ts";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { SimulatedHost } from "../../test/support/simulated-host.ts";
import type { Outage, Start } from "../../test/support/simulated-host.ts";
import { Simulation } from "../../test/support/simulation.ts";
import type { Scenario } from "../../test/support/simulation.ts";
import { aRelease, aTarget } from "../../test/support/targets.ts";
import { NO_RELEASE, releaseId } from "./release.ts";
import type { Hook, Target } from "./service.ts";
import { largestBatch } from "./batch.ts";
import type { StrategyChoice, StrategyKind } from "./strategies/index.ts";
import type { Side, Traffic } from "./traffic.ts";

const seconds = (most: number) => fc.integer({ min: 0, max: most * 1000 });

const outage: fc.Arbitrary<Outage> = fc
  .record({ from: seconds(300), lasts: fc.oneof(seconds(20), seconds(2_000)) })
  .map(({ from, lasts }) => ({ from, until: from + lasts }));

const usually = <T>(value: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(value) },
    ...others.map((other) => ({ weight: 1, arbitrary: fc.constant(other) })),
  );

const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<T[]>([]) },
    { weight: 1, arbitrary: fc.array(arbitrary, { minLength: 1, maxLength: 2 }) },
  );

const aHost = fc.record({
  zone: fc.constantFrom("a", "b", "c"),
  serves: usually("1-aaaaaaaaaaaa", "2-bbbbbbbbbbbb", NO_RELEASE),
  newStart: usually<Start>("works", "reverts", "breaks"),
  oldStart: usually<Start>("works", "breaks"),
  outages: rarely(outage),
  isStranger: usually(false, true),
});

const aHook: fc.Arbitrary<Hook> = fc.record({
  at: fc.constantFrom("before-rollout", "before-activate", "after-activate", "after-rollout"),
  on: fc.constantFrom("server", "first-host", "every-host"),
  run: fc.constant(["true"]),
  limitSeconds: fc.constant(60),
});

const aWorld = fc.record({
  kind: usually<"deploy" | "roll-back" | "restart">("deploy", "roll-back", "restart"),
  built: fc.boolean(),
  hosts: fc.array(aHost, { minLength: 1, maxLength: 7 }),
  hasZones: fc.boolean(),
  strategy: fc.constantFrom<StrategyKind>("rolling", "rolling", "recreate", "blue-green", "canary"),
  traffic: fc.constantFrom<"none" | "haproxy" | "health">("none", "haproxy", "haproxy", "health"),
  hasSlots: fc.boolean(),
  active: fc.constantFrom<Side>("blue", "green"),
  load: fc.constantFrom(undefined, 0.2, 0.2, 0.9),
  candidateErrors: usually(0, 0.3),
  silence: fc.constantFrom(0, 0, 0.1),
  watchSeconds: fc.constantFrom(0, 60),
  batch: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom<"25%" | "50%" | "100%">("25%", "50%", "100%")),
  soakSeconds: fc.constantFrom(0, 0, 30, 900),
  floor: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
  tolerate: fc.integer({ min: 0, max: 2 }),
  hooks: rarely(aHook),
  failingHooks: rarely(fc.constantFrom("before-rollout", "before-activate", "after-activate", "after-rollout")),
  people: rarely(
    fc.record({
      at: seconds(400),
      does: fc.constantFrom(
        "abort" as const,
        "pause" as const,
        "resume" as const,
        "promote" as const,
        "pass-freeze" as const,
      ),
    }),
  ),
  freezes: rarely(
    fc.record({
      from: seconds(300),
      seconds: fc.constantFrom(1, 60, 3_600),
      isLifted: fc.boolean(),
      isEndless: usually(false, true),
    }),
  ),
  answers: usually<boolean | undefined>(undefined, true, true, true).chain((needed) =>
    needed === undefined
      ? fc.constant(undefined)
      : fc.array(fc.record({ after: seconds(600), isStale: fc.boolean() }), { maxLength: 3 }),
  ),
  overtakenBy: usually<string | undefined>(undefined, "2-bbbbbbbbbbbb"),
  crashesAt: rarely(seconds(400)),
  crashesAfter: rarely(fc.integer({ min: 2, max: 60 })),
  downFor: seconds(600),
  seed: fc.nat(),
});

type World = typeof aWorld extends fc.Arbitrary<infer T> ? T : never;

function scenarioOf(drawn: World): Scenario {
  const names = drawn.hosts.map((_, index) => `web-${index + 1}`);
  const release = aRelease(3);
  const goal = releaseId(release);
  const floor = Math.min(
    drawn.floor ??
      names.length - largestBatch(names.length, { size: drawn.batch, floor: Math.min(1, names.length - 1) }),
    names.length - 1,
  );
  const target = aTarget({
    hosts: names,
    zones: drawn.hasZones ? Object.fromEntries(names.map((name, index) => [name, drawn.hosts[index]!.zone])) : {},
    ...trafficOf(drawn, names),
    watchSeconds: drawn.watchSeconds,
    limits: {
      floor: drawn.strategy === "recreate" ? 0 : floor,
      tolerate: drawn.tolerate,
      progressSeconds: 300,
      load: 0.75,
    },
    hooks: drawn.hooks,
    ...(drawn.built
      ? { build: { on: "host", run: [], artifact: "x", directory: ".", variables: {}, limitSeconds: 60 } }
      : {}),
  });
  const copies = (serves: (index: number) => string): SimulatedHost[] =>
    drawn.hosts.map(({ newStart, oldStart, outages }, index) => {
      const host = new SimulatedHost(names[index]!, serves(index), {
        outages,
        starts: (id) => (id === goal ? newStart : oldStart),
      });
      if (drawn.kind === "roll-back") host.staged.add(goal);
      return host;
    });
  const isGreen = target.slots !== undefined && drawn.active === "green";
  const hosts = copies((index) => (isGreen ? NO_RELEASE : drawn.hosts[index]!.serves));
  const green =
    target.slots === undefined ? [] : copies((index) => (isGreen ? drawn.hosts[index]!.serves : NO_RELEASE));
  for (const [index, one] of hosts.entries()) {
    one.staged.add(drawn.hosts[index]!.serves);
    green[index]?.staged.add(drawn.hosts[index]!.serves);
  }
  const fresh = drawn.built
    ? ({ kind: "revision", ref: "main" } as const)
    : ({ kind: "artifact", artifact: release.artifact } as const);
  return {
    kind: drawn.kind,
    target,
    origin:
      drawn.kind === "restart"
        ? { kind: "restart", release }
        : drawn.kind === "roll-back"
          ? { kind: "return", goal, release }
          : fresh,
    release,
    hosts,
    green,
    active: drawn.active,
    traffic: { load: drawn.load, candidateErrors: drawn.candidateErrors, silence: drawn.silence },
    strangers: new Set(names.filter((_, index) => drawn.hosts[index]!.isStranger)),
    people: drawn.people,
    freezes: calendarOf(drawn),
    answers: drawn.answers,
    overtakenBy: drawn.overtakenBy,
    crashesAt: drawn.crashesAt,
    crashesAfter: new Set(drawn.crashesAfter),
    downFor: drawn.downFor,
    failingHooks: new Set(drawn.failingHooks),
    random: numbersFrom(drawn.seed),
  };
}

function calendarOf({ freezes }: World): FreezeCalendar {
  const always = { day: "monday", minute: 0 } as const;
  const windows = freezes.map(({ from, seconds: length, isEndless }, index): FreezeWindow => ({
    name: `freeze ${index}`,
    reason: "the sale",
    when: isEndless
      ? { kind: "weekly", zone: "UTC", from: always, until: always }
      : { kind: "once", zone: "UTC", from, until: from + length * 1000 },
  }));
  const exceptions = freezes.flatMap(({ from, isLifted }, index): readonly FreezeException[] =>
    isLifted
      ? [
          {
            window: `freeze ${index}`,
            from: from + 500,
            until: from + 20_000,
            requestedBy: "kim",
            approvedBy: "lee",
            reason: "",
          },
        ]
      : [],
  );
  return { windows, exceptions };
}

const rules = { drain: { graceSeconds: 0, deadlineSeconds: 60, longLived: "wait" } } as const;

/** What moves traffic, and the strategy, as the configuration would allow them together. */
function trafficOf(drawn: World, names: readonly string[]): Pick<Target, "strategy" | "traffic" | "slots"> {
  const { batch, soakSeconds } = drawn;
  const traffic: Traffic =
    drawn.traffic === "none"
      ? { kind: "none" }
      : drawn.traffic === "health"
        ? { ...rules, kind: "health", drainPath: "/drain", readmitPath: "/readmit", detectSeconds: 1 }
        : { ...rules, kind: "haproxy", proxies: ["lb-1"], name: "orders", bind: 80 };
  const shares = traffic.kind === "haproxy";
  const slots = shares && drawn.hasSlots ? { slots: { ports: { blue: 8081, green: 8082 }, variable: "PORT" } } : {};
  const rolling: StrategyChoice = { kind: "rolling", options: { batch, soakSeconds } };
  const strategies: Record<StrategyKind, StrategyChoice> = {
    recreate: { kind: "recreate", options: {} },
    rolling,
    canary:
      names.length > 1
        ? {
            kind: "canary",
            options: { weights: [5, 50], soakSeconds: 60, longestSoakSeconds: 120, keepWarmSeconds: 30 },
          }
        : rolling,
    "blue-green":
      "slots" in slots
        ? { kind: "blue-green", options: { keepWarmSeconds: 30 } }
        : shares && names.length > 1
          ? { kind: "blue-green", options: { keepWarmSeconds: 30, green: names.slice(Math.ceil(names.length / 2)) } }
          : rolling,
  };
  return { traffic, ...slots, strategy: strategies[drawn.strategy] };
}

/** Mulberry32: the same seed always gives the same numbers, so a failed case can be run again. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe("a deployment in a world where anything fails at any time", () => {
  it("keeps every interlock, ends, and tells the truth", { timeout: 60_000 }, () => {
    const ends = new Map<string, number>();
    fc.assert(
      fc.property(aWorld, (world) => {
        const simulation = new Simulation(scenarioOf(world));
        const { state } = simulation.run();
        ends.set(state, (ends.get(state) ?? 0) + 1);
        if (simulation.problems.length > 0) throw new Error([...simulation.problems, simulation.story()].join("\n"));
      }),
      { numRuns: Number(process.env.SIGNALBOX_PROPERTY_RUNS ?? 2_000) },
    );
    // A world in which one of these never happens would prove little.
    expect([...ends.keys()].toSorted()).toEqual(["failed", "rollback-failed", "rolled-back", "succeeded", "withdrawn"]);
  });
});
