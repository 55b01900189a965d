/** `signalbox secrets`: values that services need and nobody reads. They go in by standard input, and never come out. */
import { Option } from "commander";
import type { Command } from "commander";

import type { Client } from "../api/client.ts";
import { exitCodes } from "../core/exit-code.ts";
import { secretTitle } from "../core/secret.ts";
import type { SecretId } from "../core/secret.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { safeLine } from "./safe-text.ts";
import type { Session } from "./session.ts";
import { Stopped } from "./stopped.ts";
import { table } from "./table.ts";
import { count, dateTime } from "./words.ts";

export function addSecretsCommand(cli: Cli): void {
  const secrets = cli.program
    .command("secrets")
    .description("set, list, check and remove the secrets of services and of the server");
  examples(secrets, ["signalbox secrets check", "what the configuration refers to and has no value"]);
  const setting = scoped(secrets.command("set"))
    .description("set a secret; its value comes on standard input, or is asked for")
    .action(action(cli, set));
  examples(
    setting,
    ["signalbox secrets set ORDERS_DB -e production --service orders", "asks for the value without showing it"],
    ["signalbox secrets set SMTP_PASSWORD", "for the server itself, and all services"],
  );
  const listing = secrets.command("list").description("list the secrets, never their values").action(action(cli, list));
  examples(listing, ["signalbox secrets list", "names, where they hold, versions, people"]);
  const removing = scoped(secrets.command("remove"))
    .description("forget all values of a secret")
    .action(action(cli, remove));
  examples(removing, ["signalbox secrets remove ORDERS_DB -e production --service orders", "all its versions"]);
  const checking = secrets
    .command("check")
    .description("say which references in the configuration have no value (exit code 2)")
    .action(action(cli, check));
  examples(checking, ["signalbox secrets check", "each reference with what holds for it"]);
  const rotating = secrets
    .command("rotate-key")
    .description("take a new key for everything that is kept; values stay")
    .action(action(cli, rotateKey));
  examples(rotating, ["signalbox secrets rotate-key", "after somebody may have seen the key file"]);
}

function scoped(command: Command): Command {
  return command
    .argument("<name>", "as the configuration refers to it: ${secret:NAME}")
    .option("-e, --env <environment>", "only for this environment; otherwise for every one")
    .addOption(new Option("--environment <environment>", "the same, written out").hideHelp())
    .option("-s, --service <service>", "only for this service; otherwise for every one");
}

interface Scope {
  readonly env?: string;
  readonly environment?: string;
  readonly service?: string;
}

function idOf(name: string, { env, environment, service }: Scope): SecretId {
  return { name, environment: env ?? environment ?? null, service: service ?? null };
}

async function set(session: Session, options: Scope, name: string): Promise<number> {
  const id = idOf(name, options);
  const title = safeLine(secretTitle(id));
  const value = await session.shell.readSecret(`Value of ${title} (it is not shown): `);
  if (value === "") {
    throw new Stopped(`no value came for ${title}`, {
      safe: "Nothing was changed.",
      next: `give it on standard input: signalbox secrets set ${safeLine(name)} <FILE`,
      exitCode: exitCodes.usage,
    });
  }
  const done = await (await session.client()).secrets.set({ ...id, value });
  session.answer(done, () => session.mark("good", "good", `${title} is set, version ${safeLine(done.version)}.\n`));
  if (done.warning !== null) session.note(session.mark("warn", "warn", safeLine(done.warning)));
  if (done.version !== "1")
    session.note("Services get it with their next deployment; plans with the old one are void.");
  return exitCodes.done;
}

async function list(session: Session): Promise<number> {
  const secrets = await (await session.client()).secrets.list();
  session.answer({ secrets }, () => {
    if (secrets.length === 0) return "There is no secret yet.\n";
    const rows = secrets.map(({ name, environment, service, versions: [newest, ...older] }) => [
      safeLine(name),
      safeLine(environment ?? "every one"),
      safeLine(service ?? "every one"),
      `${safeLine(newest?.version ?? "")}${older.length === 0 ? "" : ` (and ${older.length} before it)`}`,
      newest === undefined ? "" : dateTime(newest.at),
      safeLine(newest?.by ?? ""),
    ]);
    return table(["NAME", "ENVIRONMENT", "SERVICE", "VERSION", "SET", "BY"], rows, session.style);
  });
  return exitCodes.done;
}

async function remove(session: Session, options: Scope, name: string): Promise<number> {
  const id = idOf(name, options);
  const title = safeLine(secretTitle(id));
  await (await session.client()).secrets.remove(id);
  session.answer({ removed: title }, () =>
    session.mark("good", "good", `${title} is forgotten, in all its versions.\n`),
  );
  session.note("Hosts keep what releases there were deployed with, until those are pruned.");
  return exitCodes.done;
}

type Checked = Awaited<ReturnType<Client["secrets"]["check"]>>[number];

async function check(session: Session): Promise<number> {
  const references = await (await session.client()).secrets.check();
  const missing = references.filter(({ problem }) => problem !== null);
  session.answer({ references }, () => {
    if (references.length === 0) return "The configuration refers to no secret.\n";
    const text = table(["NEEDED BY", "NAME", "HOLDS"], references.map(checkedRow), session.style);
    return `${text}${missing.map(({ problem }) => `\n${safeLine(problem!.replaceAll("\n", " "))}\n`).join("")}`;
  });
  if (missing.length === 0) return exitCodes.done;
  session.note(`${count(missing.length, "reference")} without a value.`);
  return exitCodes.usage;
}

function checkedRow({ neededBy, name, holds }: Checked) {
  const held =
    holds === null
      ? { text: "nothing", look: "bad" as const }
      : `${safeLine(secretTitle(holds))}, version ${safeLine(holds.version)}`;
  return [safeLine(neededBy), safeLine(name), held];
}

async function rotateKey(session: Session): Promise<number> {
  const { versions } = await (await session.client()).secrets.rotateKey();
  session.answer({ versions }, () =>
    session.mark("good", "good", `${count(versions, "value")} ${versions === 1 ? "is" : "are"} under a new key.\n`),
  );
  session.note("Copy the key file to where its copies are kept: backups from now on need the new key.");
  return exitCodes.done;
}
