/** What root's program on proxies makes of a state and a change, without a proxy. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

const text = readFileSync(new URL("signalbox-proxy", import.meta.url), "utf8");
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "proxy-tests-"));
  writeFileSync(join(directory, "functions"), text.slice(0, text.indexOf("# ---- The commands, ")));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** web-1 has one copy on both sides, web-2.b one for each. */
const members = " blue/web-1=a:1 blue/web-2.b=b:1 green/web-1=a:1 green/web-2.b=b:2";

/** Who is in rotation after a change. */
function merged(was: string, words: string): string {
  const program = '. "$0"; members=$1 was=$2; merge "$3" 7; echo $rotation';
  const { stdout, stderr } = spawnSync("dash", ["-c", program, join(directory, "functions"), members, was, words], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return stdout.trim();
}

const out = "member.blue/web-1=out member.blue/web-2.b=out member.green/web-1=out member.green/web-2.b=out";

describe("one copy that is on both sides", () => {
  it.each([
    ["blue", "green"],
    ["green", "blue"],
  ])("leaves %s when it comes in on %s, whoever is active", (from, to) => {
    for (const active of ["blue", "green"]) {
      const was = `active=${active} share=0 ${out.replace(`${from}/web-1=out`, `${from}/web-1=in`)}`;
      const after = merged(was, `member.${to}/web-1=in`);
      expect(after.split(" ").filter((word) => word.endsWith("=in"))).toEqual([`${to}/web-1=in`]);
    }
  });

  it("comes back on the active side where its time is over on both", () => {
    const words = "member.blue/web-1=in member.green/web-1=in member.blue/web-2.b=in member.green/web-2.b=in";
    const backs = (active: string): string => merged(`active=${active} share=0 ${out}`, words);
    expect(backs("blue")).toBe("blue/web-1=in blue/web-2.b=in green/web-1=out green/web-2.b=in");
    expect(backs("green")).toBe("blue/web-1=out blue/web-2.b=in green/web-1=in green/web-2.b=in");
  });
});
