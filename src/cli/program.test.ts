import type { Command } from "commander";
import { describe, expect, it } from "vitest";

import { aPlace, fakeClient } from "../../test/support/fake-client.ts";
import { FakeShell, signalbox } from "../../test/support/fake-shell.ts";
import { Refused, ServerUnreachable } from "../api/client.ts";
import { examplesOf } from "./command.ts";
import { wholeProgram } from "./program.ts";

function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** The words of an example, as a shell would split them. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!).slice(1);
}

describe("every command", async () => {
  const program = await wholeProgram(new FakeShell());
  const all = everyCommand(program).filter((command) => command !== program && command.name() !== "help");

  it.each(all.map((command) => [pathOf(command), command] as const))("%s has an example", (path, command) => {
    const examples = examplesOf(command);
    expect(examples.length).toBeGreaterThan(0);
    for (const line of examples) expect(line === path || line.startsWith(path)).toBe(true);
  });

  it.each(all.flatMap((command) => examplesOf(command).map((line) => [line] as const)))("parses: %s", async (line) => {
    const fresh = await wholeProgram(new FakeShell());
    let ran: Command | undefined;
    for (const command of everyCommand(fresh)) {
      if (command.commands.length === 0)
        command.action((...given: unknown[]) => {
          ran = given.at(-1) as Command;
        });
    }
    const words = wordsOf(line).map((word) => (word === "--json" ? "--json=object" : word));
    await fresh.parseAsync(words, { from: "user" });
    expect(line.startsWith(pathOf(ran!))).toBe(true);
  });

  it.each(all.map((command) => [pathOf(command), command] as const))(
    "%s says what it does in one line",
    (_, command) => {
      if (command.name() === "__complete") return;
      expect(command.description()).toMatch(/^[a-z].*[^.]$/);
    },
  );
});

describe("the command line", () => {
  it("shows its commands, and ends with 0", async () => {
    const { out, exitCode } = await signalbox("--help");
    expect(out).toContain("deploy [options] [service]");
    expect(out).not.toContain("__complete");
    expect(exitCode).toBe(0);
  });

  it.each([
    "nonsense",
    "deploy --nonsense",
    "deploy --release many",
    "watch ../x",
    "adopt orders -e dev",
    "--json=xml status",
  ])("takes %s for a mistake in usage", async (line) => {
    const { err, exitCode } = await signalbox(line, { client: fakeClient() });
    expect(err).toContain("error:");
    expect(exitCode).toBe(2);
  });

  it("talks to the server of the environment, with its token", async () => {
    const env = { SIGNALBOX_SERVER: "https://signalbox.example.com", SIGNALBOX_TOKEN: "t" };
    const { shell } = await signalbox("status", { client: fakeClient(), env });
    expect(shell.wanted).toEqual([{ local: false, server: "https://signalbox.example.com", token: "t" }]);
  });

  it("works without the server with --local, wherever the option stands", async () => {
    const env = { SIGNALBOX_SERVER: "https://signalbox.example.com" };
    const { shell } = await signalbox("status --local --config a.yml --data /d", { client: fakeClient(), env });
    expect(shell.wanted).toEqual([{ local: true, configFile: "a.yml", dataDirectory: "/d" }]);
  });

  it("refuses --local together with --server", async () => {
    const { exitCode, err } = await signalbox("status --local --server https://a.example", { client: fakeClient() });
    expect([exitCode, err]).toEqual([2, expect.stringContaining("contradict each other")]);
  });
});

describe("an error", () => {
  const refusal = (status: number, code: string): Refused =>
    new Refused({
      type: "about:blank",
      title: code,
      status,
      code,
      detail: "orders@production is locked by d-11 \u001B[2J",
      next: "signalbox watch d-11",
    });

  it("says what happened, with its code, and what to do next", async () => {
    const { err } = await signalbox("status", { client: fakeClient({ fails: refusal(409, "SB-API-LOCKED") }) });
    expect(err).toBe("error: orders@production is locked by d-11   SB-API-LOCKED\n  Next: signalbox watch d-11\n");
  });

  it.each([
    [400, "SB-API-REQUEST", 2],
    [404, "SB-API-UNKNOWN-NAME", 2],
    [401, "SB-API-TOKEN", 3],
    [403, "SB-API-APPROVAL", 5],
    [409, "SB-API-FROZEN", 5],
    [502, "SB-API-HOST-UNREACHABLE", 6],
    [500, "SB-API-INTERNAL", 4],
  ])("of status %i and code %s ends with %i", async (status, code, expected) => {
    const { exitCode } = await signalbox("status", { client: fakeClient({ fails: refusal(status, code) }) });
    expect(exitCode).toBe(expected);
  });

  it("is one object for scripts, too", async () => {
    const client = fakeClient({ fails: new ServerUnreachable("the server at https://a.example could not be asked") });
    const { out, exitCode } = await signalbox("status --json", { client });
    expect(JSON.parse(out)).toMatchObject({
      exitCode: 6,
      error: { what: expect.stringContaining("https://a.example") },
    });
    expect(exitCode).toBe(6);
  });
});

describe("the place of a command", () => {
  const orders = aPlace();
  const billing = aPlace({ service: "billing", environment: "dev" });

  it("may be left out where there is only one, and is said then", async () => {
    const client = fakeClient({ places: [orders], lines: [] });
    const { err } = await signalbox("logs", { client });
    expect(err).toMatch(/^Took service orders and environment production: there is no other\.\n/);
    expect(err).toContain("orders in production has written nothing yet.");
    expect(client.calls.at(-1)).toContain('"service":"orders","environment":"production"');
  });

  it("follows from the service where that is in one environment only", async () => {
    const client = fakeClient({ places: [orders, billing] });
    await signalbox("logs billing", { client });
    expect(client.calls.at(-1)).toContain('"service":"billing","environment":"dev"');
  });

  it.each([
    ["logs", "which service is meant is not clear: there are billing, orders"],
    ["logs search", "there is no service search"],
    ["logs -e stage", "there is no environment stage"],
  ])("is asked for by %s", async (line, message) => {
    const { err, exitCode } = await signalbox(line, { client: fakeClient({ places: [orders, billing] }) });
    expect(exitCode).toBe(2);
    expect(err).toContain(message);
  });
});
