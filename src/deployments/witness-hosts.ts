/** How busy a host is, and how often systemd had to start the service there again. */
import type { Deployment } from "../core/deployment.ts";
import type { Target } from "../core/service.ts";
import { sides } from "../core/traffic.ts";
import { program } from "../steps/ask.ts";
import { unitName } from "../steps/slot-place.ts";
import type { Part } from "./witness-part.ts";
import type { World } from "./world.ts";

/** Arguments: units. */
const look = `
read -r line </proc/stat; echo "$line"
for unit in "$@"; do echo "restarts $(systemctl show -P NRestarts -- "$unit")"; done
`;

const limitSeconds = 10;
/** The first load needs two looks, and somebody may wait for it. */
const firstPauseMilliseconds = 2_000;

/** A load that is older says nothing about now. */
const freshMilliseconds = 30_000;

export function hostPart(
  host: string,
  target: Target,
  journal: { readonly deployment: Deployment },
  { hosts, clock, observeSeconds = 10 }: World,
): Part {
  const slots = target.slots === undefined ? [target.slot] : sides;
  const units = slots.map((slot) => unitName(target, slot));
  const counters = new Map<string, RestartCounter>(slots.map((slot) => [slot, new RestartCounter()]));
  let before: Processors | undefined;
  let load: { readonly busy: number; readonly at: number } | undefined;
  let isFirst = false;
  return {
    async look(signal) {
      // Before the question: an answer that was under way during the activation may be about the old release.
      const isFresh = slots.map((slot) => isActivated(journal.deployment, host, slot));
      const { stdout } = await hosts.run(host, {
        argv: program(look, ...units),
        limitSeconds,
        signal,
        // On the others it would wait behind an activation.
        channel: "follow",
      });
      const [first = "", ...restarts] = stdout.split("\n");
      const now = processorsFrom(first);
      const share = before !== undefined && now !== undefined ? busy(before, now) : undefined;
      isFirst ||= load === undefined && share !== undefined;
      if (share !== undefined) load = { busy: share, at: clock.now() };
      before = now ?? before;
      slots.forEach((slot, index) => {
        counters.get(slot)!.add(/^restarts (\d+)$/.exec(restarts[index] ?? "")?.[1], isFresh[index]!);
      });
    },
    pauseMilliseconds: () => Math.min(load === undefined ? firstPauseMilliseconds : Infinity, observeSeconds * 1000),
    isUrgent: () => isFirst,
    take() {
      isFirst = false;
      const isFresh = load !== undefined && clock.now() - load.at <= freshMilliseconds;
      return {
        ...(isFresh ? { loads: { [host]: load!.busy } } : {}),
        restarts: Object.fromEntries(
          [...counters].flatMap(([slot, { count }]) => (count === undefined ? [] : [[`${host}/${slot}`, count]])),
        ),
      };
    },
  };
}

/** Whether this rollout started the unit of the slot: then each restart that systemd counts is one of the new release. */
function isActivated({ rollout, progress }: Deployment, host: string, slot: string): boolean {
  return (rollout?.steps ?? []).some((step, index) => {
    if (step.kind !== "activate-release" || (step.slot ?? rollout!.targets[0].target.slot) !== slot) return false;
    const outcome = progress.rollout.get(index)?.get(host)?.outcome;
    return outcome?.kind === "done" && outcome.changed;
  });
}

/**
 * Since the activation, or since the first look. An activation starts the unit anew, and systemd counts from 0 again: so
 * what crashed while the server was down is not lost.
 */
class RestartCounter {
  #base: number | undefined;
  #last = 0;

  add(text: string | undefined, isFresh: boolean): void {
    if (text === undefined) return;
    const now = Number(text);
    this.#base = isFresh || now < this.#last ? 0 : (this.#base ?? now);
    this.#last = now;
  }

  get count(): number | undefined {
    return this.#base === undefined ? undefined : this.#last - this.#base;
  }
}

interface Processors {
  readonly all: number;
  readonly idle: number;
}

/** The first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal, in ticks (proc_stat(5)). */
function processorsFrom(line: string): Processors | undefined {
  const [name, ...words] = line.trim().split(/\s+/);
  if (name !== "cpu" || words.length < 4) return undefined;
  const ticks = words.slice(0, 8).map(Number);
  return { all: ticks.reduce((sum, one) => sum + one, 0), idle: ticks[3]! + (ticks[4] ?? 0) };
}

function busy(before: Processors, now: Processors): number | undefined {
  const all = now.all - before.all;
  if (!(all > 0)) return undefined;
  return Math.min(1, Math.max(0, 1 - (now.idle - before.idle) / all));
}
