/** Two deployments of a service that come to be asked about in the same moment: people are asked about the newer one. */
import { afterEach, beforeEach, expect, it } from "vitest";

import { approvalEngine, type ApprovalEngine } from "../../../test/support/approval-engine.ts";
import type { Change } from "../../ports/store.ts";
import { runDeployment } from "../run.ts";
import { abort, pause } from "../steer.ts";
import { listApprovals } from "./find.ts";

let engine: ApprovalEngine;
/** Done by somebody else right before a change is written. */
let meanwhile: ((change: Change) => Promise<void>) | undefined;
beforeEach(async () => {
  meanwhile = undefined;
  engine = await approvalEngine(({ store }) => ({
    store: {
      ...store,
      async commit(change) {
        await meanwhile?.(change);
        await store.commit(change);
      },
    },
  }));
});
afterEach(async () => engine.close());

const carry = async (id: string): Promise<void> => runDeployment(id, engine.world, AbortSignal.timeout(4_000));

/** The first one was approved and is held up; both others have come since. */
async function three(): Promise<readonly [string, string, string]> {
  const first = await engine.deploy();
  await carry(first);
  await pause(first, "dev", engine.world);
  await engine.decide(first, "approve", "kim");
  const second = await engine.deploy({}, {}, "/2");
  await carry(second);
  const third = await engine.deploy({}, {}, "/3");
  await abort(first, "dev", "not today", engine.world);
  await carry(first);
  return [first, second, third];
}

it("asks about the newer one alone when both are free at once", async () => {
  const [, second, third] = await three();
  meanwhile = async ({ approvals = [] }) => {
    if (!approvals.some(({ after }) => after.subject.deployment === second)) return;
    meanwhile = undefined;
    await carry(third);
  };
  await carry(second);
  expect((await listApprovals({ open: true }, engine.world)).map(({ subject }) => subject.deployment)).toEqual([third]);
  expect((await engine.look(second)).state).toBe("superseded");
});
