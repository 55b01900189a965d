import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Found, KnownPlace, Relation, TriggerDecision } from "./trigger-decision.ts";
import { decideOnTip, pathsSince } from "./trigger-decision.ts";
import type { PushEvent } from "./trigger-push.ts";
import type { TriggerRule } from "./trigger.ts";

const main = { kind: "branch", name: "main" } as const;
const [old, new_, other] = ["a".repeat(40), "b".repeat(40), "c".repeat(40)] as const;

const rule: TriggerRule = {
  service: "orders",
  environment: "dev",
  repository: "git@git.example:acme/orders.git",
  on: "push",
  branches: ["**"],
  tags: ["v*"],
};
const filtered: TriggerRule = { ...rule, paths: { include: [], exclude: ["docs/**"] } };

const found = (changes: Partial<Found> = {}): Found => ({
  ref: main,
  tip: { revision: new_, committedAt: 2_000 },
  relations: {},
  changedPaths: "unknown",
  ...changes,
});
const asked: KnownPlace = { seen: old, requested: { revision: old, committedAt: 1_000, ref: main } };
const inWords = (decision: TriggerDecision): string =>
  decision.kind === "deploy" ? `deploy: ${decision.words}` : `${decision.because}: ${decision.words}`;
const decide = (what: Partial<Found>, known: KnownPlace = asked, by: TriggerRule = rule): string =>
  inWords(decideOnTip(by, found(what), known));

describe("the tip of a branch", () => {
  it("is deployed when it is the first one, or comes after what was asked for", () => {
    expect(decideOnTip(rule, found(), {})).toEqual({
      kind: "deploy",
      ref: main,
      revision: new_,
      words: "orders@dev: the branch main is at bbbbbbbbbbbb, the first one here",
    });
    expect(decide({ relations: { [old]: "ahead" } })).toBe(
      "deploy: orders@dev: the branch main is at bbbbbbbbbbbb, after aaaaaaaaaaaa",
    );
  });

  it("is not deployed twice, not even after a roll-back or when a person went elsewhere meanwhile", () => {
    const words = "duplicate: orders@dev: the branch main is at bbbbbbbbbbbb, which was dealt with before";
    const relations = { [old]: "ahead" } as const;
    expect(decide({ relations }, { seen: new_, requested: { revision: old, committedAt: 1 } })).toBe(words);
    expect(decide({ relations }, { seen: old, requested: { revision: new_, committedAt: 1 } })).toBe(words);
  });

  it("never takes an environment back", () => {
    const words =
      "older: orders@dev: the branch main is at bbbbbbbbbbbb, older than aaaaaaaaaaaa that was asked for; ask for it by name to go back";
    expect(decide({ relations: { [old]: "behind" } })).toBe(words);
    expect(
      decide(
        { relations: { [old]: "behind", [other]: "ahead" } },
        { seen: old, requested: { revision: other, committedAt: 1 } },
      ),
    ).toBe(words);
    expect(
      decide(
        { relations: { [old]: "behind", [other]: "ahead" } },
        { seen: other, requested: { revision: old, committedAt: 1 } },
      ),
    ).toBe(words);
  });

  it("is deployed when history was rewritten, whatever the dates say", () => {
    const tip = { revision: new_, committedAt: 1 };
    expect(decide({ tip, relations: { [old]: "diverged" } })).toMatch(
      /^deploy: .*, on another line of history than a+$/,
    );
    expect(decide({ tip, relations: {} })).toMatch(/^deploy: .*; how it stands to a+ is unknown$/);
  });

  it("is not deployed when it is gone", () => {
    const gone = { ref: main, relations: {}, changedPaths: "unknown" } as const;
    expect(inWords(decideOnTip(rule, gone, asked))).toBe(
      "deleted-ref: orders@dev: the branch main is not at the git server any more",
    );
  });

  it("on another branch or tag is deployed only if its commit is not older", () => {
    const known = {
      requested: { revision: old, committedAt: 1_000, ref: { kind: "branch", name: "release/2" } },
    } as const;
    const at = (committedAt: number): string =>
      decide({ tip: { revision: new_, committedAt }, relations: { [old]: "diverged" } }, known);
    expect(at(999)).toMatch(/^older: /);
    expect(at(1_000)).toMatch(/^deploy: /);
  });
});

describe("a filter of paths", () => {
  const relations = { [old]: "ahead" } as const;

  it("leaves out a push that changes nothing that counts", () => {
    expect(decide({ relations, changedPaths: ["docs/a"] }, asked, filtered)).toBe(
      "paths: orders@dev: the branch main is at bbbbbbbbbbbb, and nothing that counts here has changed",
    );
    expect(decide({ relations, changedPaths: ["docs/a", "src/a"] }, asked, filtered)).toMatch(/^deploy/);
  });

  it("leaves out nothing where the paths are not known, and no tag", () => {
    expect(decide({ relations }, asked, filtered)).toMatch(/^deploy/);
    const tag = { ref: { kind: "tag", name: "v1" }, relations, changedPaths: ["docs/a"] } as const;
    expect(decide(tag, asked, filtered)).toMatch(/^deploy/);
  });

  it("takes the paths from a push only if nothing else has happened since", () => {
    const push = { before: old, after: new_, forced: false, changedPaths: ["docs/a"] } as unknown as PushEvent;
    const tip = { revision: new_, committedAt: 1 };
    const since = (seen: string | undefined, changes: Partial<PushEvent>, relation: Relation = "ahead"): unknown =>
      pathsSince(seen, { ...push, ...changes }, { tip, relations: { [old]: relation } });
    expect(since(old, {})).toEqual(["docs/a"]);
    expect(since(old, { forced: "unknown" })).toEqual(["docs/a"]);
    expect(since(undefined, {})).toBe("unknown");
    expect(since(other, {})).toBe("unknown");
    expect(since(old, { before: other })).toBe("unknown");
    expect(since(old, { after: other })).toBe("unknown");
    expect(since(old, { forced: true })).toBe("unknown");
    expect(since(old, {}, "diverged")).toBe("unknown");
    expect(pathsSince(old, push, { relations: { [old]: "ahead" } })).toBe("unknown");
  });
});

/** A commit is a path of letters from the first one; each push adds a letter, or goes back some and adds one. */
interface World {
  tip: string;
  readonly changed: Map<string, readonly string[]>;
  known: KnownPlace;
  version: number;
  readonly deployed: string[];
}

const isAncestor = (one: string, other: string): boolean => one !== other && other.startsWith(one);
const relationOf = (tip: string, to: string): Relation =>
  isAncestor(to, tip) ? "ahead" : isAncestor(tip, to) ? "behind" : "diverged";

/** Reads what is known, asks the git server, decides; `write` does it only if nothing has changed meanwhile. */
function aLook(world: World, by: TriggerRule): { readonly write: () => boolean } {
  const { known, version, tip, changed } = { ...world };
  const others = [known.seen, known.requested?.revision].filter((one) => one !== undefined);
  const relations = Object.fromEntries(others.map((one) => [one, relationOf(tip, one)]));
  const isAhead = known.seen !== undefined && relations[known.seen] === "ahead";
  const since = [...changed].filter(([commit]) => isAhead && isAncestor(known.seen!, commit) && tip.startsWith(commit));
  const changedPaths = isAhead ? since.flatMap(([, paths]) => paths) : "unknown";
  const decision = decideOnTip(
    by,
    { ref: main, tip: { revision: tip, committedAt: 0 }, relations, changedPaths },
    known,
  );
  return {
    write: () => {
      if (world.version !== version) return false;
      if (decision.kind === "deploy") {
        world.deployed.push(decision.revision);
        world.known = { seen: tip, requested: { revision: tip, committedAt: 0, ref: main } };
        world.version += 1;
      } else if (decision.because === "paths") {
        world.known = { ...known, seen: tip };
        world.version += 1;
      }
      return true;
    },
  };
}

describe("looks in any order, late, doubled and lost", () => {
  const push = fc.record({
    kind: fc.constant("push" as const),
    back: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3 })),
    letter: fc.constantFrom("x", "y", "z"),
    path: fc.constantFrom("src/a", "docs/a"),
  });
  const event = fc.oneof(
    push,
    fc.record({ kind: fc.constant("look" as const) }),
    fc.record({ kind: fc.constant("write" as const), which: fc.nat() }),
  );

  /** Runs the events, then looks until nothing is open, as the healing does. */
  function run(events: readonly (typeof event extends fc.Arbitrary<infer E> ? E : never)[], by: TriggerRule): World {
    const world: World = { tip: "0", changed: new Map(), known: {}, version: 0, deployed: [] };
    const open: { readonly write: () => boolean }[] = [];
    for (const one of events) {
      if (one.kind === "push") {
        world.tip = world.tip.slice(0, Math.max(1, world.tip.length - one.back)) + one.letter;
        if (!world.changed.has(world.tip)) world.changed.set(world.tip, [one.path]);
      } else if (one.kind === "look") open.push(aLook(world, by));
      else if (open.length > 0) open.splice(one.which % open.length, 1)[0]!.write();
    }
    for (const look of open.toReversed()) look.write();
    expect(aLook(world, by).write()).toBe(true);
    return world;
  }

  it("end with the newest revision, and never go back to an ancestor", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { deployed, tip } = run(events, rule);
        const last = deployed.at(-1)!;
        // A branch that was only moved back stays where it was deployed.
        expect(last === tip || isAncestor(tip, last)).toBe(true);
        for (const [at, one] of deployed.slice(1).entries()) {
          expect(one).not.toBe(deployed[at]);
          expect(isAncestor(one, deployed[at]!)).toBe(false);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("leave out no change that counts", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { deployed, tip, changed } = run(events, filtered);
        const last = deployed.at(-1)!;
        const missing = [...changed].filter(([commit]) => tip.startsWith(commit) && !last.startsWith(commit));
        expect(missing.filter(([, paths]) => paths.includes("src/a"))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});
