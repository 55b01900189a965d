/** One row of `bench:traffic`: users before, during and after, and what the services' ledgers say at the end. */
import { setTimeout as sleep } from "node:timers/promises";

import { fold } from "../../src/core/fold.ts";
import { onlyWatches } from "../../src/core/waits.ts";
import type { Deployment, Recorded } from "../../src/core/deployment.ts";
import { until } from "../../testbed/command.ts";
import { startLoad } from "../../testbed/load/load.ts";
import type { Load } from "../../testbed/load/load.ts";
import { compareWithLedgers } from "../../testbed/load/result.ts";
import type { LoadResult } from "../../testbed/load/result.ts";
import { ServerProcess } from "../../testbed/server-process.ts";
import type { Testbed } from "../../testbed/testbed.ts";
import { openWorkshop } from "../../testbed/workshop.ts";
import type { Workshop } from "../../testbed/workshop.ts";
import { bind, storyOf, where } from "./traffic-rows.ts";
import type { Adapter, TrafficRow } from "./traffic-rows.ts";

const quietSeconds = 10;
const fewestTimes = 3;
const ledger = "/srv/greeter/shared/ledger";

export interface TrafficFigures {
  readonly adapter: Adapter;
  readonly row: TrafficRow;
  readonly seen: LoadResult;
  readonly doubled: number;
  readonly lost: number;
  /** From the request to the end, each. */
  readonly deploymentSeconds: readonly number[];
  readonly backSeconds: readonly number[];
  /** How long users met both releases, each: from the first answer of the new one to the last of the old one. */
  readonly bothSeconds: readonly number[];
  /** A deployment that did not succeed ends the row. */
  readonly trouble: string | undefined;
}

export interface TrafficBench {
  readonly bed: Testbed;
  readonly hosts: readonly string[];
  readonly proxy: string;
  readonly perSecond: number;
  /** The row goes on until there were so many. */
  readonly requests: number;
  readonly say: (line: string) => void;
}

export async function runRow(bench: TrafficBench, row: TrafficRow, adapter: Adapter): Promise<TrafficFigures> {
  const { bed, hosts, proxy } = bench;
  await Promise.all([...hosts, proxy].map(async (name) => bed.host(name).reset()));
  const workshop = await openWorkshop(bed, storyOf(row, adapter, hosts, proxy));
  const server = new ServerProcess(workshop);
  try {
    await workshop.prepareHosts(hosts);
    await workshop.prepareProxies([proxy]);
    await server.start();
    return await new Run(bench, row, adapter, workshop, server).figures();
  } finally {
    await server.stop();
    await workshop.close();
  }
}

class Run {
  readonly #bench: TrafficBench;
  readonly #row: TrafficRow;
  readonly #adapter: Adapter;
  readonly #workshop: Workshop;
  readonly #server: ServerProcess;
  readonly #deploymentSeconds: number[] = [];
  readonly #backSeconds: number[] = [];
  readonly #bothSeconds: number[] = [];
  #releases = 1;
  #serving = "";

  constructor(bench: TrafficBench, row: TrafficRow, adapter: Adapter, workshop: Workshop, server: ServerProcess) {
    this.#bench = bench;
    this.#row = row;
    this.#adapter = adapter;
    this.#workshop = workshop;
    this.#server = server;
  }

  async figures(): Promise<TrafficFigures> {
    const { bed, proxy, perSecond, requests } = this.#bench;
    await this.#end(await this.#deploy());
    const url = `http://${bed.host(proxy).address}:${bind}`;
    await until("the first release is served", 30, async () => isServed(`${url}/version`));

    const load = await startLoad({ url, perSecond, connections: 40, users: 50, webSockets: 8 });
    try {
      await sleep(quietSeconds * 1000);
      await load.mark("during");
      const trouble = await this.#changeUntil(load, requests - quietSeconds * perSecond).then(
        () => undefined,
        (error: Error) => error.message,
      );
      await load.mark("after");
      await sleep(quietSeconds * 1000);
      return await this.#told(await load.stop(), trouble);
    } finally {
      await load.stop().catch(() => {});
    }
  }

  async #changeUntil(load: Load, requests: number): Promise<void> {
    for (let times = 0; times < fewestTimes || (await load.glance()).requests < requests; times += 1) {
      if (this.#row.by === "restart") await this.#restartEverywhere();
      else await this.#bringOne(load);
    }
  }

  async #bringOne(load: Load): Promise<void> {
    const before = this.#serving;
    const begun = performance.now();
    const id = await this.#deploy();
    this.#deploymentSeconds.push((performance.now() - begun) / 1000);
    // Slow answers of the old release may still be on their way.
    await sleep(2_000);
    const { releases } = await load.glance();
    const [old, fresh] = [releases[before], releases[this.#serving]];
    if (old !== undefined && fresh !== undefined) {
      this.#bothSeconds.push(Math.max(0, old.until - fresh.from) / 1000);
    }
    if (this.#row.andBack) await this.#back(id, before);
    else await this.#end(id);
  }

  /** A new commit each time, as a team would. Comes back when all users have the release, even if the old one stays warm. */
  async #deploy(): Promise<string> {
    if (this.#serving !== "") {
      await this.#workshop.repository(where.service).commit({ version: `1.${(this.#releases += 1)}.0` });
    }
    const { client } = this.#server;
    const { id } = await client.deploy({ ...where, origin: { kind: "revision" } });
    // Each host sees the processors of the whole machine, which the users and the server keep busy as well.
    await client.override(id, "the hosts of this benchmark share their processors with everything else");
    const deployment = await this.#until(id, onlyWatches);
    if (deployment.state !== "succeeded" && !onlyWatches(deployment)) this.#expect(deployment, "succeeded");
    this.#serving = String(deployment.release!.number);
    return id;
  }

  /** Nobody watches any longer, and nothing stays warm. */
  async #end(id: string): Promise<void> {
    const { client } = this.#server;
    if (onlyWatches(fold(id, await client.journal(id)))) await client.endWatch(id);
    this.#expect(await this.#until(id), "succeeded");
  }

  /** As long as the old release is warm: nothing has to be started. */
  async #back(id: string, to: string): Promise<void> {
    const begun = performance.now();
    await this.#server.client.rollBack(where);
    this.#expect(await this.#until(id), "rolled-back");
    this.#backSeconds.push((performance.now() - begun) / 1000);
    this.#serving = to;
    await sleep(2_000);
  }

  async #until(id: string, enough: (deployment: Deployment) => boolean = () => false): Promise<Deployment> {
    const journal: Recorded[] = [];
    for await (const recorded of this.#server.client.watch(id, { signal: AbortSignal.timeout(600_000) })) {
      journal.push(recorded);
      if (enough(fold(id, journal))) break;
    }
    return fold(id, journal);
  }

  #expect({ state, finished }: Deployment, expected: string): void {
    this.#bench.say(`  ${state}: ${finished?.message ?? ""}`);
    if (state !== expected) throw new Error(`a deployment ended with ${state}: ${finished?.message}`);
  }

  async #restartEverywhere(): Promise<void> {
    const begun = performance.now();
    for (const name of this.#bench.hosts) {
      await this.#bench.bed.host(name).mustRun(["systemctl", "restart", "greeter@main.service"]);
    }
    this.#deploymentSeconds.push((performance.now() - begun) / 1000);
    await sleep(5_000);
  }

  async #told(seen: LoadResult, trouble: string | undefined): Promise<TrafficFigures> {
    const { bed, hosts } = this.#bench;
    const ledgers = await Promise.all(hosts.map(async (name) => bed.host(name).readFile(ledger)));
    const ids = ledgers.flatMap((text) => text.split("\n").map((line) => line.split(" ")[0]!));
    const { doubled, lost } = compareWithLedgers(seen, ids);
    return {
      adapter: this.#adapter,
      row: this.#row,
      seen,
      doubled: doubled.length,
      lost: lost.length,
      deploymentSeconds: this.#deploymentSeconds,
      backSeconds: this.#backSeconds,
      bothSeconds: this.#bothSeconds,
      trouble,
    };
  }
}

async function isServed(url: string): Promise<true | undefined> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.ok === true ? true : undefined;
}
