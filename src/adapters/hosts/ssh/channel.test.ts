import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from "node:child_process";
import { randomBytes } from "node:crypto";

import { afterEach, describe, expect, it } from "vitest";

import type { ByteSource, Command, CommandResult } from "../../../ports/hosts.ts";
import { Channel } from "./channel.ts";
import { ChannelLost, Exchange } from "./exchange.ts";
import { isPosixShell, loginCommand, shellProgram } from "./shell-program.ts";

/** What may be `/bin/sh` on a host. */
const shells: readonly (readonly [string, ...string[]])[] = [["dash"], ["bash", "--posix"], ["busybox", "sh"]];
const installed = shells.filter(([program, ...argv]) => spawnSync(program, [...argv, "-c", "true"]).status === 0);

describe.each(installed)("the program in %s %s", (program, ...argv) => {
  let child: ChildProcessWithoutNullStreams;

  const open = (): Channel => {
    child = spawn(program, [...argv, "-c", shellProgram], {
      cwd: "/",
      env: { ...process.env, SHELL: `/bin/${program}` },
    });
    const channel = new Channel(child, () => child.kill());
    child.on("close", () => channel.end("the shell ended"));
    return channel;
  };
  const ask = async (channel: Channel, words: Command["argv"], more: Partial<Command> = {}): Promise<CommandResult> => {
    const exchange = new Exchange({ argv: words, ...more });
    channel.send(exchange);
    return { code: await exchange.done, ...exchange.output() };
  };
  afterEach(() => child.kill());

  it("greets with its process and the login shell", async () => {
    expect(await open().ready).toMatchObject({ shellPid: child.pid, loginShell: program });
  });

  it("answers in order, with both streams apart", async () => {
    const channel = open();
    const script = "echo $1; echo e$1 >&2; exit $1";
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => ask(channel, ["sh", "-c", script, "sh", `${n}`])));
    expect(answers).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => ({ code: n, stdout: `${n}\n`, stderr: `e${n}\n`, truncated: false })),
    );
  });

  it("hands on arguments with newlines, quotes and every character of Latin-1", async () => {
    const words = [
      "a\nb\n",
      "\n",
      "'",
      `'"$n"'`,
      Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join(""),
    ];
    const { stdout } = await ask(open(), ["printf", "%s|", ...words]);
    expect(stdout).toBe(words.map((word) => `${word}|`).join(""));
  });

  it("passes exactly the payload, read or not", async () => {
    const channel = open();
    const bytes = Buffer.from(randomBytes(50_000).toString("base64"));
    const stdin: ByteSource = {
      bytes: bytes.length,
      async *stream() {
        yield bytes;
      },
    };
    const answers = await Promise.all([
      ask(channel, ["cat"], { stdin }),
      ask(channel, ["head", "-c", "5"], { stdin }),
      ask(channel, ["true"], { stdin }),
      ask(channel, ["echo", "next"]),
    ]);
    expect(answers.map(({ stdout }) => stdout)).toEqual([
      bytes.toString(),
      bytes.toString("latin1", 0, 5),
      "",
      "next\n",
    ]);
  });

  it("gives each command a session of its own and tells which", async () => {
    const exchange = new Exchange({
      argv: ["sh", "-c", "read -r pid name state ppid group session rest </proc/self/stat; echo $group $session"],
    });
    open().send(exchange);
    await exchange.done;
    expect(exchange.stdout.text()).toBe(`${exchange.pid} ${exchange.pid}\n`);
    expect(exchange.pid).not.toBe(child.pid);
  });

  it("says nothing itself about a command that a signal ended", async () => {
    expect(await ask(open(), ["sh", "-c", "kill -SEGV $$"])).toEqual({
      code: 139,
      stdout: "",
      stderr: "",
      truncated: false,
    });
  });

  it("ends rather than run a line without the marker", async () => {
    const channel = open();
    await channel.ready;
    child.stdin.write("echo hacked >&4; echo hacked\n");
    const error = await ask(channel, ["echo", "next"]).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ChannelLost);
  });

  it("ends when its input ends", async () => {
    const channel = open();
    const last = ask(channel, ["echo", "last"]);
    await channel.ready;
    channel.close();
    expect((await last).stdout).toBe("last\n");
    await channel.ended;
    expect(child.exitCode).toBe(0);
  });
});

describe("the text that a login shell gets", () => {
  it("has nothing that another kind of shell would read differently", () => {
    expect(shellProgram).not.toMatch(/['!\n]|\\[^n]/);
    expect(loginCommand).toBe(`exec sh -c '${shellProgram}' signalbox`);
  });

  it.each(["tcsh", "fish"].filter((shell) => spawnSync(shell, ["-c", "true"]).status === 0))(
    "is handed on by %s, which is then refused by its name",
    async (shell) => {
      const child = spawn(shell, ["-c", loginCommand], { env: { ...process.env, SHELL: `/usr/bin/${shell}` } });
      const { loginShell } = await new Channel(child, () => {}).ready;
      expect(isPosixShell(loginShell)).toBe(false);
      child.kill();
    },
  );
});
