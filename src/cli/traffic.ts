/** `signalbox traffic`: what the proxies say, and what root sets up once on the host of a proxy. */
import path from "node:path";

import { exitCodes } from "../core/exit-code.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { configurationFile } from "./connect.ts";
import { outside } from "./outside.ts";
import { safeOutput } from "./safe-text.ts";
import type { Session } from "./session.ts";
import { Stopped } from "./stopped.ts";
import { trafficText } from "./traffic-text.ts";

export function addTrafficCommand(cli: Cli): void {
  const traffic = cli.program.command("traffic").description("show what the proxies say, and set them up");
  examples(traffic, ["signalbox traffic show", "every proxy, asked now"]);
  const showing = traffic
    .command("show")
    .description("show each proxy: the active side, the share, and who is in rotation")
    .argument("[service]", "only this service")
    .option("-e, --env <environment>", "only this environment")
    .action(action(cli, show));
  examples(
    showing,
    ["signalbox traffic show orders -e production", "the proxies of one service"],
    ["signalbox traffic show --json", "for a script"],
  );
  const installing = traffic
    .command("install")
    .description("print, or run, what root sets up once on the host of a proxy")
    .argument("<host>", "the proxy's host")
    .option("--run", "run it over SSH instead of printing it; the login needs sudo")
    .option("--as <login>", "with --run: log in as somebody else, such as root")
    .option("--identity <file>", "with --run: the private key of that login")
    .action(action(cli, install));
  examples(
    installing,
    ["signalbox traffic install lb-1", "print the script, to be read first"],
    ["signalbox traffic install lb-1 --run --as root", "run it there"],
  );
}

async function show(
  session: Session,
  { env }: { readonly env?: string },
  service: string | undefined,
): Promise<number> {
  const places = await (
    await session.client()
  ).traffic({
    ...(service === undefined ? {} : { service }),
    ...(env === undefined ? {} : { environment: env }),
  });
  session.answer({ places }, () => trafficText(places, session.style));
  return places.every(({ problem }) => problem === null) ? exitCodes.done : exitCodes.needsAPerson;
}

interface InstallOptions {
  readonly run?: boolean;
  readonly as?: string;
  readonly identity?: string;
}

async function install(session: Session, { run, as, identity }: InstallOptions, host: string): Promise<number> {
  const question = {
    configFile: await configurationFile(session.options.config),
    host,
    ...(as === undefined ? {} : { as }),
    ...(identity === undefined ? {} : { identityFile: path.resolve(identity) }),
  };
  if (run !== true) {
    const script = await (await outside("proxyScript"))(question);
    session.answer({ host, script }, () => script);
    session.note(`Read it, then run it as root on ${host}, or: signalbox traffic install ${host} --run`);
    return exitCodes.done;
  }
  const lines: string[] = [];
  try {
    for await (const line of (await outside("installProxy"))(question)) {
      lines.push(line);
      session.note(`${host}: ${safeOutput(line.trimEnd(), { colours: false })}`);
    }
  } catch (error) {
    if (!(error instanceof Error) || !/\bsudo\b/.test(error.message)) throw error;
    throw new Stopped(error.message, {
      exitCode: exitCodes.needsAPerson,
      safe: `Nothing was changed on ${host}.`,
      next: `signalbox traffic install ${host} --run --as root --identity FILE, or print the script without --run and run it there as root`,
    });
  }
  session.answer({ host, lines }, () =>
    session.mark("good", "good", `the proxy on ${host} is set up. Next: signalbox doctor ${host}\n`),
  );
  return exitCodes.done;
}
