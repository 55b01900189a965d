import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { approvalEngine, type ApprovalEngine } from "../../../test/support/approval-engine.ts";
import { aPolicy } from "../../../test/support/approvals.ts";
import { Repository } from "../../../test/support/git-server.ts";
import { aRelease, aTarget } from "../../../test/support/targets.ts";
import { systemGit } from "../../adapters/git/index.ts";
import { PLAN_FORMAT } from "../../core/plan.ts";
import type { Deployment } from "../../core/deployment.ts";
import type { Source } from "../../core/service.ts";
import { Journal } from "../journal.ts";
import { request } from "../request.ts";
import { whoElsePushed, whoWrote } from "./authors.ts";
import { riskOf } from "./risk.ts";

describe("what a deployment brings", () => {
  let engine: ApprovalEngine;
  let source: Source;
  const revisions: string[] = [];

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), "authors-"));
    const repository = await Repository.create(directory, "shop");
    for (const text of ["1", "2", "3"]) revisions.push(await repository.push("main", { "a.txt": text, [text]: text }));
    source = { git: repository.bare, branch: "main", submodules: false, hostKeys: [] };
    engine = await approvalEngine(({ clock }) => ({ git: systemGit({ directory: join(directory, "data"), clock }) }));
    await engine.world.git.fetch(source, "main", { signal: AbortSignal.timeout(10_000), log: () => {} });
  });
  afterAll(async () => engine.close());

  async function deployed(
    environment: string,
    revision: string,
    end: boolean,
    pushed: { readonly pushedBy?: string; readonly alsoPushedBy?: readonly string[] } = {},
  ): Promise<Deployment> {
    const { world } = engine;
    const target = aTarget({ environment, source, strategy: { kind: "recreate", options: {} } });
    const release = { ...aRelease(revisions.indexOf(revision) + 1), revision };
    const asked = { kind: "deploy", service: "orders", environment, by: "dev", ...pushed } as const;
    const id = await request(asked, target, { kind: "release", release }, world, aPolicy());
    const journal = await Journal.open(world, id);
    if (!end) return journal.deployment;
    const plan = { format: PLAN_FORMAT, kind: "deploy", targets: [{ target, release, before: {}, goal: {} }] } as const;
    const planned = { kind: "rollout-planned", release, plan: { ...plan, steps: [] }, digest: "d" } as const;
    const finished = { kind: "finished", state: "succeeded", message: "", behind: [] } as const;
    const row = { service: "orders", environment, release, deployment: id, verdict: "good" } as const;
    await journal.decide([planned, finished], { releases: [row] });
    return journal.deployment;
  }

  it("is told with its commits, files, authors and what is known of it elsewhere", async () => {
    const [first = "", , third = ""] = revisions;
    expect(await riskOf(await deployed("production", first, false), engine.world)).toMatchObject([
      { kind: "first-deployment" },
      { kind: "not-proven" },
    ]);
    await deployed("production", first, true);
    await deployed("stage", third, true);
    engine.clock.forward(60_000);
    const next = await deployed("production", third, false);
    expect(await whoWrote(next, engine.world)).toEqual([]);
    const before = await riskOf(next, engine.world);
    expect(before).toMatchObject([
      { kind: "commits", count: 2, authors: ["Kim"], more: false },
      { kind: "files", count: 3 },
      { kind: "authors-unknown", names: ["Kim"] },
      { kind: "proven-in", environment: "stage", seconds: expect.any(Number) },
      { kind: "since-last", seconds: expect.any(Number) },
    ]);
    await engine.setPerson("kim", { commitMails: ["Kim@Example.com"] });
    expect(await whoWrote(next, engine.world)).toEqual(["kim"]);
    expect((await riskOf(next, engine.world)).map(({ kind }) => kind)).not.toContain("authors-unknown");
  });

  it("is of everybody who pushed since what serves was asked for", async () => {
    const [first = "", second = "", third = ""] = revisions;
    const push = async (revision: string, pushedBy: string, alsoPushedBy?: readonly string[], end = false) =>
      deployed("live", revision, end, { pushedBy, ...(alsoPushedBy === undefined ? {} : { alsoPushedBy }) });
    await push(first, "old", undefined, true);
    await push(second, "kim", ["han"]);
    const next = await push(third, "lee", ["lee", "park"]);
    expect(await whoElsePushed(next, engine.world)).toEqual(["han", "kim", "park"]);
    expect(await whoElsePushed(await deployed("live", third, false), engine.world)).toEqual([
      "han",
      "kim",
      "lee",
      "park",
    ]);
    await push(third, "lee", undefined, true);
    expect(await whoElsePushed(await push(third, "moon"), engine.world)).toEqual([]);
  });

  it("is not silently taken for nothing when the commits can't be read", async () => {
    const next = await deployed("production", revisions[2]!, false);
    const lost = { ...next, revision: "0".repeat(40) };
    expect(await riskOf(lost, engine.world)).toContainEqual({ kind: "authors-unknown", names: [] });
  });
});
