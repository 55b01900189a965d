import { setImmediate } from "node:timers/promises";

import { describe, expect, it } from "vitest";

import { FakeTraffic } from "../../test/support/fake-traffic.ts";
import { haproxy } from "../../test/support/step-context.ts";
import { aTarget } from "../../test/support/targets.ts";
import { noRequests } from "../core/analysis/counts.ts";
import type { Deployment, DeploymentEvent } from "../core/deployment.ts";
import type { Observation } from "../core/observation.ts";
import type { Target } from "../core/service.ts";
import type { Sides } from "../core/sides.ts";
import type { Step } from "../core/step.ts";
import type { Command } from "../ports/hosts.ts";
import type { FeedWindow } from "../ports/traffic.ts";
import type { Journal } from "./journal.ts";
import { startWitness } from "./witness.ts";
import type { Witness } from "./witness.ts";
import type { World } from "./world.ts";

/** Time passes when the test says so. */
class TestClock {
  #now = 0;
  readonly #sleeping = new Set<{ readonly at: number; readonly wake: () => void }>();

  now = (): number => this.#now;

  sleep = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    if (signal?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const one = { at: this.#now + milliseconds, wake: resolve };
      this.#sleeping.add(one);
      signal?.addEventListener("abort", () => {
        this.#sleeping.delete(one);
        resolve();
      });
    });
  };

  get sleepers(): number {
    return this.#sleeping.size;
  }

  async pass(seconds: number): Promise<void> {
    const end = this.#now + seconds * 1000;
    for (;;) {
      await setImmediate();
      const [next] = [...this.#sleeping].toSorted((a, b) => a.at - b.at);
      if (next === undefined || next.at > end) break;
      this.#now = next.at;
      this.#sleeping.delete(next);
      next.wake();
    }
    this.#now = end;
    await setImmediate();
  }
}

interface Scene {
  readonly witness: Witness;
  readonly clock: TestClock;
  readonly traffic: FakeTraffic;
  readonly seen: Observation[];
  readonly stop: AbortController;
  readonly closed: string[];
}

interface SceneOptions {
  readonly target?: Partial<Target>;
  readonly windows?: FeedWindow[] | undefined;
  readonly answer?: (host: string, command: Command, time: number) => string | Promise<string>;
  readonly command?: () => number;
  readonly note?: () => Promise<void>;
  readonly world?: Partial<World>;
  readonly state?: Deployment["state"];
  /** A wait that has begun, with the sides. */
  readonly plan?: { readonly sides: Sides; readonly steps: readonly Step[] };
  /** Of the plan's first step. */
  readonly progress?: Readonly<Record<string, unknown>>;
}

function aScene({
  target: differences = {},
  answer = () => "",
  command = () => 0,
  note = async () => {},
  world = {},
  state = "running",
  plan,
  progress = { "": { startedAt: 0 } },
  ...options
}: SceneOptions = {}): Scene {
  const target = aTarget({ traffic: haproxy, ...differences });
  const traffic = new FakeTraffic(target);
  if ("windows" in options) traffic.windows = options.windows;
  const clock = new TestClock();
  const stop = new AbortController();
  const seen: Observation[] = [];
  const closed: string[] = [];
  const journal = {
    deployment: {
      id: "d",
      state,
      prepare: { target },
      rollout: { targets: [{ target, sides: plan?.sides }], steps: plan?.steps ?? [] },
      leftBehind: [],
      concluded: new Map(),
      progress: { rollout: new Map([[0, new Map(Object.entries(progress))]]) },
    },
    note: async (event: DeploymentEvent) => {
      await note();
      if (event.kind === "observed") seen.push(event);
    },
  } as unknown as Journal;
  const hosts = {
    run: async (host: string, asked: Command) => ({ code: 0, stdout: await answer(host, asked, clock.now()) }),
  };
  const prober = {
    start: () => ({
      take: () => ({ sent: 5, failed: 1, slowestMilliseconds: 12 }),
      close: () => closed.push("prober"),
    }),
  };
  const programs = { run: async () => command() };
  const all = { clock, traffic, hosts, prober, programs, ...world } as unknown as World;
  return { witness: startWitness(journal, all, stop.signal), clock, traffic, seen, stop, closed };
}

const requests = (count: number, errors = 0): FeedWindow => ({
  complete: true,
  members: { "blue/web-1": { ...noRequests, requests: count, errors } },
  unserved: 0,
});
const missed: FeedWindow = { complete: false, members: {}, unserved: 0 };

describe("a witness", () => {
  it("writes every ten seconds what was seen, in stretches without a gap", async () => {
    const { clock, seen } = aScene({ windows: Array.from({ length: 20 }, () => requests(3)) });
    await clock.pass(20);
    expect(seen.map(({ from, until }) => [from, until])).toEqual([
      [0, 10_000],
      [10_000, 20_000],
    ]);
    expect(seen.map(({ members }) => members["blue/web-1"]!.requests)).toEqual([30, 30]);
    expect(seen.every(({ complete }) => complete)).toBe(true);
  });

  it("writes errors early, but not every second", async () => {
    const { clock, seen } = aScene({ windows: Array.from({ length: 10 }, () => requests(10, 1)) });
    await clock.pass(6);
    expect(seen.map(({ until }) => until)).toEqual([2_000, 4_000, 6_000]);
  });

  it("writes requests that nobody served early", async () => {
    const { clock, seen } = aScene({ windows: [{ complete: true, members: {}, unserved: 2 }] });
    await clock.pass(3);
    expect(seen).toMatchObject([{ until: 2_000, unserved: 2 }]);
  });

  it("writes less often after a quarter of an hour", async () => {
    const { clock, seen } = aScene();
    await clock.pass(15 * 60);
    const before = seen.length;
    await clock.pass(100);
    expect(seen.length - before).toBe(2);
  });

  it("says which stretch of time may lack requests, and no longer one than that", async () => {
    const windows = [requests(1), requests(1), requests(1), missed, requests(1)];
    const { clock, seen } = aScene({ windows });
    await clock.pass(20);
    expect(seen.map(({ until, complete }) => [until, complete])).toEqual([
      [4_000, true],
      [5_000, false],
      [15_000, true],
    ]);
  });

  it("counts a feed that can't be opened or fails as one that may miss something", async () => {
    const broken = {
      feed: () => ({
        take: () => {
          throw new Error("lost");
        },
        close: () => {},
      }),
      states: async () => [],
    };
    const { clock, seen } = aScene({ world: { traffic: broken as unknown as World["traffic"] } });
    await clock.pass(10);
    expect(seen).toMatchObject([{ complete: false, members: {} }]);

    const closed = {
      feed: () => {
        throw new Error("no");
      },
      states: async () => [],
    };
    const other = aScene({ world: { traffic: closed as unknown as World["traffic"] } });
    await other.clock.pass(10);
    expect(other.seen).toMatchObject([{ complete: false }]);
  });

  it("misses nothing where there is no feed", async () => {
    const { clock, seen } = aScene({ windows: undefined });
    await clock.pass(10);
    expect(seen).toMatchObject([{ complete: true, members: {} }]);
  });

  it("ends a stretch of time when it is told to", async () => {
    const { clock, seen, witness } = aScene({ windows: [requests(2), requests(3), requests(4), requests(5)] });
    await clock.pass(3);
    await witness.cut();
    await witness.cut();
    await clock.pass(10);
    expect(seen.map(({ from, until, members }) => [from, until, members["blue/web-1"]?.requests])).toEqual([
      [0, 3_000, 14],
      [3_000, 13_000, undefined],
    ]);
  });

  it("writes what it saw last, and leaves nothing open", async () => {
    const { clock, seen, witness, traffic, closed } = aScene({
      target: { traffic: { ...haproxy, probe: { url: "http://shop.test/", perSecond: 5 } } as typeof haproxy },
      windows: [requests(2), requests(3)],
    });
    await clock.pass(1);
    await witness.stop();
    expect(seen).toMatchObject([{ members: { "blue/web-1": { requests: 5 } }, prober: { sent: 5, failed: 1 } }]);
    await setImmediate();
    expect([clock.sleepers, traffic.openFeeds, closed]).toEqual([0, 0, ["prober"]]);
    await witness.stop();
    await clock.pass(60);
    expect(seen.length).toBe(1);
  });

  it("writes no more when the server stops, or the deployment has ended", async () => {
    const stopping = aScene({ windows: [requests(2), requests(2)] });
    await stopping.clock.pass(1);
    stopping.stop.abort();
    await stopping.witness.stop();
    expect(stopping.seen).toEqual([]);

    const ended = aScene({ state: "succeeded", windows: [requests(2)] });
    await ended.clock.pass(30);
    await ended.witness.stop();
    expect(ended.seen).toEqual([]);
  });

  it("does not fall when the journal can't be written", async () => {
    const { clock, witness } = aScene({ note: async () => Promise.reject(new Error("the disk is full")) });
    await clock.pass(25);
    await expect(witness.stop()).resolves.toBeUndefined();
  });
});

describe("what a witness sees of hosts", () => {
  const stat = (busy: number, idle: number, restarts = 0): string =>
    `cpu  ${busy} 0 0 ${idle} 0 0 0 0 0 0\nrestarts ${restarts}\n`;

  it("is how busy they were between two looks, and the first time at once", async () => {
    const { clock, seen } = aScene({
      answer: (host, _command, time) => (host === "web-1" ? stat(time * 0.8, time * 0.2) : stat(0, time)),
    });
    await clock.pass(3);
    expect(seen).toMatchObject([{ until: 2_000, loads: { "web-1": 0.8, "web-2": 0 } }]);
  });

  it("leaves out a host that hangs or can't be asked", async () => {
    const { clock, seen } = aScene({
      answer: (host, _command, time) => {
        if (host === "web-2") return new Promise(() => {});
        return stat(time / 2, time / 2);
      },
    });
    await clock.pass(12);
    expect(seen.at(-1)!.loads).toEqual({ "web-1": 0.5 });
  });

  it.each([
    ["a host that this rollout activated", { kind: "done", changed: true }, [3]],
    ["a host that had the release before", { kind: "done", changed: false }, [0]],
  ] as const)("tells restarts that nobody saw while the server was down, of %s", async (_what, outcome, counts) => {
    const sides = { baseline: "blue", candidate: "blue" } as const;
    const { clock, seen } = aScene({
      plan: { sides, steps: [{ kind: "activate-release", hosts: ["web-1"] }] },
      progress: { "web-1": { outcome } },
      answer: (host) => (host === "web-1" ? stat(0, 100, 3) : ""),
    });
    await clock.pass(10);
    expect(seen.map(({ restarts }) => restarts["web-1/main"])).toEqual(counts);
  });

  it("tells restarts since the first look, and begins anew when the unit was activated", async () => {
    const counts = [7, 7, 8, 0, 2];
    let looks = 0;
    const { clock, seen } = aScene({
      target: { hosts: ["web-1"] },
      answer: (_host, command) =>
        command.argv.includes("orders@main.service") ? stat(looks, looks, counts[Math.min(looks++, 4)]!) : "",
    });
    await clock.pass(40);
    expect(seen.map(({ restarts }) => restarts["web-1/main"])).toEqual([0, 1, 0, 2]);
  });
});

describe("what else a witness sees", () => {
  it("is what waits at all proxies", async () => {
    const { clock, seen, traffic } = aScene();
    traffic.set("blue/web-1", { queued: 2 });
    traffic.set("blue/web-2", { queued: 3 });
    await clock.pass(20);
    expect(seen.at(-1)!.queued).toBe(5);
  });

  it("is the word of the team's command: bad at once, and bad as long as nothing was written", async () => {
    const codes = [0, 1, 0];
    const rules = { ...aTarget().analysis, command: { run: ["check"], everySeconds: 3 } };
    const { clock, seen } = aScene({ target: { analysis: rules }, command: () => codes.shift() ?? 0 });
    await clock.pass(16);
    expect(seen.map(({ until, command }) => [until, command])).toEqual([
      [3_000, "bad"],
      [13_000, "good"],
    ]);
  });

  it("forgets no bad word because of a good one after it", async () => {
    const codes = [1, 0];
    const rules = { ...aTarget().analysis, command: { run: ["check"], everySeconds: 0.4 } };
    const { clock, seen } = aScene({ target: { analysis: rules }, command: () => codes.shift() ?? 0 });
    await clock.pass(1);
    expect(seen.map(({ command }) => command)).toEqual(["bad"]);
  });

  it("is what both sides answer to requests of our own, while there is a share", async () => {
    const asked: (readonly string[])[] = [];
    const rules = { ...aTarget().analysis, synthetic: { paths: ["/a"], perSecond: 2 } };
    const { clock, seen, traffic } = aScene({
      target: { analysis: rules, traffic: { ...haproxy, testers: "x-canary" } as typeof haproxy },
      answer: async (host, { argv }) => {
        if (host !== "lb-1") return "";
        asked.push(argv);
        await clock.sleep(2_000);
        return "candidate 200 0.004\nbaseline 200 0.040\ncandidate 503 0.001\nbaseline 000 10.0\n";
      },
    });
    await clock.pass(10);
    expect(asked).toEqual([]);
    traffic.proxies[0]!.share = 500;
    await clock.pass(20);
    expect(asked[0]!.slice(4)).toEqual(["8000", "x-canary", "candidate baseline", "10", "0.5", "4", "/a"]);
    const { candidate, baseline } = seen.at(-1)!.synthetic!;
    expect(candidate.errors * 2).toBe(candidate.requests);
    expect(baseline).toMatchObject({ requests: candidate.requests, errors: candidate.errors });
    expect(baseline.buckets[5]).toBe(baseline.errors);
  });

  it.each([
    ["the new release answers in the watch", { sides: { baseline: "blue", candidate: "green" } }, {}, true],
    ["it answers in place", { sides: { baseline: "blue", candidate: "blue" } }, {}, true],
    [
      "a host was left behind beside it",
      { sides: { baseline: "blue", candidate: "blue" } },
      { others: ["web-9"] },
      false,
    ],
  ] as const)("is what the active side answers when %s", async (_what, plan, others, isAsked) => {
    const asked: (readonly string[])[] = [];
    const rules = { ...aTarget().analysis, synthetic: { paths: ["/a"], perSecond: 2 } };
    const traffic = { ...haproxy, testers: "x-canary" } as typeof haproxy;
    const { clock, seen } = aScene({
      target: { analysis: rules, traffic, ...others },
      plan: {
        ...plan,
        steps: [{ kind: "analyse", during: "watch", needs: "no-fail", seconds: 900, longestSeconds: 900 }],
      },
      answer: async (host, { argv }) => {
        if (host !== "lb-1") return "";
        asked.push(argv);
        await clock.sleep(2_000);
        return "baseline 200 0.004\nbaseline 503 0.001\n";
      },
    });
    await clock.pass(20);
    expect(asked.map((argv) => argv[6])).toEqual(asked.map(() => "baseline"));
    expect(asked.length > 0).toBe(isAsked);
    const { candidate, baseline } = seen.find(({ synthetic }) => synthetic !== undefined)?.synthetic ?? {};
    expect([baseline?.requests, (candidate?.errors ?? 0) * 2]).toEqual(
      isAsked ? [0, candidate!.requests] : [undefined, 0],
    );
  });
});
