import { describe, expect, it, onTestFinished } from "vitest";

import type { LoadResult } from "../../testbed/load/result.ts";
import { attachTestbed } from "../../testbed/testbed.ts";
import { openWorkshop } from "../../testbed/workshop.ts";
import { adapters, rows, storyOf } from "./traffic-rows.ts";
import type { Adapter } from "./traffic-rows.ts";
import type { TrafficFigures } from "./traffic-run.ts";
import { failuresOf, promise, trafficTable } from "./traffic-table.ts";

const phase = { from: 0, requests: 500, failed: 0, releases: {}, p50: 1.25, p90: 2, p99: 7, longest: 9 };

function figures(title: string, adapter: Adapter, change: Partial<TrafficFigures> = {}, failed = 0): TrafficFigures {
  const seen: LoadResult = {
    requests: 1000,
    failed,
    failuresByKind: failed === 0 ? {} : { "status 503": failed },
    examples: [],
    phases: { before: phase, during: { ...phase, p99: 11 } },
    releases: {},
    posts: { sent: [], acknowledged: [] },
    webSockets: { opened: 8, refused: [], cut: [], openAtTheEnd: 8, echoes: 80 },
    users: [],
    lag: { p99: 1.5, longest: 20 },
  };
  const row = rows.find((one) => one.title === title)!;
  const times = { deploymentSeconds: [9, 11, 10], backSeconds: [], bothSeconds: [0.004] };
  return { adapter, row, seen, doubled: 0, lost: 0, trouble: undefined, ...times, ...change };
}

describe("the traffic benchmark", () => {
  it.each(adapters.flatMap((adapter) => rows.map((row) => ({ adapter, row, title: row.title }))))(
    "has a configuration without a mistake: $adapter, $title",
    async ({ adapter, row }) => {
      const host = { port: 22, user: "deploy", hostKey: `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${"A".repeat(43)}` };
      const keys = { identityFile: "/tmp/key", rootIdentityFile: "/tmp/root" };
      const hosts = ["web-1", "web-2", "lb-1"].map((name, index) => {
        return { name, index, address: `10.0.0.${11 + index}`, ...host, ...keys };
      });
      const common = { run: "sbx-0", controllerAddress: "10.0.0.1", knownHostsFile: "", sshConfigFile: "", image: "" };
      const bed = attachTestbed({ ...common, memoryBytes: 0, diskBytes: 0, hosts });
      const workshop = await openWorkshop(bed, storyOf(row, adapter, ["web-1", "web-2"], "lb-1"));
      onTestFinished(() => workshop.close());

      // Both read the whole configuration first, and say what is wrong with it.
      await expect(workshop.prepareHosts([])).resolves.toBeUndefined();
      await expect(workshop.prepareProxies([])).resolves.toBeUndefined();
    },
  );

  it("holds when nobody noticed anything that nobody may notice", () => {
    const all = [
      figures("naive restart", "haproxy", {}, 50),
      figures("rolling", "haproxy"),
      figures("rolling", "nginx", {}, 3),
    ];

    expect(promise(all)).toEqual({
      holds: true,
      sentence: "HAProxy, where nobody may notice: 0 of 1000 requests failed, 0 POSTs were done twice, 0 were lost.",
    });
    expect(failuresOf(all)).toEqual(["haproxy, naive restart: 50 × status 503.", "nginx, rolling: 3 × status 503."]);
  });

  it.each([
    ["a request failed", figures("canary", "haproxy", {}, 1)],
    ["a POST was done twice", figures("rolling", "haproxy", { doubled: 1 })],
    ["an acknowledged POST is lost", figures("rolling", "haproxy", { lost: 1 })],
    ["a deployment did not succeed", figures("blue-green", "haproxy", { trouble: "it failed" })],
  ])("does not hold when %s", (_, one) => {
    expect(promise([figures("rolling", "haproxy"), one]).holds).toBe(false);
  });

  it("promises nothing without a row that could break it", () => {
    expect(promise([figures("rolling", "nginx")]).sentence).toContain("0 of 0 requests");
  });

  it("is shown with medians, and a dash where nothing was measured", () => {
    const [, , line] = trafficTable([figures("blue-green", "haproxy")]).split("\n");
    const shown = line!.split("|").map((cell) => cell.trim());

    expect(shown.slice(1, -1)).toEqual(
      "haproxy blue-green 3 1000 0 0 0 0 1.3 1.3 - 7.0 11.0 - 0.00 10.0 - 1.5".split(" "),
    );
  });
});
