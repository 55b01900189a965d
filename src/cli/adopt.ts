/** `signalbox adopt`: takes over a service that a hand-made unit runs today. */
import { exitCodes } from "../core/exit-code.ts";
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
  const full = unit.includes(".") ? unit : `${unit}.service`;
  const hosts = await (await session.client()).adopt({ ...place, unit: full });
  session.answer({ hosts }, () => {
    const lines = hosts.map(({ host, done, message }) =>
      session.mark(done ? "good" : "bad", done ? "good" : "bad", `${safeLine(host)}: ${safeLine(message)}\n`),
    );
    return lines.join("");
  });
  if (hosts.every(({ done }) => done)) {
    session.note(`Next: signalbox deploy ${place.service} -e ${place.environment}`);
    return exitCodes.done;
  }
  const [first] = hosts.filter(({ done }) => !done);
  session.note(
    `Next: where root has not listed the unit, write adopts: ${safeLine(full)} under services.${place.service}, then signalbox hosts prepare ${safeLine(first!.host)}`,
  );
  return exitCodes.needsAPerson;
}
