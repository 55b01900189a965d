/** `signalbox hosts`: the machines, and what each needs once before it can be deployed to. */
import path from "node:path";

import type { PlaceView } from "../api/views.ts";
import { exitCodes } from "../core/exit-code.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { configurationFile } from "./connect.ts";
import { deploymentTitle, follow } from "./follow.ts";
import { hostsText } from "./hosts-text.ts";
import { outside } from "./outside.ts";
import { safeLine, safeOutput } from "./safe-text.ts";
import type { Session } from "./session.ts";
import { Stopped } from "./stopped.ts";

export function addHostsCommand(cli: Cli): void {
  const hosts = cli.program.command("hosts").description("show hosts, and make them ready");
  examples(hosts, ["signalbox hosts list", "what runs on each host"]);
  const listing = hosts
    .command("list")
    .description("show each host with what runs on it")
    .option("--live", "ask the hosts now")
    .action(action(cli, list));
  examples(listing, ["signalbox hosts list --live", "asked now"]);
  const preparing = hosts
    .command("prepare")
    .description("print, or run, what root sets up once on a host (for a proxy's host: traffic install)")
    .argument("<name>", "the host")
    .option("--run", "run it over SSH instead of printing it; the login needs sudo")
    .option("--as <login>", "with --run: log in as somebody else, such as root")
    .option("--identity <file>", "with --run: the private key of that login")
    .action(action(cli, prepare));
  examples(
    preparing,
    ["signalbox hosts prepare web-1", "print the script, to be read first"],
    ["signalbox hosts prepare web-1 --run", "run it there"],
    ["signalbox hosts prepare web-1 --run --as root --identity ~/.ssh/root", "where the login has no sudo yet"],
  );
  const enrolling = hosts
    .command("enroll")
    .description("show a host's keys, to be pinned in the configuration")
    .argument("<name>", "the host")
    .action(action(cli, enroll));
  examples(enrolling, ["signalbox hosts enroll web-1", "compare the fingerprint on the host's console"]);
  const syncing = hosts
    .command("sync")
    .description("bring a new, rebuilt or left-behind host to what its environments serve")
    .argument("<name>", "the host")
    .option("--no-wait", "return as soon as the server has taken the request")
    .action(action(cli, sync));
  examples(syncing, ["signalbox hosts sync web-7", "after it came back"]);
  const takingOver = hosts
    .command("take-over")
    .description("make a host's services this installation's own, when another one had them")
    .argument("<name>", "the host")
    .requiredOption("--reason <text>", "why; it is kept on the host and in the audit log")
    .action(action(cli, takeOver));
  examples(takingOver, ["signalbox hosts take-over web-1 --reason 'the old server is gone'", "after a restore"]);
}

async function list(session: Session, { live }: { readonly live?: boolean }): Promise<number> {
  const client = await session.client();
  const places: readonly PlaceView[] = await client.status(live === undefined ? {} : { live });
  const { hosts, text } = hostsText(places, session.style);
  session.answer({ hosts }, () => text);
  return exitCodes.done;
}

interface PrepareOptions {
  readonly run?: boolean;
  readonly as?: string;
  readonly identity?: string;
}

async function prepare(session: Session, { run, as, identity }: PrepareOptions, host: string): Promise<number> {
  const question = {
    configFile: await configurationFile(session.options.config),
    host,
    ...(as === undefined ? {} : { as }),
    ...(identity === undefined ? {} : { identityFile: path.resolve(identity) }),
  };
  if (run !== true) {
    const script = await (await outside("prepareScript"))(question);
    session.answer({ host, script }, () => script);
    session.note(`Read it, then run it as root on ${host}, or: signalbox hosts prepare ${host} --run`);
    return exitCodes.done;
  }
  const lines: string[] = [];
  try {
    for await (const line of (await outside("prepareHost"))(question)) {
      lines.push(line);
      session.note(`${host}: ${safeOutput(line.trimEnd(), { colours: false })}`);
    }
  } catch (error) {
    if (!(error instanceof Error) || !/\bsudo\b/.test(error.message)) throw error;
    throw new Stopped(error.message, {
      exitCode: exitCodes.needsAPerson,
      safe: `Nothing was changed on ${host}.`,
      next: `signalbox hosts prepare ${host} --run --as root --identity FILE, or print the script without --run and run it there as root`,
    });
  }
  session.answer({ host, lines }, () =>
    session.mark("good", "good", `${host} is prepared. Next: signalbox doctor ${host}\n`),
  );
  return exitCodes.done;
}

async function enroll(session: Session, _options: object, host: string): Promise<number> {
  const question = { configFile: await configurationFile(session.options.config), host };
  const keys = await (await outside("enrollHost"))(question);
  session.answer({ host, keys }, () => {
    const lines = keys.flatMap(({ key, fingerprint, pinned }) => [
      pinned
        ? session.mark("good", "good", `${safeLine(fingerprint)}  is pinned already`)
        : session.mark("unknown", "warn", `${safeLine(fingerprint)}  is not pinned`),
      ...(pinned ? [] : [`    hostKey: "${safeLine(key)}"`]),
    ]);
    return `${lines.join("\n")}\n`;
  });
  if (keys.some(({ pinned }) => !pinned)) {
    session.note(
      `Compare the fingerprint on ${host}'s own console (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then put the line under hosts.${host} in ${question.configFile}.`,
    );
  }
  return exitCodes.done;
}

async function sync(session: Session, { wait }: { readonly wait?: boolean }, host: string): Promise<number> {
  const { client, carriedBy } = await session.connection();
  const deployments = await client.syncHost(host);
  if (deployments.length === 0) {
    session.answer({ deployments }, () =>
      session.mark("good", "good", `${host} has everything that its environments serve.\n`),
    );
    return exitCodes.done;
  }
  const titles = deployments.map((view) => `${deploymentTitle(view)} (${view.service}@${view.environment})`).join(", ");
  if (wait === false && carriedBy === "server") {
    session.answer({ deployments }, () => `${titles}\n`);
    return exitCodes.done;
  }
  session.note(`${host}: ${titles}`);
  let worst: number = exitCodes.done;
  for (const view of deployments) {
    const code = await follow(session, view);
    if (code === exitCodes.interrupted) return code;
    worst = Math.max(worst, code);
  }
  return worst;
}

async function takeOver(session: Session, { reason }: { readonly reason: string }, host: string): Promise<number> {
  const services = await (await session.client()).takeOver(host, reason);
  session.answer({ host, services }, () => {
    const lines = services.map(({ service, done, message }) =>
      session.mark(done ? "good" : "bad", done ? "good" : "bad", `${safeLine(service)}: ${safeLine(message)}`),
    );
    return `${lines.join("\n")}\n`;
  });
  return services.every(({ done }) => done) ? exitCodes.done : exitCodes.needsAPerson;
}
