/** The engine with a store and a queue as they are, over hosts that do at once what they are asked. */
import { inProcessBell } from "../../src/adapters/bell/in-process.ts";
import { systemClock } from "../../src/adapters/clock/system.ts";
import { inProcessQueue } from "../../src/adapters/queue/in-process.ts";
import { memoryStore } from "../../src/adapters/store/memory.ts";
import { finalStates } from "../../src/core/deployment.ts";
import { fold } from "../../src/core/fold.ts";
import type { Deployment } from "../../src/core/deployment.ts";
import type { Release } from "../../src/core/release.ts";
import { releaseId } from "../../src/core/release.ts";
import type { Target } from "../../src/core/service.ts";
import { request } from "../../src/deployments/request.ts";
import { runDeployment } from "../../src/deployments/run.ts";
import type { World } from "../../src/deployments/world.ts";
import type { Command, CommandResult, Hosts } from "../../src/ports/hosts.ts";
import { eventually } from "./eventually.ts";
import { testSecrets } from "./secrets.ts";
import { aRelease, aTarget } from "./targets.ts";

export type Answer = (host: string, command: Command) => Promise<Partial<CommandResult> | undefined>;

/** Hosts that serve `release`, and on which every activation works. `first` may answer, throw or wait in their place. */
export function obedientHosts(release: Release, first: Answer = async () => undefined): Hosts {
  const id = releaseId(release);
  return {
    async run(host, command) {
      const said = (await first(host, command)) ?? { stdout: usualAnswer(command.argv.join(" "), host, id) };
      return { code: 0, stdout: "", stderr: "", truncated: false, ...said };
    },
    sharedConnection: async () => {
      throw new Error("there is no connection");
    },
    socket: async () => {
      throw new Error("there is no connection");
    },
    close: async () => {},
  };
}

export function isActivation({ argv }: Command): boolean {
  return argv.some((word) => word.includes("activate"));
}

function usualAnswer(asked: string, host: string, id: string): string {
  if (asked.includes("signalbox-helper status")) return `slot.main.release=${id}\nslot.main.active=active\n`;
  if (asked.includes("activate")) return "state=done\noutcome=activated\n";
  return `machine-id=${host}\ndirectory.${id}=yes\nexec=/usr/bin/java\n`;
}

export interface TestEngine {
  readonly world: World;
  /** Asks for a restart of what serves; the plan has one inspection, and one activation for each batch. */
  restart(differences?: Partial<Target>): Promise<string>;
  begin(): void;
  look(id: string): Promise<Deployment>;
  ended(id: string): Promise<Deployment>;
  close(): Promise<void>;
}

/** @param change what of the world is another than usual */
export async function testEngine(change: (world: World) => Partial<World> = () => ({})): Promise<TestEngine> {
  const serving = aRelease(1);
  const store = await memoryStore({ clock: systemClock });
  const { secrets, masks, close: forgetKey } = await testSecrets(store);
  const usual = {
    store,
    secrets,
    masks,
    queue: inProcessQueue({ clock: systemClock, onError: () => {} }),
    hosts: obedientHosts(serving),
    clock: systemClock,
    bell: inProcessBell(),
    logs: { open: () => ({ write: () => {}, close: async () => {} }) },
    workspaces: { drop: async () => {} },
    traffic: { states: async () => [], change: async () => [], cut: async () => {}, feed: () => undefined },
    prober: { start: () => ({ take: () => ({ sent: 0, failed: 0, slowestMilliseconds: 0 }), close: () => {} }) },
    fanOut: 32,
  } as unknown as World;
  const world: World = { ...usual, ...change(usual) };
  const stop = new AbortController();
  const look = async (id: string): Promise<Deployment> => fold(id, await world.store.journal(id));
  return {
    world,
    look,
    restart: (differences = {}) => {
      const target = aTarget(differences);
      const { service, environment } = target;
      return request(
        { kind: "restart", service, environment, by: "kim" },
        target,
        { kind: "restart", release: serving },
        world,
      );
    },
    begin: () => world.queue.work(async (id) => runDeployment(id, world, stop.signal)),
    ended: (id) =>
      eventually(async () => {
        const deployment = await look(id);
        return finalStates.has(deployment.state) ? deployment : undefined;
      }),
    close: async () => {
      stop.abort();
      await world.queue.close();
      await world.store.close();
      await forgetKey();
    },
  };
}
