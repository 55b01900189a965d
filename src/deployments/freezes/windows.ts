/** Freeze windows and exceptions from them, as people change them. */
import { randomBytes } from "node:crypto";

import type { State } from "../../core/deployment.ts";
import { fold } from "../../core/fold.ts";
import type { FreezeCalendar, FreezeException, FreezeWindow, Scope } from "../../core/freeze.ts";
import { freezeAt, windowProblem } from "../../core/freeze.ts";
import { canBeFrozen, freezeNews } from "../../core/freeze-gate.ts";
import { scopeInWords, whenInWords } from "../../core/freeze-text.ts";
import type { Settings } from "../../core/settings.ts";
import { UnknownName } from "../../core/settings.ts";
import type { FreezeChange, KeptException } from "../../ports/freezes.ts";
import { FreezeChanged } from "../../ports/freezes.ts";
import { JournalConflict } from "../../ports/store.ts";
import type { JournalChange } from "../../ports/store.ts";
import { journalChange } from "../journal.ts";
import type { World } from "../world.ts";

/** What was asked for makes no sense. */
export class FreezeRefused extends Error {
  override readonly name = "FreezeRefused";
}

/** An exception can't be confirmed by this person, or was confirmed already. */
export class NotConfirmed extends Error {
  override readonly name = "NotConfirmed";
}

interface Around {
  readonly world: World;
  readonly settings: Settings;
}

/**
 * @throws {FreezeRefused} when nothing can be made of its times
 * @throws {UnknownName} for a service or environment that is not configured: a window with a mistyped name would hold
 * nothing up, and nobody would notice
 */
export async function addFreeze(window: FreezeWindow, by: string, { world, settings }: Around): Promise<void> {
  const problem = windowProblem(window);
  if (problem !== undefined) throw new FreezeRefused(`the window ${window.name} can't be used: ${problem}`);
  checkNames(window, settings);
  await change(
    { kind: "add-window", window, by },
    { by, object: `freeze ${window.name}`, after: shown(window) },
    world,
  );
}

/** With its exceptions. @returns false when there is none of this name */
export async function removeFreeze(name: string, by: string, { world }: Around): Promise<boolean> {
  const kept = (await world.store.freezes.windows()).find(({ window }) => window.name === name);
  if (kept === undefined) return false;
  await change({ kind: "remove-window", name }, { by, object: `freeze ${name}`, before: shown(kept.window) }, world);
  return true;
}

/** It lifts nothing before somebody else confirms it. @returns its id */
export async function askFreezeException(
  asked: Omit<FreezeException, "approvedBy" | "requestedBy">,
  by: string,
  { world, settings }: Around,
): Promise<string> {
  const windows = (await world.store.freezes.windows()).map(({ window }) => window.name);
  if (!windows.includes(asked.window)) {
    const others = windows.length === 0 ? "there is none" : `there are ${windows.join(", ")}`;
    throw new UnknownName(`there is no freeze window ${asked.window}; ${others}`);
  }
  checkNames(asked, settings);
  if (asked.until <= asked.from) throw new FreezeRefused("the exception ends before it begins");
  if (asked.until <= world.clock.now()) throw new FreezeRefused("the exception would be over already");
  const id = `x-${randomBytes(4).toString("hex")}`;
  const exception = { ...asked, requestedBy: by };
  const told = { by, object: `freeze ${asked.window}`, after: { exception: id, ...asked } };
  await change({ kind: "ask-exception", id, asked: exception }, told, world);
  return id;
}

/** @throws {NotConfirmed} when it is the same person who asked, or it was confirmed already */
export async function confirmFreezeException(id: string, by: string, { world }: Around): Promise<KeptException> {
  const found = async () => (await world.store.freezes.exceptions()).find((one) => one.id === id);
  const kept = await found();
  if (kept === undefined) throw new UnknownName(`there is no exception ${id}; signalbox freeze list shows them`);
  const { asked, confirmed } = kept;
  if (confirmed !== null) throw new NotConfirmed(`${confirmed.by} has confirmed ${id} already`);
  if (asked.requestedBy === by)
    throw new NotConfirmed(`${by} asked for ${id}: another person has to confirm it; nobody lifts a freeze alone`);
  const told = { by, object: `freeze ${asked.window}`, before: { exception: id, confirmed: null } };
  const exception: FreezeException = { ...asked, approvedBy: by };
  try {
    await change(
      { kind: "confirm-exception", id, by },
      { ...told, after: { exception: id, confirmed: by } },
      world,
      exception,
    );
  } catch (error) {
    if (error instanceof FreezeChanged) throw new NotConfirmed(`somebody else was faster: look at ${id} again`);
    throw error;
  }
  return (await found()) ?? kept;
}

interface Told {
  readonly by: string;
  readonly object: string;
  readonly before?: object;
  readonly after?: object;
}

/**
 * In one transaction with its row in the audit log, and with what it means for those that wait for a freeze: killed
 * right afterwards, the next start knows who goes on.
 */
async function change(
  freeze: FreezeChange,
  { by, object, before, after }: Told,
  world: World,
  exception?: FreezeException,
): Promise<void> {
  const { store, queue, clock } = world;
  const detail = { before: before ?? null, after: after ?? null };
  const audit = [{ actor: by, action: actions[freeze.kind], object, detail }];
  for (;;) {
    const at = clock.now();
    const journals = await newsOf(calendarAfter(await store.freezes.calendar(), freeze, exception), at, world);
    try {
      await store.commit({ at, freezes: [freeze], audit, journals });
    } catch (error) {
      if (error instanceof JournalConflict) continue;
      throw error;
    }
    for (const { deployment } of journals) {
      world.bell.ring(deployment);
      queue.wake(deployment);
    }
    return;
  }
}

function calendarAfter(
  { windows, exceptions }: FreezeCalendar,
  freeze: FreezeChange,
  exception: FreezeException | undefined,
): FreezeCalendar {
  switch (freeze.kind) {
    case "add-window":
      return { windows: [...windows, freeze.window], exceptions };
    case "remove-window":
      return { windows: windows.filter(({ name }) => name !== freeze.name), exceptions };
    case "ask-exception":
      return { windows, exceptions };
    case "confirm-exception":
      return { windows, exceptions: exception === undefined ? exceptions : [...exceptions, exception] };
  }
}

/** Others may know of a freeze in any state: whose plan changed while it was frozen is asked about once more. */
const hasBegun: ReadonlySet<State> = new Set<State>(["running", "paused", "rolling-back"]);

async function newsOf(calendar: FreezeCalendar, at: number, { store }: World): Promise<readonly JournalChange[]> {
  const changes: JournalChange[] = [];
  for (const { id, state } of await store.deployments({ unfinished: true })) {
    if (hasBegun.has(state)) continue;
    const deployment = fold(id, await store.journal(id));
    if (deployment.frozen === undefined || !canBeFrozen(deployment)) continue;
    const news = freezeNews(deployment, freezeAt(calendar, deployment.request, at));
    if (news !== undefined) changes.push(journalChange(deployment, [news], at));
  }
  return changes;
}

const actions = {
  "add-window": "add-freeze",
  "remove-window": "remove-freeze",
  "ask-exception": "ask-freeze-exception",
  "confirm-exception": "confirm-freeze-exception",
} as const satisfies Readonly<Record<FreezeChange["kind"], string>>;

function shown(window: FreezeWindow): object {
  return { what: scopeInWords(window), when: whenInWords(window), reason: window.reason };
}

function checkNames({ services = [], environments = [] }: Scope, settings: Settings): void {
  const targets = settings.targets();
  for (const [kind, names] of [
    ["service", services],
    ["environment", environments],
  ] as const) {
    const known = [...new Set(targets.map((target) => target[kind]))];
    const unknown = names.find((name) => !known.includes(name));
    if (unknown !== undefined) throw new UnknownName(`there is no ${kind} ${unknown}; there are ${known.join(", ")}`);
  }
}
