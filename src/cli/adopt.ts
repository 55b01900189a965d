/** `signalbox adopt`: takes over a service that a hand-made unit runs today. */
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { placeFor } from "./place.ts";
import { safeLine } from "./safe-text.ts";
import type { Session } from "./session.ts";

interface AdoptOptions {
  readonly env?: string;
  readonly unit: string;
}

export function addAdoptCommand(cli: Cli): void {
  const command = cli.program
    .command("adopt")
    .description("take over what a hand-made unit runs today, as release 0")
    .argument("[service]", "may be left out where there is only one")
    .option("-e, --env <environment>", "may be left out where there is only one")
    .requiredOption("--unit <name>", "the unit on the hosts, such as orders.service")
    .action(action(cli, adopt));
  examples(command, [
    "signalbox adopt orders -e production --unit orders.service",
    "the first deployment can be rolled back to it",
  ]);
}

async function adopt(session: Session, { env, unit }: AdoptOptions, service: string | undefined): Promise<number> {
  const place = await placeFor(session, { service, environment: env });
  const hosts = await (await session.client()).adopt({ ...place, unit: unit.includes(".") ? unit : `${unit}.service` });
  session.answer({ hosts }, () => {
    const lines = hosts.map(({ host, message }) =>
      session.mark("good", "good", `${safeLine(host)}: ${safeLine(message)}\n`),
    );
    return `${lines.join("")}Next: signalbox deploy ${place.service} -e ${place.environment}\n`;
  });
  return 0;
}
