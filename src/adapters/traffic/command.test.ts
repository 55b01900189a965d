import { describe, expect, it } from "vitest";

import { aTarget } from "../../../test/support/targets.ts";
import type { CommandTraffic } from "../../core/traffic.ts";
import type { Programs } from "../../ports/programs.ts";
import type { TrafficChange } from "../../ports/traffic.ts";
import { Command } from "./command.ts";

const traffic: CommandTraffic = {
  kind: "command",
  run: ["balancer"],
  limitSeconds: 20,
  shares: true,
  drain: { graceSeconds: 0, deadlineSeconds: 10, longLived: "wait" },
};
const target = aTarget({ traffic });

/** A load balancer with the four members of the target, all in rotation on blue. */
function aBalancer(behaviour: { readonly deaf?: true; readonly down?: string; readonly fails?: string } = {}) {
  const words = new Map([
    ["active", "blue"],
    ["share", "0"],
  ]);
  for (const side of ["blue", "green"]) {
    for (const host of ["web-1", "web-2"]) words.set(`member.${side}/${host}`, side === "blue" ? "in" : "out");
  }
  const asked: string[] = [];
  const programs: Programs = {
    async run([, verb, ...wanted], { onOutput }) {
      if (verb === behaviour.fails) {
        onOutput("first\nno rights\n", "stderr");
        return 1;
      }
      if (verb === "set") {
        asked.push(wanted.join(" "));
        for (const word of behaviour.deaf === true ? [] : wanted) words.set(...(word.split("=") as [string, string]));
        return 0;
      }
      onOutput("a warning that is no state\n", "stderr");
      for (const [key, value] of words) onOutput(`${key}=${value}\n`, "stdout");
      if (behaviour.down !== undefined) onOutput(`up.${behaviour.down}=no\n`, "stdout");
      return 0;
    },
  };
  const command = new Command({ programs, addressOf: () => undefined, upWithinSeconds: 0 });
  const change = (wanted: TrafficChange, of = target) => command.change(of, wanted).catch((error: unknown) => error);
  return { asked, command, change, rotationOf: (member: string) => words.get(`member.${member}`) };
}

describe("traffic by a command", () => {
  it("is told what is wanted in one call, and read back", async () => {
    const { asked, change, command } = aBalancer();
    const wanted = { active: "green", share: 0, members: { "green/web-1": "in", "blue/web-1": "out" } } as const;
    expect(await change(wanted)).toEqual([]);
    expect(asked).toEqual(["active=green share=0 member.green/web-1=in member.blue/web-1=out"]);
    expect((await command.states(target))[0]).toMatchObject({
      active: "green",
      members: { "blue/web-1": { rotation: "out" }, "green/web-1": { rotation: "in" } },
    });
  });

  it("is told nothing when everything is so already, but a new time to come back", async () => {
    const { asked, change } = aBalancer();
    await change({ active: "blue", members: { "blue/web-1": "in", "green/web-1": "draining" } });
    expect(asked).toEqual([]);
    await change({ members: { "green/web-1": "out" }, backAfterSeconds: 900 });
    expect(asked).toEqual(["member.green/web-1=out back-after=900"]);
  });

  it("is not believed when nothing has changed", async () => {
    const refused = await aBalancer({ deaf: true }).change({ share: 500 });
    expect(refused).toMatchObject({ name: "ProxyFailed", mayHaveChanged: true });
    expect((refused as Error).message).toContain("the share is 0 instead of 500");
  }, 20_000);

  it("is told to take back a member that is not called up", async () => {
    const { change, rotationOf } = aBalancer({ down: "green/web-1" });
    const refused = await change({ members: { "green/web-1": "in" } });
    expect(refused).toMatchObject({ name: "ProxyFailed", mayHaveChanged: false });
    expect((refused as Error).message).toContain("green/web-1");
    expect(rotationOf("green/web-1")).toBe("out");
  });

  it("is told of nobody that it does not know", async () => {
    const { asked, change } = aBalancer();
    expect(await change({ members: { "blue/web-9": "out" } })).toMatchObject({ mayHaveChanged: false });
    expect(asked).toEqual([]);
  });

  it.each([
    ["state", false],
    ["set", true],
  ] as const)("fails with its last words when %s does", async (verb, mayHaveChanged) => {
    const refused = await aBalancer({ fails: verb }).change({ share: 500 });
    expect(refused).toMatchObject({ name: "ProxyFailed", mayHaveChanged });
    expect((refused as Error).message).toContain(`"${verb}" ended with 1: no rights`);
  });

  it.each([{ active: "green" }, { share: 1 }] as const)("refuses %j without shares", async (wanted) => {
    const { asked, change } = aBalancer();
    const refused = await change(wanted, aTarget({ traffic: { ...traffic, shares: false } }));
    expect(refused).toMatchObject({ name: "ProxyFailed", mayHaveChanged: false });
    expect(asked).toEqual([]);
  });
});
