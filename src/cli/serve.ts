/** `signalbox serve`: the server, in the foreground; systemd keeps it. */
import { once } from "node:events";
import { isIPv4 } from "node:net";

import { InvalidArgumentError, Option } from "commander";

import { exitCodes } from "../core/exit-code.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { configurationFile } from "./connect.ts";
import type { Session } from "./session.ts";
import { Stopped } from "./stopped.ts";

interface Listen {
  readonly host: string;
  readonly port: number;
}

export function addServeCommand(cli: Cli): void {
  const command = cli.program
    .command("serve")
    .description("run the server in the foreground")
    .addOption(
      new Option("--listen <address>", "also listen on TCP, such as 127.0.0.1:8420; callers need a token").argParser(
        address,
      ),
    )
    .option("--behind-proxy", "with --listen: allow an address that others reach; a proxy in front speaks TLS")
    .action(action(cli, serve));
  examples(
    command,
    ["signalbox serve", "on a socket that only this user can open"],
    ["signalbox serve --listen 127.0.0.1:8420", "for others, behind a proxy with TLS"],
  );
}

interface ServeOptions {
  readonly listen?: Listen;
  readonly behindProxy?: boolean;
}

async function serve(session: Session, { listen, behindProxy }: ServeOptions): Promise<number> {
  const { config, data, secretsKey } = session.options;
  if (listen !== undefined && behindProxy !== true && !isLoopback(listen.host)) {
    throw new Stopped(`${listen.host} can be reached by others, and tokens would go over the network as plain text`, {
      safe: "Nothing was started.",
      next: "listen on 127.0.0.1, or put a proxy with TLS in front and add --behind-proxy",
    });
  }
  const configFile = await configurationFile(config);
  const { startServer } = await import("../signalbox.ts");
  const server = await startServer({
    configFile,
    keepsApplied: true,
    ...(data === undefined ? {} : { dataDirectory: data }),
    ...(secretsKey === undefined ? {} : { secretsKey }),
    ...(listen === undefined ? {} : { listen }),
  });
  session.note(`Serving ${configFile}${listen === undefined ? "" : ` on ${listen.host}:${listen.port}`}.`);
  await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  session.note("Stopping; deployments under way are taken up again by the next start.");
  await server.close();
  return exitCodes.done;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/** `8420`, `127.0.0.1:8420`, `[::1]:8420`. */
export function address(text: string): Listen {
  const [, bracketed, plain, port] = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535)
    throw new InvalidArgumentError("Write it as 127.0.0.1:8420, or a port alone.");
  return { host: bracketed ?? plain ?? "127.0.0.1", port: Number(port) };
}
