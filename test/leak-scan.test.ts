import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import { afterAll, describe, expect, it } from "vitest";

import { eventually } from "./support/eventually.ts";
import { LeakScan } from "./support/leak-scan.ts";

const root = mkdtempSync(path.join(tmpdir(), "leak-scan-"));
afterAll(() => rmSync(root, { recursive: true }));

const value = 'p?~> "ä/%+x';
const scan = new LeakScan({ DB: value, OTHER: "not there at all" });

describe("a scan for planted secrets", () => {
  it.each([
    ["itself", `x${value}y`],
    ["itself, within JSON", JSON.stringify({ value })],
    ["URL", `?a=${encodeURIComponent(value)}&`],
    ["hex", Buffer.from(value).toString("hex")],
    ["base64 at 0", Buffer.from(value).toString("base64")],
    ["base64 at 1", Buffer.from(`a${value}bc`).toString("base64")],
    ["base64 at 2", Buffer.from(`ab${value}c`).toString("base64")],
    ["base64url at 1", Buffer.from(`a${value}bc`).toString("base64url")],
  ])("finds one as %s", (form, text) => {
    expect(scan.inText("there", text)).toContainEqual({ where: "there", secret: "DB", form });
  });

  it("finds none where there is none, and never says what it looks for", () => {
    expect(scan.inText("there", "p?~> and other text")).toEqual([]);
    expect(JSON.stringify(scan.inText("there", value))).not.toContain("p?~>");
  });

  it("finds those in files, at the border of what is read at once, and in rows of databases", async () => {
    const big = Buffer.alloc(17 * 1024 * 1024, "x");
    big.write(value, 8 * 1024 * 1024 - 5);
    writeFileSync(path.join(root, "big"), big);
    expect(await scan.inDirectory(root)).toContainEqual({
      where: path.join(root, "big"),
      secret: "DB",
      form: "itself",
    });
    const file = path.join(root, "some.db");
    const database = new DatabaseSync(file);
    database.exec("create table messages (body text)");
    database.prepare("insert into messages values (?)").run(`${"long ".repeat(20_000)}${value}`);
    database.close();
    expect(scan.inDatabase(file)).toEqual([{ where: `${file}, table messages`, secret: "DB", form: "itself" }]);
  });

  it("finds those in the arguments of processes", async () => {
    const watch = scan.watchArguments(20);
    const child = spawn("sleep", ["60"], { argv0: `sleep-${value}` });
    await eventually(async () => (watch.saw(`sleep-p?~>`) ? true : undefined));
    child.kill();
    await once(child, "exit");
    const leaks = await watch.stop();
    expect(leaks.map(({ secret }) => secret)).toEqual(["DB"]);
  });
});
