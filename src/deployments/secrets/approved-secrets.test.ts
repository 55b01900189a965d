import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { approvalEngine } from "../../../test/support/approval-engine.ts";
import type { ApprovalEngine } from "../../../test/support/approval-engine.ts";
import { aPolicy } from "../../../test/support/approvals.ts";
import { obedientHosts } from "../../../test/support/engine.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { aRelease, aTarget } from "../../../test/support/targets.ts";
import { releaseId } from "../../core/release.ts";
import { request } from "../request.ts";
import { setSecret } from "./keep-secrets.ts";

const shared = { name: "DB", environment: null, service: null, by: "kim" };
const target = aTarget({
  variables: { DB: "${secret:DB}" },
  limits: { floor: 0, tolerate: 0, progressSeconds: 300, load: 0.75 },
});

describe("an approval of a plan with secrets", () => {
  let engine: ApprovalEngine;
  beforeEach(async () => {
    // Hosts that have the artifact already, whatever number its release gets.
    const releases = [1, 2, 3].map((number) => `directory.${releaseId(aRelease(number))}=yes\n`).join("");
    const hosts = obedientHosts(aRelease(1), async (host, { argv }) =>
      argv.some((word) => word.includes("directories-ready"))
        ? { stdout: `machine-id=${host}\n${releases}directories-ready=yes\nexec=/usr/bin/java\n` }
        : undefined,
    );
    engine = await approvalEngine(() => ({ hosts }));
    await setSecret({ ...shared, value: "the first value" }, engine.world);
  });
  afterEach(async () => engine.close());

  async function waiting(): Promise<string> {
    const { service, environment } = target;
    const asked = { kind: "deploy", service, environment, by: "dev" } as const;
    const policy = aPolicy({ rule: { kind: "people", count: 2, people: ["kim", "lee", "moon"] } });
    const id = await request(asked, target, { kind: "release", release: aRelease(1) }, engine.world, policy);
    engine.begin();
    await engine.inState(id, "awaiting-approval");
    return id;
  }

  it("is void with another version, and asked for again by itself", async () => {
    const id = await waiting();
    const before = await engine.approvalOf(id);
    await engine.decide(id, "approve", "kim");

    await setSecret({ ...shared, value: "the second value" }, engine.world);
    const after = await eventually(async () => {
      const approval = await engine.approvalOf(id);
      return approval.subject.digest === before.subject.digest ? undefined : approval;
    });
    expect(after.approvals).toEqual([]);
    expect((await engine.look(id)).rollout?.targets[0].secrets?.map(({ version }) => version)).toEqual(["2"]);

    // Whoever looks at the old plan still can't approve by it.
    const old = { kind: "approve", digest: before.subject.digest } as const;
    await expect(engine.decideAs(id, old, "lee")).rejects.toMatchObject({ code: expect.any(String) });
    await engine.decide(id, "approve", "kim");
    await engine.decide(id, "approve", "lee");
    const { epoch } = await eventually(async () => {
      const deployment = await engine.look(id);
      return deployment.epoch === undefined ? undefined : deployment;
    });
    expect(epoch).toBeGreaterThan(0);
  });

  it("stays while its secrets do", async () => {
    const id = await waiting();
    const { digest } = (await engine.approvalOf(id)).subject;
    await engine.decide(id, "approve", "kim");
    await setSecret({ ...shared, name: "ANOTHER", value: "of no concern" }, engine.world);
    await setSecret({ ...shared, environment: "dev", value: "of another place" }, engine.world);
    await engine.decide(id, "approve", "lee");
    const approval = await engine.approvalOf(id);
    expect([approval.subject.digest, approval.ended?.end.kind]).toEqual([digest, "approved"]);
  });
});
