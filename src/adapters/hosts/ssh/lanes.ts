import type { Channel } from "./channel.ts";

/** What a further shell is for. `end` ends sessions of the others. */
export type LaneKind = "commands" | "bulk" | "follow" | "end";

/** A shell beside the first one, opened when it is needed. */
export interface Lane {
  readonly kind: LaneKind;
  readonly channel: Promise<Channel>;
  /** Those who wait for an answer on it. */
  users: number;
  lastUsed: number;
}

/**
 * How many shells of a kind a host gets: with the first one eight in all, because an sshd allows ten sessions on a
 * connection unless told otherwise, and rsync needs one too. Whoever follows may do so for hours, so that each has his
 * own while there are some.
 */
const most: Readonly<Record<LaneKind, number>> = { commands: 1, bulk: 1, follow: 4, end: 1 };
const idleMs = 60_000;

/** The further shells of one connection. */
export class Lanes {
  readonly #open: () => Promise<Channel>;
  readonly #lanes = new Set<Lane>();

  constructor(open: () => Promise<Channel>) {
    this.#open = open;
  }

  get size(): number {
    return this.#lanes.size;
  }

  /** The least used lane of a kind; a new one as long as all are in use and there may be more. */
  take(kind: LaneKind): Lane {
    const lanes = [...this.#lanes].filter((lane) => lane.kind === kind).sort((a, b) => a.users - b.users);
    const [free] = lanes;
    const lane = free === undefined || (free.users > 0 && lanes.length < most[kind]) ? this.#add(kind) : free;

    lane.users++;
    return lane;
  }

  release(lane: Lane): void {
    lane.users--;
    lane.lastUsed = performance.now();
  }

  /** Takes no further request on it: it is lost, or hangs on a command that could not be ended. */
  drop(channel: Promise<Channel>): void {
    for (const lane of this.#lanes) if (lane.channel === channel) this.#close(lane);
  }

  closeIdle(): void {
    for (const lane of this.#lanes) {
      if (lane.users === 0 && performance.now() - lane.lastUsed > idleMs) this.#close(lane);
    }
  }

  closeAll(): void {
    for (const lane of this.#lanes) this.#close(lane);
  }

  #add(kind: LaneKind): Lane {
    const channel = this.#open();
    const lane: Lane = { kind, channel, users: 0, lastUsed: performance.now() };
    const forget = (): boolean => this.#lanes.delete(lane);

    this.#lanes.add(lane);
    channel.then((opened) => opened.ended.then(forget), forget);
    return lane;
  }

  #close(lane: Lane): void {
    this.#lanes.delete(lane);
    lane.channel.then((channel) => channel.close()).catch(() => {});
  }
}
