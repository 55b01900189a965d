/** The store against a model of a few lines, over random sequences of changes. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Deployment, DeploymentEvent, Recorded } from "../../core/deployment.ts";
import { finalStates } from "../../core/deployment.ts";
import { append, aRelease, finished, id, requested } from "../../ports/store.samples.ts";
import type { AuditEntry, Change, HeldLock, ReleaseRow, Store } from "../../ports/store.ts";
import { JournalConflict, LockHeld } from "../../ports/store.ts";
import { systemClock } from "../clock/system.ts";
import { memoryStore } from "./memory.ts";

interface Model {
  readonly numbers: Map<string, number>;
  readonly known: Map<string, Deployment>;
  readonly journals: Map<string, Recorded[]>;
  readonly due: Map<string, number | null>;
  readonly locks: Map<string, HeldLock>;
  readonly releases: Map<number, ReleaseRow>;
  readonly audit: AuditEntry[];
}

const emptyModel = (): Model => ({
  numbers: new Map(),
  known: new Map(),
  journals: new Map(),
  due: new Map(),
  locks: new Map(),
  releases: new Map(),
  audit: [],
});

/** The model after the change, or the error's class. The given model is left as it is. */
function changed(before: Model, change: Change): Model | typeof JournalConflict | typeof LockHeld {
  const model = structuredClone(before);
  for (const { deployment, expected, events, after, dueAt } of change.journals ?? []) {
    const journal = model.journals.get(deployment) ?? [];
    if (journal.length !== expected) return JournalConflict;
    if (expected === 0) model.numbers.set(deployment, model.numbers.size + 1);
    const added = events.map((event, index) => ({ sequence: expected + index + 1, at: change.at, event }));
    model.journals.set(deployment, [...journal, ...added]);
    model.known.set(deployment, after);
    model.due.set(deployment, dueAt);
  }

  const ended = (change.journals ?? [])
    .filter(({ after }) => finalStates.has(after.state))
    .map(({ after }) => after.id);
  for (const { resource, owner } of model.locks.values()) {
    if ([...(change.releaseLocksOf ?? []), ...ended].includes(owner)) model.locks.delete(resource);
  }
  for (const resource of change.takeLocks?.resources ?? []) {
    const { owner, reason } = change.takeLocks!;
    const held = model.locks.get(resource);
    if (held !== undefined && held.owner !== owner) return LockHeld;
    model.locks.set(resource, held ?? { resource, owner, reason, since: change.at });
  }

  for (const row of change.releases ?? []) {
    const there = model.releases.get(row.release.number);
    if (there !== undefined && there.release.artifact.sha256 !== row.release.artifact.sha256) return JournalConflict;
    const verdict = there !== undefined && row.verdict === "unproven" ? there.verdict : row.verdict;
    model.releases.set(row.release.number, { ...row, ...there, verdict });
  }
  model.audit.push(...(change.audit ?? []));
  return model;
}

/** What a caller means to do. It may know the journal as it is, or as it was some events ago. */
interface Intention {
  readonly deployment: number;
  readonly stale: boolean;
  readonly events: readonly DeploymentEvent[];
  readonly dueAt: number | null;
  readonly second: number | null;
  readonly locks: readonly string[];
  readonly lockOwner: number;
  readonly letGo: number | null;
  readonly release: {
    readonly number: number;
    readonly content: string;
    readonly verdict: ReleaseRow["verdict"];
  } | null;
  readonly audited: boolean;
}

const intention: fc.Arbitrary<Intention> = fc.record({
  deployment: fc.nat(4),
  stale: fc.constantFrom(false, false, false, true),
  events: fc.array(
    fc.constantFrom<DeploymentEvent>(
      { kind: "pause-requested", by: "lee" },
      { kind: "resumed", by: "kim" },
      { kind: "admitted", epoch: 7 },
      finished,
    ),
    { maxLength: 3 },
  ),
  dueAt: fc.option(fc.nat(100)),
  second: fc.option(fc.nat(4), { freq: 3 }),
  locks: fc.subarray(["host:a", "host:b", "orders@production"]),
  lockOwner: fc.nat(4),
  letGo: fc.option(fc.nat(4)),
  release: fc.option(
    fc.record({
      number: fc.integer({ min: 1, max: 4 }),
      content: fc.constantFrom("a", "a", "a", "b"),
      verdict: fc.constantFrom("unproven", "good", "bad"),
    }),
  ),
  audited: fc.boolean(),
});

function changeFor(model: Model, at: number, wanted: Intention): Change {
  const journal = (number: number, events: readonly DeploymentEvent[]) => {
    const deployment = wanted.stale ? undefined : model.known.get(id(number));
    const begins = deployment === undefined ? [requested()] : [];
    return append({ id: id(number), ...(deployment && { deployment }) }, at, [...begins, ...events], wanted.dueAt);
  };
  const journals = [journal(wanted.deployment, wanted.events)];
  if (wanted.second !== null && wanted.second !== wanted.deployment) journals.push(journal(wanted.second, []));
  const ended = journals.some(({ after }) => after.id === id(wanted.lockOwner) && finalStates.has(after.state));

  const place = { service: "orders", environment: "production", deployment: id(wanted.deployment) };
  const { release } = wanted;
  return {
    at,
    journals,
    ...(wanted.letGo === null ? {} : { releaseLocksOf: [id(wanted.letGo)] }),
    ...(ended ? {} : { takeLocks: { owner: id(wanted.lockOwner), reason: "deploy", resources: wanted.locks } }),
    ...(release && {
      releases: [{ ...place, release: aRelease(release.number, release.content), verdict: release.verdict }],
    }),
    audit: wanted.audited ? [{ actor: "kim", action: "pause", object: id(wanted.deployment), detail: { at } }] : [],
  };
}

async function expectEqual(store: Store, model: Model): Promise<void> {
  for (const [deployment, journal] of model.journals) expect(await store.journal(deployment)).toEqual(journal);
  const known = [...model.known.values()].toSorted((a, b) => model.numbers.get(b.id)! - model.numbers.get(a.id)!);
  expect(
    (await store.deployments({})).map(({ id, number, state, finishedAt }) => [id, number, state, finishedAt]),
  ).toEqual(known.map(({ id, state, finished }) => [id, model.numbers.get(id), state, finished?.at ?? null]));

  const due = known
    .map(({ id, finished }) => ({ id, at: finished === undefined ? model.due.get(id) : null }))
    .filter((row): row is { id: string; at: number } => typeof row.at === "number" && row.at <= 50)
    .toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  expect(await store.due(50)).toEqual(due.map(({ id }) => id));

  expect(await store.locks()).toEqual([...model.locks.values()].toSorted((a, b) => (a.resource < b.resource ? -1 : 1)));
  expect(await store.releases("orders", "production")).toEqual(
    [...model.releases.values()].toSorted((a, b) => b.release.number - a.release.number),
  );
  const audit = await store.audit({ limit: 1000 });
  expect(audit.map(({ at: _at, sequence: _sequence, ...entry }) => entry)).toEqual(model.audit.toReversed());
  expect((await store.checkAudit()).broken).toBeNull();
}

describe("the store", () => {
  it("is equal to its model after any changes, one after the other", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(intention, { maxLength: 25 }), async (intentions) => {
        const store = await memoryStore({ clock: systemClock });
        let model = emptyModel();
        for (const [index, wanted] of intentions.entries()) {
          const change = changeFor(model, index + 1, wanted);
          const next = changed(model, change);
          const failure = await store.commit(change).catch((error: unknown) => error);
          expect((failure as Error | undefined)?.constructor).toBe(typeof next === "function" ? next : undefined);
          model = typeof next === "function" ? model : next;
        }
        await expectEqual(store, model);
        await store.close();
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it("is equal to its model in some order when changes come at once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(intention, { minLength: 2, maxLength: 8 }), async (intentions) => {
        const store = await memoryStore({ clock: systemClock });
        const settled = await Promise.allSettled(
          intentions.map((wanted, index) => store.commit(changeFor(emptyModel(), index + 1, wanted))),
        );

        // This store takes them in the order in which they came; another one may not.
        let model = emptyModel();
        for (const [index, wanted] of intentions.entries()) {
          const next = changed(model, changeFor(emptyModel(), index + 1, wanted));
          expect(settled[index]!.status).toBe(typeof next === "function" ? "rejected" : "fulfilled");
          model = typeof next === "function" ? model : next;
        }
        await expectEqual(store, model);
        await store.close();
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});
