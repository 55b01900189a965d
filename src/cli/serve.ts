/** `signalbox serve`: the server, in the foreground; systemd keeps it. */
import { once } from "node:events";
import { isIP, isIPv4 } from "node:net";

import { InvalidArgumentError, Option } from "commander";

import type { Listen } from "../api/doors.ts";
import { exitCodes } from "../core/exit-code.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { configurationFile } from "./connect.ts";
import { safeLine } from "./safe-text.ts";
import type { Session } from "./session.ts";
import { Stopped } from "./stopped.ts";

interface Address {
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
    .option(
      "--tls-cert <file>",
      "with --listen: the server's certificate with its chain, as PEM; SIGHUP reads it again",
    )
    .option("--tls-key <file>", "its key")
    .addOption(
      new Option(
        "--behind-proxy <addresses...>",
        "with --listen: proxies with TLS in front, such as 10.0.0.5 or 10.0.0.0/24; their word for where requests come from is taken",
      ).argParser(proxyAddress),
    )
    .action(action(cli, serve));
  examples(
    command,
    ["signalbox serve", "on a socket that only this user can open"],
    ["signalbox serve --listen 127.0.0.1:8420 --behind-proxy 127.0.0.1", "for others, behind a proxy with TLS here"],
    ["signalbox serve --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem", "for others, with its own TLS"],
  );
}

interface ServeOptions {
  readonly listen?: Address;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly behindProxy?: readonly string[];
}

async function serve(session: Session, options: ServeOptions): Promise<number> {
  const { config, data, secretsKey } = session.options;
  const listen = listenOf(options);
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
  const reload = (): void => {
    server.reload().then(
      () => session.note("Took the certificate as it is now."),
      (error: Error) => session.note(`The certificate stays as it was: ${safeLine(error.message)}`),
    );
  };
  process.on("SIGHUP", reload);
  await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  process.off("SIGHUP", reload);
  session.note("Stopping; deployments under way are taken up again by the next start.");
  await server.close();
  return exitCodes.done;
}

/** Nothing goes over a network as plain text: passwords, sessions and tokens would be there for everybody. */
function listenOf({ listen, tlsCert, tlsKey, behindProxy }: ServeOptions): Listen | undefined {
  const refuse = (message: string, next: string): Stopped =>
    new Stopped(message, { safe: "Nothing was started.", next });
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw refuse("a certificate and its key come together", "give --tls-cert and --tls-key");
  if (listen === undefined) {
    if (tlsCert === undefined && behindProxy === undefined) return undefined;
    throw refuse("without an address nobody comes over the network", "add --listen, such as --listen 127.0.0.1:8420");
  }
  if (tlsCert === undefined && behindProxy === undefined && !isLoopback(listen.host)) {
    throw refuse(
      `${listen.host} can be reached by others, and tokens would go over the network as plain text`,
      "listen on 127.0.0.1, give --tls-cert and --tls-key, or put a proxy with TLS in front and name it: --behind-proxy 10.0.0.5",
    );
  }
  return {
    ...listen,
    ...(tlsCert === undefined || tlsKey === undefined ? {} : { tls: { certFile: tlsCert, keyFile: tlsKey } }),
    ...(behindProxy === undefined ? {} : { proxies: behindProxy }),
  };
}

/** `10.0.0.5`, `10.0.0.0/24`, `fd00::/8`. */
export function proxyAddress(text: string, before: readonly string[] = []): readonly string[] {
  const [, ip = "", bits] = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const most = isIPv4(ip) ? 32 : 128;
  if (!isIP(ip) || (bits !== undefined && (Number(bits) > most || Number(bits) < 1)))
    throw new InvalidArgumentError("Write the address of a proxy, or a network such as 10.0.0.0/24.");
  return [...before, text];
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/** `8420`, `127.0.0.1:8420`, `[::1]:8420`. */
export function address(text: string): Address {
  const [, bracketed, plain, port] = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535)
    throw new InvalidArgumentError("Write it as 127.0.0.1:8420, or a port alone.");
  return { host: bracketed ?? plain ?? "127.0.0.1", port: Number(port) };
}
