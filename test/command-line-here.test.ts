import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { systemClock } from "../src/adapters/clock/system.ts";
import { openSqliteStore } from "../src/adapters/store/sqlite.ts";
import { CommandLine } from "./support/command-line.ts";

const configuration = `
hosts:
  web-1: { address: 10.0.0.11, user: deploy }
services:
  orders: { unit: { exec: ["java", "-jar", "orders.jar"], user: orders }, port: 8080 }
environments:
  production: { services: { orders: { hosts: [web-1] } } }
`;

describe("the engine in the process of a command", () => {
  let directory: string;
  let dataDirectory: string;
  let cli: CommandLine;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "signalbox-here-"));
    dataDirectory = path.join(directory, "data");
    const configFile = path.join(directory, "signalbox.yml");
    await writeFile(configFile, configuration);
    cli = new CommandLine({ configFile, dataDirectory });
  });
  afterEach(async () => rm(directory, { recursive: true }));

  const openStore = async () => openSqliteStore({ directory: dataDirectory, clock: systemClock, reserveBytes: 4096 });

  it(
    "does not begin where another process has the store and does not answer, and says which",
    { timeout: 60_000 },
    async () => {
      const store = await openStore();
      const said = await cli.run(["status"]);
      await store.close();

      expect(said.stderr).toContain(`is in use by process ${process.pid} since`);
      expect(said).toMatchObject({ code: 5, stdout: "" });
    },
  );

  it("begins as soon as the one before it has ended", { timeout: 60_000 }, async () => {
    const store = await openStore();
    const going = cli.begin(["status"]);
    setTimeout(() => void store.close(), 2_500);

    expect(await going.ended).toMatchObject({ code: 0, stdout: expect.stringContaining("orders") });
  });
});
