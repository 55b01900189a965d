/** A freeze that meets an approval: what was approved twice, because its plan changed meanwhile, still goes on by itself. */
import { setTimeout } from "node:timers/promises";

import { afterEach, beforeEach, expect, it } from "vitest";

import { approvalEngine, type ApprovalEngine } from "../../../test/support/approval-engine.ts";
import { aPolicy } from "../../../test/support/approvals.ts";
import { obedientHosts } from "../../../test/support/engine.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { aRelease, aTarget } from "../../../test/support/targets.ts";
import { releaseId } from "../../core/release.ts";
import type { Settings } from "../../core/settings.ts";
import { request } from "../request.ts";
import { setSecret } from "../secrets/keep-secrets.ts";
import { addFreeze, removeFreeze } from "./windows.ts";

const target = aTarget({
  variables: { DB: "${secret:DB}" },
  limits: { floor: 0, tolerate: 0, progressSeconds: 300, load: 0.75 },
});
const settings = { targets: () => [target] } as unknown as Settings;

let engine: ApprovalEngine;
beforeEach(async () => {
  const releases = [1, 2, 3].map((number) => `directory.${releaseId(aRelease(number))}=yes\n`).join("");
  const hosts = obedientHosts(aRelease(1), async (host, { argv }) =>
    argv.some((word) => word.includes("directories-ready"))
      ? { stdout: `machine-id=${host}\n${releases}directories-ready=yes\nexec=/usr/bin/java\n` }
      : undefined,
  );
  engine = await approvalEngine(() => ({ hosts }));
});
afterEach(async () => engine.close());

const secret = async (value: string): Promise<unknown> =>
  setSecret({ name: "DB", environment: null, service: null, by: "kim", value }, engine.world);

it("goes on at the end of its freeze when it was approved once more in it", async () => {
  await secret("the first value");
  const when = { kind: "once", zone: "UTC", from: 0, until: Date.now() + 3_600_000 } as const;
  await addFreeze({ name: "sale", reason: "the sale", when }, "kim", { world: engine.world, settings });
  const { service, environment } = target;
  const asked = { kind: "deploy", service, environment, by: "dev" } as const;
  const id = await request(asked, target, { kind: "release", release: aRelease(1) }, engine.world, aPolicy());
  engine.begin();
  await engine.inState(id, "awaiting-approval");
  const first = (await engine.approvalOf(id)).subject.digest;
  await engine.decide(id, "approve", "kim");
  await engine.inState(id, "queued");

  await secret("the second value");
  await eventually(async () => ((await engine.approvalOf(id)).subject.digest === first ? undefined : true));
  await engine.inState(id, "awaiting-approval");
  await engine.decide(id, "approve", "lee");
  await eventually(async () => ((await engine.look(id)).approval?.given === undefined ? undefined : true));
  await setTimeout(100);
  const { epoch, frozen, state } = await engine.look(id);
  expect([epoch, state, frozen?.sentence]).toEqual([undefined, "queued", expect.stringContaining("sale")]);

  await removeFreeze("sale", "kim", { world: engine.world, settings });
  await eventually(async () => ((await engine.look(id)).epoch === undefined ? undefined : true));
});
