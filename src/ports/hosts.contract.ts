import { createHash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  CommandEnded,
  type ByteSource,
  type ByteStream,
  type Command,
  type CommandResult,
  type Hosts,
} from "./hosts.ts";

/** Two hosts that can be asked, for the time of the suite. Each has a POSIX shell and the usual small programs. */
export interface HostsUnderTest {
  readonly hosts: Hosts;
  readonly host: string;
  readonly other: string;
  stop(): Promise<void>;
}

/** What every adapter of the port must do. */
export function describeHosts(name: string, start: () => Promise<HostsUnderTest>): void {
  describe(`hosts by ${name}`, () => {
    let world: HostsUnderTest;
    const run = (argv: Command["argv"], more: Partial<Command> = {}): Promise<CommandResult> =>
      world.hosts.run(world.host, { argv, limitSeconds: 30, ...more });
    const shell = (script: string, more: Partial<Command> = {}): Promise<CommandResult> =>
      run(["sh", "-c", script], more);
    const isRunning = async (mark: string): Promise<boolean> =>
      (
        await shell(
          `for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$f | grep -q '^sleep ${mark} $' && exit 0; done; exit 1`,
        )
      ).code === 0;

    beforeAll(async () => {
      world = await start();
    });
    afterAll(() => world.stop());

    it("gives back what a command printed and how it ended", async () => {
      expect(await shell("echo out; echo problem >&2; exit 3")).toEqual({
        code: 3,
        stdout: "out\n",
        stderr: "problem\n",
        truncated: false,
      });
    });

    it("hands on every argument as it is", async () => {
      const words = [
        "",
        " ",
        "a b",
        "'",
        '"',
        "$HOME",
        "`id`",
        "\\",
        "a\nb",
        "\n",
        "*",
        "--",
        "-n",
        "日本語 'あ'",
        "%s",
        "é\u0001",
      ];
      const { stdout } = await run(["printf", "%s\\0", ...words]);
      expect(stdout.split("\0").slice(0, -1)).toEqual(words);
    });

    it("refuses an argument with NUL before anything is sent", async () => {
      await expect(run(["echo", "a\0b"])).rejects.toThrow("NUL");
    });

    it.each([0, 1, 77, 255])("tells exit code %i", async (code) => {
      expect((await shell(`exit ${code}`)).code).toBe(code);
    });

    it("says 127 for a program that is not there, and 128 + n when signal n ended it", async () => {
      expect((await run(["no-such-program-anywhere"])).code).toBe(127);
      expect(await shell("kill -9 $$")).toMatchObject({ code: 137, stdout: "", stderr: "" });
      expect(await shell("kill -15 $$")).toMatchObject({ code: 143, stdout: "", stderr: "" });
    });

    it("lets a command without input read nothing", async () => {
      expect((await run(["cat"])).stdout).toBe("");
    });

    it("keeps apart the answers of many commands at once", async () => {
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, index) => shell(`printf %s ${index}; printf %s e${index} >&2; exit ${index}`)),
      );
      expect(answers.map(({ code, stdout, stderr }) => [code, stdout, stderr])).toEqual(
        answers.map((_, index) => [index, `${index}`, `e${index}`]),
      );
    });

    describe("input", () => {
      it("arrives byte for byte", async () => {
        const bytes = randomBytes(1_000_003);
        const { stdout } = await run(["sha256sum"], { stdin: sourceOf(bytes) });
        expect(stdout).toBe(`${createHash("sha256").update(bytes).digest("hex")}  -\n`);
      });

      it("that the command does not read disturbs nothing after it", async () => {
        const attack = Buffer.from("echo hacked\n".repeat(20_000));
        const first = run(["head", "-c", "4"], { stdin: sourceOf(attack) });
        const second = run(["echo", "second"]);
        expect((await first).stdout).toBe("echo");
        expect(await second).toEqual({ code: 0, stdout: "second\n", stderr: "", truncated: false });
        expect((await run(["true"], { stdin: sourceOf(attack) })).stdout).toBe("");
        expect((await run(["echo", "third"])).stdout).toBe("third\n");
      });

      it("may be empty", async () => {
        expect((await run(["wc", "-c"], { stdin: sourceOf(Buffer.alloc(0)) })).stdout.trim()).toBe("0");
      });

      it.each([
        ["too short", 1000, 999],
        ["too long", 1000, 1001],
      ])("that is %s fails and is not taken for the whole", async (_, bytes, given) => {
        const stdin = { bytes, stream: sourceOf(Buffer.alloc(given, "x")).stream };
        await expect(shell("cat >/dev/null; sleep 5; echo complete", { stdin })).rejects.toThrow("payload");
        expect((await run(["echo", "next"])).stdout).toBe("next\n");
      });

      it("that cannot be read fails with its own error", async () => {
        const stdin: ByteSource = {
          bytes: 200_000,
          async *stream() {
            yield Buffer.alloc(100_000);
            throw new Error("the file is gone");
          },
        };
        await expect(run(["sha256sum"], { stdin })).rejects.toThrow("the file is gone");
        expect((await run(["echo", "next"])).stdout).toBe("next\n");
      });
    });

    describe("output", () => {
      it("is heard while the command runs", async () => {
        const heard: [string, string, number][] = [];
        const began = performance.now();
        await shell("echo one; sleep 1; echo two >&2; sleep 1; echo three", {
          onOutput: (chunk, stream) => heard.push([stream, chunk, performance.now() - began]),
        });
        expect(heard.map(([stream, chunk]) => [stream, chunk])).toEqual([
          ["stdout", "one\n"],
          ["stderr", "two\n"],
          ["stdout", "three\n"],
        ]);
        expect((heard[2]?.[2] ?? 0) - (heard[0]?.[2] ?? 0)).toBeGreaterThan(1500);
      });

      it("may be any bytes", async () => {
        const heard: Uint8Array[] = [];
        const result = await shell("head -c 300000 /dev/urandom | tee /tmp/contract-bytes", {
          onBytes: (chunk) => heard.push(Uint8Array.from(chunk)),
        });
        const hash = createHash("sha256").update(Buffer.concat(heard)).digest("hex");
        expect(result.stdout).toBe("");
        expect((await run(["sha256sum", "/tmp/contract-bytes"])).stdout.split(" ")[0]).toBe(hash);
      });

      it("is text with replacements where it is not UTF-8", async () => {
        const chunks: string[] = [];
        const { stdout } = await shell("printf '\\303\\251 \\377 \\000 \\357\\273\\277x \\303'", {
          onOutput: (chunk) => chunks.push(chunk),
        });
        expect(stdout).toBe("é \ufffd \0 \ufeffx \ufffd");
        expect(chunks.join("")).toBe(stdout);
      });

      it("beyond the cap is dropped, on each stream for itself", async () => {
        const script = "head -c 5000 /dev/zero | tr '\\0' a; head -c 50 /dev/zero | tr '\\0' b >&2";
        const result = await shell(script, { maxOutputBytes: 100 });
        expect(result).toEqual({ code: 0, stdout: "a".repeat(100), stderr: "b".repeat(50), truncated: true });
      });

      it("of 100 MB on a single line is survived", async () => {
        let heard = 0;
        const before = process.memoryUsage().rss;
        const result = await shell("head -c 100000000 /dev/zero | tr '\\0' x", {
          limitSeconds: 100,
          maxOutputBytes: 1000,
          onOutput: (chunk) => (heard += chunk.length),
        });
        expect(result).toEqual({ code: 0, stdout: "x".repeat(1000), stderr: "", truncated: true });
        expect(heard).toBe(100_000_000);
        expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
      });

      it("is complete on both streams when the command has ended", async () => {
        for (let index = 0; index < 20; index++) {
          const { stdout, stderr } = await shell("head -c 200000 /dev/zero; head -c 200000 /dev/zero >&2");
          expect([stdout.length, stderr.length]).toEqual([200_000, 200_000]);
        }
      });

      it("spoils only its own answer when a listener throws", async () => {
        const failing = run(["echo", "x"], {
          onOutput: () => {
            throw new Error("the listener failed");
          },
        });
        await expect(failing).rejects.toThrow("the listener failed");
        expect((await run(["echo", "next"])).stdout).toBe("next\n");
      });
    });

    describe("a limit", () => {
      it("ends a silent command and everything it started", async () => {
        const script = "echo begun; sleep 90001 & sleep 90002 & timeout 9999 sleep 90003";
        const error = await shell(script, { limitSeconds: 1 }).catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(CommandEnded);
        expect(error).toMatchObject({ because: "limit", host: world.host, partial: { stdout: "begun\n" } });
        expect(await Promise.all(["90001", "90002", "90003"].map(isRunning))).toEqual([false, false, false]);
      });

      it("ends a command that does not listen to TERM", async () => {
        const began = performance.now();
        const stubborn = shell("trap '' TERM; while :; do sleep 90004; done", { limitSeconds: 1 });
        await expect(stubborn).rejects.toBeInstanceOf(CommandEnded);
        expect(performance.now() - began).toBeLessThan(8000);
        expect(await isRunning("90004")).toBe(false);
      });

      it("counts from the beginning of the command, not of its waiting", async () => {
        const first = shell("sleep 2");
        const second = shell("sleep 0.5; echo done", { limitSeconds: 1.5 });
        expect((await first).code).toBe(0);
        expect((await second).stdout).toBe("done\n");
      });

      it("ends a command that does not read its input", async () => {
        const stdin = sourceOf(Buffer.alloc(20_000_000));
        await expect(run(["sleep", "90005"], { limitSeconds: 1, stdin })).rejects.toBeInstanceOf(CommandEnded);
        expect(await isRunning("90005")).toBe(false);
        expect((await run(["echo", "next"])).stdout).toBe("next\n");
      });
    });

    describe("a signal", () => {
      it("ends a command and everything it started", async () => {
        const aborted = new AbortController();
        const running = shell("sleep 90006", { signal: aborted.signal });
        await sleep(500);
        aborted.abort();
        await expect(running).rejects.toMatchObject({ name: "CommandEnded", because: "aborted" });
        expect(await isRunning("90006")).toBe(false);
      });

      it("keeps a command from being sent", async () => {
        await expect(shell("touch /tmp/contract-never", { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(
          CommandEnded,
        );
        expect((await run(["test", "-e", "/tmp/contract-never"])).code).toBe(1);
      });

      it("leaves the commands beside it alone", async () => {
        const aborted = new AbortController();
        const ended = shell("sleep 90007", { signal: aborted.signal, channel: "bulk" });
        const going = shell("sleep 2; echo fine");
        await sleep(500);
        aborted.abort();
        await expect(ended).rejects.toBeInstanceOf(CommandEnded);
        expect((await going).stdout).toBe("fine\n");
      });
    });

    describe("channels", () => {
      it("run side by side, and each in order", async () => {
        const order: string[] = [];
        const note = (what: string) => (): number => order.push(what);
        await Promise.all([
          shell("sleep 3", { channel: "bulk" }).then(note("bulk 1")),
          shell("true", { channel: "bulk" }).then(note("bulk 2")),
          shell("sleep 2", { channel: "follow" }).then(note("follow 1")),
          shell("sleep 1", { channel: "follow" }).then(note("follow 2")),
          shell("true").then(note("command")),
        ]);
        expect(order).toEqual(["command", "follow 2", "follow 1", "bulk 1", "bulk 2"]);
      });

      it("of different hosts know nothing of each other", async () => {
        const ended: string[] = [];
        const slow = shell("sleep 2; echo slow").then(({ stdout }) => ended.push(stdout));
        const quick = world.hosts
          .run(world.other, { argv: ["echo", "quick"], limitSeconds: 5 })
          .then(({ stdout }) => ended.push(stdout));
        await Promise.all([slow, quick]);
        expect(ended).toEqual(["quick\n", "slow\n"]);
      });
    });

    describe("a socket", () => {
      const path = "/tmp/contract.socket";
      const read = async (stream: ByteStream): Promise<string> => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of stream) chunks.push(chunk);
        return Buffer.concat(chunks).toString();
      };
      let server: AbortController;
      let served: Promise<unknown>;

      beforeAll(async () => {
        server = new AbortController();
        const listening = Promise.withResolvers<void>();
        const argv: Command["argv"] = ["node", "-e", shoutingServer, path];
        const onOutput = (): void => listening.resolve();
        served = run(argv, { limitSeconds: 100, channel: "follow", signal: server.signal, onOutput }).catch(() => {});
        await Promise.race([listening.promise, served]);
      });
      afterAll(async () => {
        server.abort();
        await served;
      });

      it("carries bytes in both directions, for several at once", async () => {
        const words = ["one", "two", "three"];
        const streams = await Promise.all(words.map(() => world.hosts.socket(world.host, path)));
        streams.forEach((stream, index) => stream.write(`${words[index]}\n`));
        expect(await Promise.all(streams.map(read))).toEqual(["ONE\n", "TWO\n", "THREE\n"]);
      });

      it("can be opened again after the last stream was closed", async () => {
        for (const word of ["again", "and again"]) {
          const stream = await world.hosts.socket(world.host, path);
          stream.write(`${word}\n`);
          expect(await read(stream)).toBe(`${word.toUpperCase()}\n`);
          stream.destroy();
        }
      });

      it("ends with its signal", async () => {
        const aborted = new AbortController();
        const stream = await world.hosts.socket(world.host, path, aborted.signal);
        const reading = read(stream);
        aborted.abort();
        await expect(reading).rejects.toMatchObject({ name: "AbortError" });
      });

      it("at which nobody listens is an unreachable host, for whoever reads", async () => {
        const missing = await world.hosts.socket(world.host, "/tmp/contract-missing.socket");
        await expect(read(missing)).rejects.toMatchObject({ name: "HostUnreachable", host: world.host, sent: false });
        expect((await run(["echo", "next"])).stdout).toBe("next\n");
      });

      it.each(["relative.socket", "/a:b", "/a%h", "/a/../b", "/${HOME}", "/a b", "/a\nb", ""])(
        "is refused at %j",
        async (refused) => {
          await expect(world.hosts.socket(world.host, refused)).rejects.toThrow("plain absolute path");
        },
      );
    });
  });
}

/** Answers each line in capitals, and closes. */
const shoutingServer = `
  const path = process.argv[1];
  require("node:fs").rmSync(path, { force: true });
  require("node:net")
    .createServer((socket) => socket.once("data", (line) => socket.end(line.toString().toUpperCase())))
    .listen(path, () => console.log("listening"));
`;

/** Bytes as a source, in pieces of odd sizes. */
function sourceOf(bytes: Buffer): ByteSource {
  return {
    bytes: bytes.length,
    async *stream() {
      for (let from = 0; from < bytes.length; from += 70_001) yield bytes.subarray(from, from + 70_001);
    },
  };
}
