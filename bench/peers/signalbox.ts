/** Signalbox as a server of its own, asked through its API; what the asking costs is not in its figures. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

import { fold } from "../../src/core/fold.ts";
import type { Client } from "../../src/api/client.ts";
import { connect } from "../../src/api/http-client.ts";
import type { Artifact } from "../../src/core/release.ts";
import { until } from "../../testbed/command.ts";
import { greeter, openWorkshop } from "../../testbed/workshop.ts";
import type { Workshop } from "../../testbed/workshop.ts";
import { ControllerGroup } from "../support/controller-group.ts";
import type { Fleet } from "../support/fleet.ts";
import type { BenchRelease } from "../support/release.ts";
import type { Peer } from "./peer.ts";

const where = { service: "greeter", environment: "production" } as const;
const main = path.join(import.meta.dirname, "..", "..", "src", "main.ts");

export async function signalbox(fleet: Fleet): Promise<Peer> {
  const hosts = fleet.hosts.map(({ name }) => name);
  const workshop = await openWorkshop(fleet.bed, {
    services: [
      greeter({
        health: { http: "/healthz", within: "30s", successes: 1, stable: "0s", version: "/version" },
        environment: {},
        keepReleases: 5,
      }),
    ],
    environments: { production: { services: { greeter: { hosts, strategy: "recreate" } } } },
  });
  await workshop.prepareHosts();
  const group = new ControllerGroup("signalbox");
  const server = new Server(workshop, group);
  let artifact: Artifact | undefined;
  const takeIn = async ({ file }: BenchRelease): Promise<void> => {
    artifact = await server.client.uploadArtifact(file);
  };
  const deploy = (): Promise<void> => server.deploy(artifact!);

  return {
    group,
    async begin(release) {
      await server.start();
      await takeIn(release);
      await deploy();
    },
    rows: [
      {
        title: "Signalbox, warm",
        work: "release",
        about:
          "a release of an artifact that the server has, on connections that stand, recreate on all hosts at once: inspect, check the runtime, upload and verify, stage the unit, activate with intent, revert and result on the host, health and version once (successes 1, stable 0), prune to five releases",
        prepare: takeIn,
        run: deploy,
      },
      {
        title: "Signalbox, cold",
        work: "release",
        about: "the same by a server that has just been started and has no connection yet",
        async prepare(release) {
          await server.stop();
          await server.start();
          await takeIn(release);
        },
        run: deploy,
      },
      {
        title: "Signalbox, no-op",
        work: "no-op",
        about: "the release that the hosts have is asked for again: all is checked, nothing is changed",
        run: deploy,
      },
    ],
    async close() {
      await server.stop();
      await workshop.close();
      await group.remove();
    },
  };
}

class Server {
  readonly client: Client;
  readonly #workshop: Workshop;
  readonly #group: ControllerGroup;
  #child: ChildProcess | undefined;

  constructor(workshop: Workshop, group: ControllerGroup) {
    this.#workshop = workshop;
    this.#group = group;
    this.client = connect({ socket: path.join(workshop.dataDirectory, "api.sock") });
  }

  async start(): Promise<void> {
    const { configFile, dataDirectory } = this.#workshop;
    const argv = [process.execPath, main, "serve", "--config", configFile, "--data", dataDirectory];
    const [program, ...words] = this.#group.within(argv);
    this.#child = spawn(program, words, { stdio: ["ignore", "ignore", "inherit"] });
    await until("the server answers", 60, async () => {
      if (this.#child?.exitCode != null) throw new Error("the server ended; what it said stands above");
      return this.client.deployments({ limit: 1 }).then(
        () => true as const,
        () => undefined,
      );
    });
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await exited;
    this.#child = undefined;
  }

  async deploy({ sha256 }: Artifact): Promise<void> {
    const { id } = await this.client.deploy({ ...where, origin: { kind: "artifact", sha256 } });
    for await (const _ of this.client.watch(id, { signal: AbortSignal.timeout(600_000) }));
    const { state, finished } = fold(id, await this.client.journal(id));
    if (state !== "succeeded") throw new Error(`Signalbox ended with ${state}: ${finished?.message}`);
  }
}
