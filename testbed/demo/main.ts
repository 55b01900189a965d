/**
 * `npm run demo`: the main job on real hosts, by the same commands that a user types.
 *
 * Lee pushes: dev deploys by itself, production asks Kim. Three hosts behind a proxy, and users who never stop asking:
 * a first deployment, a good canary that is promoted, and a slow one that dev could not tell, which is compared with
 * the release before it under real traffic, and aborted. Without a terminal Kim's answers come by themselves; with one,
 * somebody may give them on the page, and the hosts stay until Ctrl-C.
 */
import { startLoad } from "../load/load.ts";
import { freePort } from "../free-port.ts";
import { ServerProcess } from "../server-process.ts";
import { startTestbed } from "../testbed.ts";
import type { Testbed } from "../testbed.ts";
import { greeter, openWorkshop } from "../workshop.ts";
import type { Workshop } from "../workshop.ts";
import { Audience } from "./audience.ts";
import { closingTable } from "./closing-table.ts";
import { bind, dev, environments, hosts, proxy } from "./configuration.ts";
import { GitServer } from "./git-server.ts";
import { people } from "./people.ts";
import { say, untilInterrupted, Interrupted } from "./stage.ts";
import { play } from "./story.ts";
import type { Cast } from "./story.ts";

const requestsPerSecond = 100;

async function demo(): Promise<number> {
  say(
    "Booting five Debian hosts with systemd and sshd, each in its own network namespace: three for production, one for HAProxy, one for dev.",
  );
  const bed = await startTestbed({ hosts: [...hosts, proxy, dev], say: (line) => process.stdout.write(`  ${line}\n`) });
  const url = `http://127.0.0.1:${await freePort()}`;
  const hooks = { pushes: { signed: { secrets: ["PUSHES"] } } };
  const workshop = await openWorkshop(bed, { services: [greeter()], environments, hooks, server: { url } });
  const server = new ServerProcess(workshop, ["--listen", new URL(url).host]);
  const audience = new Audience(() => startLoad({ url: service(bed), perSecond: requestsPerSecond, webSockets: 0 }));
  try {
    const cast = await Promise.race([prepare(workshop, server, url), untilInterrupted]);
    const acts = await Promise.race([play({ ...cast, audience }), untilInterrupted]);
    process.stdout.write(`\n${closingTable(acts)}\n`);
    const asExpected = acts.every(({ exitCode, expected, seen }) => exitCode === expected && (seen?.failed ?? 0) === 0);
    if (!asExpected) say("Not everything went as it should: see the exit codes and failed requests above.");
    if (process.stdout.isTTY) await stay(workshop, service(bed));
    return asExpected ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    say("Interrupted. Taking everything down.");
    return 130;
  } finally {
    await audience.leave();
    await server.stop();
    await workshop.close();
    await bed.stop();
  }
}

function service(bed: Testbed): string {
  return `http://${bed.host(proxy).address}:${bind}`;
}

async function prepare(workshop: Workshop, server: ServerProcess, url: string): Promise<Omit<Cast, "audience">> {
  say(
    "Preparing them as root would once: signalbox hosts prepare web-1 (and the others), signalbox traffic install lb-1.",
  );
  const repository = workshop.repository("greeter");
  const git = await GitServer.create(`${workshop.directory}/server`, repository);
  await workshop.configure({ services: [greeter({ source: { git: git.url } })] });
  await workshop.prepareHosts([...hosts, dev]);
  await workshop.prepareProxies([proxy]);
  await server.start();
  say(
    `Starting the server at ${url}: Kim administrates and approves production, Lee writes. The git server signs what it tells of pushes.`,
  );
  const secret = crypto.randomUUID();
  await server.client.secrets.set({ name: "PUSHES", value: secret, environment: null, service: null });
  await git.tell({ url: `${url}/hooks/pushes`, secret });
  return { workshop, client: server.client, repository, git, approver: await people(server.client, url), url };
}

async function stay({ configFile, dataDirectory }: Workshop, url: string): Promise<void> {
  const options = `--config ${configFile} --data ${dataDirectory}`;
  say(
    [
      `The hosts, the proxy (${url}) and the server keep running. In another terminal, in this directory, try:`,
      `  npm run signalbox -- status --live ${options}`,
      `  npm run signalbox -- traffic show ${options}`,
      `  npm run signalbox -- audit verify ${options}`,
      `  npm run signalbox -- logs greeter -e production ${options}`,
      `  npm run signalbox -- rollback greeter -e production ${options}`,
      "Ctrl-C here takes everything down.",
    ].join("\n"),
  );
  await untilInterrupted.catch(() => {});
}

process.exitCode = await demo();
