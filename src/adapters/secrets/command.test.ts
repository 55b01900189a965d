import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { describeSecrets, failureOf } from "../../ports/secrets.contract.ts";
import type { Secrets } from "../../ports/secrets.ts";
import type { CommandSecretsOptions } from "./command.ts";
import { commandSecrets } from "./command.ts";
import { knownValues } from "./known-values.ts";

const root = mkdtempSync(join(tmpdir(), "signalbox-command-"));
afterAll(() => rmSync(root, { recursive: true }));
const orders = { service: "orders", environment: "production" };
const key = Buffer.alloc(32, 7);

/** A directory with a value per file, printed by a program; each call of it is noted. */
function aProvider(program = 'cat -- "$1" && echo') {
  const directory = mkdtempSync(join(root, "test-"));
  mkdirSync(join(directory, "values"));
  const path = join(directory, "print-secret");
  const calls = join(directory, "calls");
  writeFileSync(path, `#!/bin/sh\necho "$*" >>'${calls}'\ncd '${directory}/values' || exit 9\n${program}\n`);
  chmodSync(path, 0o755);
  const open = (more: Partial<CommandSecretsOptions> = {}): Secrets =>
    commandSecrets({
      argv: [path, "{name}"],
      variables: {},
      limitSeconds: 20,
      fingerprintKey: async () => key,
      signal: new AbortController().signal,
      ...more,
    });
  return {
    path,
    open,
    set: async (name: string, value: string) => {
      writeFileSync(join(directory, "values", name), value);
      return open();
    },
    calls: () => (existsSync(calls) ? readFileSync(calls, "utf8").trimEnd().split("\n") : []),
  };
}

describeSecrets("a command", async () => {
  const { open, set } = aProvider();
  return { secrets: open(), set };
});

describe("a command for secrets", () => {
  const failure = async (program: string, more?: Partial<CommandSecretsOptions>): Promise<string> => {
    const { message, kind } = await failureOf(aProvider(program).open(more).current(["DB"], orders), ["planted"]);
    expect(kind).toBe("provider");
    expect(message).toContain("The secret DB could not be had from");
    return message;
  };

  it("is asked once per run for each secret, and not for all at once", async () => {
    const { open, calls, path } = aProvider(
      'mkdir "r$$"; ls -d r* | wc -l >>../at-once; sleep 0.1; rmdir "r$$"; echo value of $1',
    );
    const secrets = open();
    const names = Array.from({ length: 12 }, (_, index) => `N${index}`);
    const [pins] = await Promise.all([secrets.current(names, orders), secrets.current(names, orders)]);
    for (const pin of pins!) expect(await secrets.get(pin)).toBe(`value of ${pin.name}`);
    expect(calls().toSorted()).toEqual(names.toSorted());
    const atOnce = readFileSync(join(path, "..", "at-once"), "utf8")
      .trim()
      .split("\n")
      .map(Number);
    expect(Math.max(...atOnce)).toBeLessThanOrEqual(4);
    await open().get(pins![0]!);
    expect(calls()).toHaveLength(13);
  });

  it("gets what is asked for as arguments, whatever they hold", async () => {
    const { open, path, calls } = aProvider("echo a fine value");
    const argv = [path, "--", "x/{environment}/{service}/{name}?{other}", "$(id)"];
    const [pin] = await open({ argv }).current(["A.b-c"], orders);
    expect(pin).toMatchObject({ name: "A.b-c", service: "orders", environment: "production" });
    expect(calls()).toEqual(["-- x/production/orders/A.b-c?{other} $(id)"]);
    expect((await failureOf(open().current(["-x"], orders))).kind).toBe("refused");
    expect((await failureOf(open().current(["../DB"], orders))).kind).toBe("refused");
  });

  it("sees nothing of the server's environment", async () => {
    process.env["SIGNALBOX_TEST_SECRET"] = "not for commands";
    const secrets = aProvider("env | tr '\\n' ' '; cat").open({ variables: { VAULT_ADDR: "https://vault" } });
    const [pin] = await secrets.current(["DB"], orders);
    const seen = await secrets.get(pin!);
    expect(seen).toContain("VAULT_ADDR=https://vault");
    expect(seen).not.toContain("SIGNALBOX");
    expect(seen).not.toContain("not for commands");
  });

  it("loses one newline at the end and nothing else", async () => {
    const { set } = aProvider('cat -- "$1"');
    for (const [printed, value] of [
      ["value\n", "value"],
      ["value\r\n", "value"],
      [" value \n\n", " value \n"],
      ["\ufeffvalue", "\ufeffvalue"],
    ] as const) {
      const secrets = await set("DB", printed);
      expect(await secrets.get((await secrets.current(["DB"], orders))[0]!)).toBe(value);
    }
  });

  it.each([
    ["ends with a status", "echo planted; echo planted >&2; exit 3", "it ended with status 3."],
    ["calls what is not there", "exec planted-program", "status 127: something that it starts is not there"],
    ["is killed", "echo planted; kill -KILL $$", "it was ended by SIGKILL"],
    ["prints nothing", "echo", "it printed nothing"],
    ["prints almost nothing", "echo abc", "fewer than 4 characters"],
    ["prints no text", "printf 'planted\\377'", "no text in UTF-8"],
    ["prints a NUL", "printf 'planted\\0'", "holds a NUL"],
    ["prints without end", "yes planted", "it printed more than 64 KiB"],
  ])("that %s is told so, without what it printed", async (_what, program, message) => {
    expect(await failure(program)).toContain(message);
  });

  it("that takes too long is ended with all that it has started", async () => {
    const before = join(root, "still-there");
    const started = `( sleep 3; echo >'${before}' ) & trap '' TERM; echo planted; sleep 60`;
    expect(await failure(started, { limitSeconds: 0.3 })).toContain("it took longer than 0.3 s and was ended");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(existsSync(before)).toBe(false);
  }, 20_000);

  it("is ended when nobody waits for it any more", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    expect(await failure("exec sleep 60", { signal: stop.signal })).toContain("nobody waits for it");
  }, 20_000);

  it("says what to do when it can't be started, and asks again the next time", async () => {
    const { open, path, set } = aProvider();
    const secrets = await set("DB", "a fine value");
    chmodSync(path, 0o644);
    const error = await failureOf(secrets.current(["DB"], orders));
    expect(error.message).toContain("the server's user may not run it");
    expect(error.message).toContain(`look what it says: ${path} {name}`);
    chmodSync(path, 0o755);
    expect(await secrets.current(["DB"], orders)).toHaveLength(1);
    const gone = open({ argv: ["there-is-no-such-program", "{name}"] });
    expect((await failureOf(gone.current(["DB"], orders))).message).toContain("give its whole path");
  });

  it("has pins that tell nothing without the key", async () => {
    const { set, open } = aProvider();
    const [pin] = await (await set("DB", "a fine value")).current(["DB"], orders);
    const [other] = await open({ fingerprintKey: async () => Buffer.alloc(32, 8) }).current(["DB"], orders);
    expect(pin!.version).toMatch(/^f-[0-9a-f]{32}$/);
    expect(other!.version).not.toBe(pin!.version);
    expect((await failureOf(open().get(other!), ["a fine value"])).kind).toBe("changed");
  });

  it.each([[["print"]], [[]], [["{name}"]], [["{name}", "{name}"]], [["", "{name}"]]])("is refused as %j", (argv) => {
    expect(() => aProvider().open({ argv })).toThrow(/The command for secrets/);
  });
});

describe("known values", () => {
  it("are those that were got, learnt or entered", async () => {
    const known = knownValues();
    const secrets = known.watch(await aProvider().set("DB", "a fine value"));
    const [pin] = await secrets.current(["DB"], orders);
    const none = known.values();
    expect(none).toEqual([]);
    await secrets.get(pin!);
    await secrets.get(pin!);
    expect(known.values()).toEqual(["a fine value"]);
    await known.learn({ values: async () => ["a fine value", "one from before"] });
    known.add("entered");
    expect(known.values()).toEqual(["a fine value", "one from before", "entered"]);
    expect(known.values()).toBe(known.values());
  });
});
