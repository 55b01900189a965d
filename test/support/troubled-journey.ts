/**
 * A journey in which everything can fail: the server is a process that can be killed, users come through two proxies,
 * and Signalbox reaches the second one over a link of its own, so that its cable can be pulled while users still come.
 */
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

import { ServerProcess } from "../../testbed/server-process.ts";
import type { Story } from "../../testbed/workshop.ts";
import { ControlLink } from "./control-link.ts";
import { aJourney } from "./journey.ts";
import type { Journey } from "./journey.ts";
import { behindProxies, fleet, latest, storyOf } from "./traffic-story.ts";

export const proxies = ["lb-1", "lb-2"] as const;
export const throughBoth = { perSecond: 100, through: proxies } as const;
/** As the last words of a deployment that went well. */
export const servesOnAll = /^release \d+ serves on 4 host\(s\)$/;
/** A release that takes its time to start, so that there is a middle in which something can happen. */
export const slowToStart = { "start-delay-ms": "1500" } as const;
const health = { http: "/healthz", within: "20s", stable: "0s", successes: 1, version: "/version" };

export interface TroubledJourney extends Journey {
  readonly server: ServerProcess;
  /** From Signalbox to the second proxy. */
  readonly link: ControlLink;
  /** From the next deployment on. */
  configure(strategy: unknown, settings?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Asks for a new release, and does not wait for anything. */
  begin(behaviour?: Readonly<Record<string, string>>): Promise<string>;
  /** kill -9 of the server, and a new start so many milliseconds later. */
  died(milliseconds: number): Promise<void>;
  /** Ends all faults of links and networks. */
  calm(): Promise<void>;
}

export async function aTroubledJourney(
  strategy: unknown,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<TroubledJourney> {
  const environments = (...[kind, more]: [unknown, Readonly<Record<string, unknown>>]): Story["environments"] =>
    behindProxies(kind, more, { proxies });
  let server: ServerProcess | undefined;
  let version = 0;
  const story = storyOf(environments(strategy, settings), { health });
  const journey = await aJourney(story, fleet, proxies, async (workshop) => {
    const started = new ServerProcess(workshop);
    server = started;
    await started.start();
    return { client: started.client, close: async () => started.stop() };
  });
  const { bed, workshop, client } = journey;
  const link = await ControlLink.open(bed.controllerAddress, { host: bed.host("lb-2").address, port: 22 });

  const configure = async (kind: unknown, more: Readonly<Record<string, unknown>> = {}): Promise<void> => {
    await workshop.configure({ environments: environments(kind, more) });
    const direct = await readFile(workshop.configFile, "utf8");
    const text = direct.replace(/(\n {2}lb-2:\n {4}address: )\S+(\n {4}port: )\d+/, `$1${link.address}$2${link.port}`);
    if (text === direct) throw new Error("the server file does not name lb-2 as it is expected here");
    await writeFile(workshop.configFile, text);
    await client.applyConfiguration(text, "signalbox.yml");
  };
  await configure(strategy, settings);
  return {
    ...journey,
    server: server!,
    link,
    configure,
    begin: async (behaviour = {}) => {
      await workshop.repository("greeter").commit({ version: `1.${(version += 1)}.0`, behaviour });
      return (await client.deploy(latest)).id;
    },
    died: async (milliseconds) => {
      await server!.kill();
      await pause(milliseconds);
      await server!.start();
    },
    calm: async () => {
      link.restore();
      await Promise.all([...fleet, ...proxies].map(async (name) => bed.host(name).restore()));
    },
    close: async () => {
      await journey.close();
      await link.close();
    },
  };
}
