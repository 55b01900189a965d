/** Values that were once in the server's hands, on their way out by what hosts and programs say. */
import { afterEach, describe, expect, it } from "vitest";

import { isActivation, obedientHosts, testEngine } from "../../../test/support/engine.ts";
import type { TestEngine } from "../../../test/support/engine.ts";
import { aRelease, aTarget } from "../../../test/support/targets.ts";
import type { Command } from "../../ports/hosts.ts";
import { serviceLog } from "../service-log.ts";

const value = "planted?value/1";
const forms = [value, Buffer.from(`x${value}`).toString("base64").slice(2), encodeURIComponent(value)];

describe("what a host says", () => {
  let engine: TestEngine;
  afterEach(async () => engine.close());

  async function begin(answer: (command: Command) => Promise<object | undefined>): Promise<void> {
    engine = await testEngine(() => ({ hosts: obedientHosts(aRelease(1), async (_host, command) => answer(command)) }));
    await engine.world.secrets.put({ name: "DB", environment: null, service: null, value, by: "kim" });
  }

  it("about a failure is in the journal without secrets", async () => {
    await begin(async (command) => {
      if (isActivation(command))
        return { code: 1, stdout: `error=failed\nmessage=cannot log in with ${forms.join()}\n` };
      if (command.argv.includes("journal")) return { stdout: `password ${forms[1]}\n` };
      return undefined;
    });
    engine.begin();
    const id = await engine.restart();
    await engine.ended(id);
    const journal = JSON.stringify(await engine.world.store.journal(id));
    expect(journal).toContain("cannot log in with ***,");
    for (const form of forms) expect(journal).not.toContain(form);
    const summary = await engine.world.store.summary(id);
    expect(summary?.message).not.toContain("planted");
  });

  it("in the log of its service is shown without secrets, wherever chunks are cut", async () => {
    const text = `one ${forms.join(" two ")} three\nfour ${value}`;
    for (const at of [1, 2, 3, 5, 7, 11]) {
      await begin(async ({ argv, onOutput }) => {
        if (!argv.includes("journal")) return undefined;
        for (let from = 0; from < text.length; from += at) onOutput?.(text.slice(from, from + at), "stdout");
        return {};
      });
      const lines: string[] = [];
      const options = { lines: 10, follow: false, signal: new AbortController().signal };
      await serviceLog(aTarget(), ["web-1"], { ...options, onLine: (_host, line) => lines.push(line) }, engine.world);
      expect([at, lines[0]?.startsWith("one *** two"), lines[0]?.endsWith("two *** three"), lines[1]]).toEqual([
        at,
        true,
        true,
        "four ***",
      ]);
      for (const form of forms) expect(lines.join("\n")).not.toContain(form);
      await engine.close();
    }
    engine = await testEngine();
  });
});
