/** What every keeper of logs has to do. */
import { beforeEach, describe, expect, it } from "vitest";

import type { LogLine, LogName, Logs } from "./logs.ts";

/** What the logs under test are opened with. */
export interface LogsSetting {
  readonly clock: { now(): number };
  readonly secrets: () => readonly string[];
}

export function describeLogs(name: string, open: (setting: LogsSetting) => Logs | Promise<Logs>): void {
  describe(name, () => {
    const log: LogName = { deployment: "01J0", track: "rollout", step: 3, host: "web-1" };
    const secrets = ["correct horse battery"];
    let now = 0;
    let logs: Logs;
    beforeEach(async () => {
      now = 1_000;
      logs = await open({ clock: { now: () => now }, secrets: () => secrets });
    });

    const write = async (name: LogName, ...chunks: string[]): Promise<void> => {
      const writer = logs.open(name);
      for (const chunk of chunks) writer.write(chunk);
      await writer.close();
    };
    const read = (name: LogName, last?: number): Promise<LogLine[]> =>
      Array.fromAsync(logs.read(name, last === undefined ? {} : { last }));
    const texts = async (name: LogName, last?: number): Promise<string[]> =>
      (await read(name, last)).map(({ text }) => text);

    it("gives back lines with the time at which they came", async () => {
      const writer = logs.open(log);
      writer.write("one\ntw");
      now = 2_000;
      writer.write("o\nthree");
      await writer.close();

      expect(await read(log)).toEqual([
        { at: 1_000, text: "one" },
        { at: 2_000, text: "two" },
        { at: 2_000, text: "three" },
      ]);
    });

    it("keeps a line whole when the other stream comes in its middle, and the secret in it hidden", async () => {
      const writer = logs.open(log);
      writer.write("one correct ho", "stdout");
      writer.write("between\nsay corr", "stderr");
      writer.write("rse battery\n", "stdout");
      writer.write("ect horse battery", "stderr");
      await writer.close();
      expect(await texts(log)).toEqual(["between", "one ***", "say ***"]);
    });

    it("keeps empty lines, odd characters and text that looks like its own", async () => {
      const lines = ["", "  indented", "12 drummers", "{}", "a\u2028b", "żółć 🚦", "tab\there", ""];
      await write(log, lines.map((line) => `${line}\n`).join(""));
      expect(await texts(log)).toEqual(lines);
      expect(await texts(log, 4)).toEqual(lines.slice(-4));
    });

    it("takes the same chunks whole or character by character", async () => {
      const text = "first\r\nsecond\r\n50 %\r100 %\nthird\n\nlast";
      await write({ ...log, host: "whole" }, text);
      await write({ ...log, host: "single" }, ...text);
      expect(await texts({ ...log, host: "single" })).toEqual(await texts({ ...log, host: "whole" }));
    });

    it("keeps what a progress bar shows last, and about one line a second before", async () => {
      const writer = logs.open(log);
      for (let percent = 0; percent < 100; percent += 1) {
        writer.write(`\r${percent} %`);
        now += 50;
      }
      writer.write("\r100 %\ndone\r\n");
      await writer.close();

      const lines = await texts(log);
      expect(lines.slice(-2)).toEqual(["100 %", "done"]);
      expect(lines.length).toBeGreaterThan(4);
      expect(lines.length).toBeLessThan(9);
    });

    it("cuts a line that is too long, and says so", async () => {
      await write(log, "x".repeat(40_000), "y".repeat(40_000), "z".repeat(20_000), "\nnext\n");
      const [cut, next] = await texts(log);
      expect(cut).toBe(`${"x".repeat(40_000)}${"y".repeat(25_536)} [34464 more bytes cut off]`);
      expect(next).toBe("next");
    });

    it("never stores a secret, also when it comes in pieces", async () => {
      await write(log, "the password is correct ho", "rse bat", "tery, and not correct horse\n");
      await write(log, `basic ${Buffer.from("kim:correct horse battery").toString("base64")}\n`);
      const [plain, basic] = await texts(log);
      expect(plain).toBe("the password is ***, and not correct horse");
      expect(basic).toMatch(/^basic \S{6}\*\*\*\S{0,3}$/);
    });

    it("shows the last lines", async () => {
      await write(log, Array.from({ length: 1000 }, (_, line) => `line ${line}\n`).join(""));
      expect(await texts(log, 3)).toEqual(["line 997", "line 998", "line 999"]);
      expect(await texts(log, 0)).toEqual([]);
      expect(await texts(log, 5000)).toHaveLength(1000);
    });

    it("goes on with a log that is opened again", async () => {
      await write(log, "one\n");
      await write(log, "two\n");
      expect(await texts(log)).toEqual(["one", "two"]);
    });

    it("lets two writers share a log, line by line", async () => {
      const [first, second] = [logs.open(log), logs.open(log)];
      first.write("one ");
      second.write("two\n");
      first.write("three\n");
      await first.close();
      second.write("four\n");
      await second.close();
      expect(await texts(log)).toEqual(["two", "one three", "four"]);
    });

    it("can be read while it is written", async () => {
      const writer = logs.open(log);
      writer.write("one\n");
      expect(await texts(log)).toEqual(["one"]);
      writer.write("two\n");
      expect(await texts(log, 1)).toEqual(["two"]);
      await writer.close();
    });

    it("ignores what comes after the end", async () => {
      const writer = logs.open(log);
      writer.write("one\n");
      await writer.close();
      writer.write("two\n");
      await writer.close();
      expect(await texts(log)).toEqual(["one"]);
    });

    it("lists the logs of a deployment in the order of its plan", async () => {
      const names: LogName[] = [
        { deployment: "01J0", track: "prepare", step: 2, host: "@server" },
        { deployment: "01J0", track: "prepare", step: 10, host: "web-1" },
        { deployment: "01J0", track: "rollout", step: 0, host: "web-1" },
        { deployment: "01J0", track: "rollout", step: 0, host: "web-2" },
        { deployment: "01J0", track: "roll-back", step: 0, host: "web-1" },
      ];
      for (const name of names.toReversed()) await write(name, "x\n");
      await write({ ...log, deployment: "01J1" }, "other\n");

      expect(await logs.list("01J0")).toEqual(names);
      expect(await logs.list("unknown")).toEqual([]);
      expect(await read({ ...log, deployment: "unknown" })).toEqual([]);
    });

    it("keeps logs apart, whatever hosts and deployments are called", async () => {
      const odd = [
        "..",
        ".",
        "",
        "/",
        "../../etc/passwd",
        "a/b",
        "a~b",
        "a b",
        "ä",
        "%",
        "\0",
        "\n",
        "x".repeat(300),
        `${"x".repeat(300)}y`,
      ];
      for (const host of odd) await write({ ...log, host }, `host ${JSON.stringify(host)}\n`);
      for (const deployment of odd) await write({ ...log, deployment }, `deployment ${JSON.stringify(deployment)}\n`);

      for (const host of odd) expect(await texts({ ...log, host })).toEqual([`host ${JSON.stringify(host)}`]);
      for (const deployment of odd) {
        expect(await texts({ ...log, deployment })).toEqual([`deployment ${JSON.stringify(deployment)}`]);
        expect(await logs.list(deployment)).toEqual([{ ...log, deployment }]);
      }
      expect((await logs.list(log.deployment)).map(({ host }) => host).toSorted()).toEqual(odd.toSorted());
    });
  });
}
