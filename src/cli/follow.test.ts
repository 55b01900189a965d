import { describe, expect, it } from "vitest";

import { CanaryJournal, canarySteps } from "../../test/support/canary-journal.ts";
import { fakeClient, viewOf } from "../../test/support/fake-client.ts";
import type { FakeClient } from "../../test/support/fake-client.ts";
import { FakeShell, settled, signalbox } from "../../test/support/fake-shell.ts";
import type { FakeShellOptions } from "../../test/support/fake-shell.ts";
import { readGolden } from "../../test/support/golden-journal.ts";
import type { Recorded } from "../core/deployment.ts";
import { run } from "./program.ts";

const deploy = "deploy orders -e production";
const journalOf = (name: string): readonly Recorded[] => readGolden(name).journal.map(({ next: _, ...rest }) => rest);

/** The journal up to the moment at which the first host is being activated. */
function untilActivation(name: string): readonly Recorded[] {
  const journal = journalOf(name);
  const begun = journal.findIndex(({ event }) => event.kind === "step-started" && event.track === "rollout");
  return journal.slice(0, begun + 1);
}

/** Begins a command and leaves it waiting for the rest of its journal. */
async function begun(
  line: string,
  client: FakeClient,
  options: FakeShellOptions = {},
): Promise<{ readonly shell: FakeShell; readonly done: Promise<number> }> {
  const shell = new FakeShell({ client, ...options });
  const done = run(line.split(" "), shell);
  for (let turn = 0; turn < 20 && !client.calls.some((call) => call.startsWith("watch")); turn += 1) await settled();
  await settled();
  return { shell, done };
}

describe("deploy --no-watch", () => {
  it("returns when the release serves, and says until when what goes on", async () => {
    const client = fakeClient({ journal: new CanaryJournal().upTo(canarySteps.watch).journal });
    const { exitCode, out, err } = await signalbox(`${deploy} --no-watch`, { client });
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^HOST {3}RELEASE/);
    expect(err.replaceAll(/\d\d:\d\d/g, "HH:MM")).toContain(
      "✔ d-12  release 42 serves and is watched until HH:MM; release 41 stays warm until HH:MM\n",
    );
    expect(err).toContain("signalbox watch d-12 --end");
  });

  it("has the times in JSON", async () => {
    const client = fakeClient({ journal: new CanaryJournal().upTo(canarySteps.watch).journal });
    const { out } = await signalbox(`--json ${deploy} --no-watch`, { client });
    expect(JSON.parse(out)).toMatchObject({ exitCode: 0, state: "running", watch: { until: expect.any(Number) } });
  });

  it("stays while the rollout goes on, and to the end without it", async () => {
    const client = fakeClient({ journal: new CanaryJournal().upTo(canarySteps.compare).journal });
    const { shell, done } = await begun(`${deploy} --no-watch`, client);
    client.record({ kind: "finished", state: "rolled-back", message: "it was worse", behind: [] });
    expect(await done).toBe(1);
    expect(shell.err.text).toContain("it was worse");

    const other = fakeClient({ journal: new CanaryJournal().upTo(canarySteps.watch).journal });
    const following = await begun(deploy, other);
    other.record({ kind: "finished", state: "succeeded", message: "", behind: [] });
    expect(await following.done).toBe(0);
    expect(following.shell.err.text).toContain("✔ d-12 succeeded");
  });

  it("needs a server that goes on watching", async () => {
    const client = fakeClient({ journal: journalOf("rolling") });
    const { exitCode, err } = await signalbox(`${deploy} --no-watch --local`, { client, carriedBy: "here" });
    expect([exitCode, client.calls]).toEqual([2, []]);
    expect(err).toContain("--no-watch needs a server");
  });
});

describe("following a deployment", () => {
  it.each([
    ["rolling", 0],
    ["second-host-reverts", 1],
    ["superseded", 3],
    ["withdrawn", 3],
    ["unknown-stays", 4],
    ["unreachable-before", 6],
    ["unreachable-in-rollout-tolerated", 8],
  ])("of %s ends with %i", async (name, expected) => {
    const { exitCode } = await signalbox(deploy, { client: fakeClient({ journal: journalOf(name) }) });
    expect(exitCode).toBe(expected);
  });

  it("prints the table as data, everything else as progress", async () => {
    const { out, err } = await signalbox(deploy, { client: fakeClient({ journal: journalOf("second-host-reverts") }) });
    expect(out).toMatch(/^HOST {3}RELEASE/);
    expect(err).toContain("web-1: activate release 42 done");
    expect(err).toContain("↩ d-12 failed and rolled back");
    expect(err).not.toContain("\u001B");
  });

  it("paints on a terminal, and leaves only the verdict", async () => {
    const client = fakeClient({ journal: journalOf("rolling") });
    const { err } = await signalbox(deploy, { client, terminal: { columns: 100, rows: 24 } });
    const last = err.slice(err.lastIndexOf("\u001B[J") + 3);
    expect(err).toContain("orders@production");
    expect(last).toMatch(/^(?:\u001B\[32m)?✔ d-12 succeeded/);
  });

  it("prints the events as they are with --json=lines", async () => {
    const journal = journalOf("rolling");
    const { out } = await signalbox(`${deploy} --json=lines`, { client: fakeClient({ journal }) });
    expect(
      out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(journal);
  });

  it("prints one object at the end with --json", async () => {
    const { out } = await signalbox(`${deploy} --json`, { client: fakeClient({ journal: journalOf("rolling") }) });
    expect(JSON.parse(out)).toMatchObject({ state: "succeeded", exitCode: 0, deployment: { number: 12 } });
  });

  it("goes away without waiting with --no-wait", async () => {
    const client = fakeClient({ journal: untilActivation("rolling") });
    const { out, exitCode } = await signalbox(`${deploy} --no-wait`, { client });
    expect([out, exitCode]).toEqual(["d-12\n", 0]);
  });

  it("refuses --no-wait where nobody else would carry the deployment", async () => {
    const client = fakeClient({ journal: journalOf("rolling") });
    const { exitCode, err } = await signalbox(`${deploy} --no-wait --local`, { client, carriedBy: "here" });
    expect([exitCode, client.calls]).toEqual([2, []]);
    expect(err).toContain("Nothing was requested.");
  });

  it("stops waiting after the timeout, with 7", async () => {
    const client = fakeClient({ journal: untilActivation("rolling") });
    const { shell, done } = await begun(`${deploy} --timeout 10m`, client);
    await shell.pass(600_000);
    expect(await done).toBe(7);
    expect(shell.err.text).toContain("Not done after 10 m; d-12 goes on. signalbox watch d-12 shows it again.");
    expect(client.calls).not.toContain("pause");
  });
});

describe("Ctrl-C", () => {
  it("only detaches from a server, and says how to come back", async () => {
    const client = fakeClient({ journal: untilActivation("rolling") });
    const { shell, done } = await begun(deploy, client);
    await shell.interrupt();
    expect(await done).toBe(130);
    expect(shell.err.text).toContain("Detached: d-12 goes on at the server. signalbox watch d-12");
    expect(client.calls.some((call) => call.startsWith("pause"))).toBe(false);
  });

  it("finishes the host that is being changed and pauses where this process carries the deployment", async () => {
    const client = fakeClient({ journal: untilActivation("second-host-reverts") });
    const { shell, done } = await begun(`${deploy} --local`, client, { carriedBy: "here" });
    await shell.interrupt();
    expect(shell.err.text).toContain("Finishing the hosts that are being changed, then d-12 pauses.");
    expect(shell.err.text).not.toContain("no host is being changed");
    const outcome = { kind: "done", changed: true } as const;
    client.record({ kind: "host-done", track: "rollout", step: 0, host: "web-1", attempt: 1, outcome });
    expect(await done).toBe(130);
    expect(shell.err.text).toContain(
      "d-12 is paused; no host is being changed. signalbox resume d-12 --local goes on.",
    );
  });

  it("leaves at once the second time", async () => {
    const client = fakeClient({ journal: untilActivation("second-host-reverts") });
    const { shell, done } = await begun(`${deploy} --local`, client, { carriedBy: "here" });
    await shell.interrupt();
    await shell.interrupt();
    expect(await done).toBe(130);
    expect(shell.err.text).toContain("Stopped at once.");
  });

  it("pauses at once while nothing is being changed yet", async () => {
    const client = fakeClient({ journal: journalOf("rolling").slice(0, 4) });
    const { shell, done } = await begun(`${deploy} --local`, client, { carriedBy: "here" });
    await shell.interrupt();
    expect(await done).toBe(130);
  });
});

describe("watch", () => {
  const view = viewOf(journalOf("rolling").slice(0, 5));

  it("takes the only deployment under way", async () => {
    const client = fakeClient({ journal: journalOf("rolling"), deployments: [view] });
    const { err, exitCode } = await signalbox("watch", { client });
    expect(err).toContain("Took d-12 (orders@production): the only one under way.");
    expect(exitCode).toBe(0);
  });

  it("asks which one where there are several", async () => {
    const client = fakeClient({ deployments: [view, { ...view, number: 13, service: "billing" }] });
    const { err, exitCode } = await signalbox("watch", { client });
    expect(err).toContain("d-12 (orders@production), d-13 (billing@production) are under way");
    expect(exitCode).toBe(2);
  });
});
