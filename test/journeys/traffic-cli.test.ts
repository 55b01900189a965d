import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Testbed } from "../../testbed/testbed.ts";
import { greeter, openWorkshop } from "../../testbed/workshop.ts";
import type { Workshop } from "../../testbed/workshop.ts";
import { CommandLine } from "../support/command-line.ts";
import type { Going, Said } from "../support/command-line.ts";
import { cleanHost, sharedHosts } from "../support/shared-hosts.ts";

const hosts = ["web-1", "web-2"] as const;
const proxy = "lb-1";
const place = ["greeter", "-e", "production"];
const health = { http: "/healthz", within: "5s", stable: "0s", successes: 1, version: "/version" };
const environments = {
  production: {
    watch: { for: "20s" },
    services: {
      greeter: {
        hosts,
        limits: { load: "100%" },
        traffic: { haproxy: { hosts: [proxy], bind: 8080 }, drain: { grace: "0s", within: "10s" } },
      },
    },
  },
};

let bed: Testbed;
let workshop: Workshop;
let cli: CommandLine;
beforeAll(async () => {
  bed = sharedHosts();
  await Promise.all([...hosts, proxy].map(async (name) => cleanHost(bed.host(name))));
  workshop = await openWorkshop(bed, { services: [greeter({ health })], environments });
  cli = new CommandLine(workshop);
});
afterAll(async () => workshop?.close());

/** The exit code is the claim; what was said shows why it is another one. */
function expectCode(code: number, said: Said): Said {
  if (said.code !== code) throw new Error(`ended with ${said.code}, not ${code}:\n${said.stderr}\n${said.stdout}`);
  return said;
}
const rootOf = (name: string) => ["--run", "--as", "root", "--identity", bed.host(name).facts.rootIdentityFile];

describe("the command line with a proxy", () => {
  it("says what the proxy's host lacks, and sets it up", async () => {
    for (const name of hosts) expectCode(0, await cli.run(["hosts", "prepare", name, ...rootOf(name)]));
    const sick = expectCode(4, await cli.run(["doctor", proxy]));
    expect(sick.stdout).toContain(`signalbox traffic install ${proxy}`);
    expectCode(0, await cli.run(["traffic", "install", proxy, ...rootOf(proxy)]));
    expectCode(0, await cli.run(["doctor", proxy]));
  });

  it("shows the proxy, and the plan over it", async () => {
    const shown = expectCode(0, await cli.run(["traffic", "show", ...place]));
    expect(shown.stdout).toContain(`${proxy}  blue has all traffic`);
    const plan = expectCode(0, await cli.run(["plan", ...place, "--build"]));
    expect(plan.stdout).toContain("drain web-1: out of rotation");
    expect(plan.stdout).toContain("watch 20 s");
  });

  /** Begins a deployment, and lets it go on however busy the machine of this test is. */
  async function begin(): Promise<Going> {
    const going = cli.begin(["deploy", ...place]);
    await going.says("the rollout begins");
    expectCode(0, await cli.run(["override", "--reason", "the machine has other work"]));
    return going;
  }

  it("deploys through it, and watches", async () => {
    const said = expectCode(0, await (await begin()).ended);
    expect(said.stderr).toMatch(/watch release 1 until \d\d:\d\d/);
    expect(said.stderr).toContain("the capacity guard no longer holds it");
  });

  it("ends a watch when somebody has seen enough, and counts what was seen", async () => {
    await workshop.repository("greeter").commit({ version: "2.0.0", behaviour: {} });
    const going = await begin();
    await going.says("watch release 2 until");
    const status = expectCode(0, await cli.run(["status", ...place, "--live"]));
    expect(status.stdout).toMatch(/blue has all traffic; watched until \d\d:\d\d/);
    expectCode(0, await cli.run(["watch", "--end"]));
    const said = expectCode(0, await going.ended);
    expect(said.stderr).toMatch(/asked from outside [\d,]+ times, 0 failed/);
  });
});
