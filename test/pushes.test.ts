import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import type { Git } from "../src/ports/git.ts";
import { requestDeploy } from "../src/deployments/request-by-name.ts";
import { eventually } from "./support/eventually.ts";
import { serveHttp, serveSsh } from "./support/git-server.ts";
import type { PushWorldOptions, TestPushWorld } from "./support/push-world.ts";
import { aPushWorld, hookSecret } from "./support/push-world.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function opened(options?: PushWorldOptions): Promise<TestPushWorld> {
  const pushes = await aPushWorld(options);
  closing.push(pushes.close);
  pushes.office.begin();
  // The comparison at the start is over.
  await pushes.office.healNow();
  return pushes;
}

/** The git that there is, with another way to the tips. */
function withTips(git: Git, tips: Git["tips"]): Git {
  return new Proxy(git, {
    get: (_, name) => (name === "tips" ? tips : (Reflect.get(git, name) as () => unknown).bind(git)),
  });
}

/** Sends what a signed sender would. */
async function deliver(
  { url }: TestPushWorld,
  body: string,
  { hook = "plain", id = "1", secret = hookSecret, time = Math.floor(Date.now() / 1000) } = {},
): Promise<{ readonly status: number; readonly said: string }> {
  const signature = createHmac("sha256", secret).update(`${id}.${time}.${body}`).digest("base64");
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(time),
    "webhook-signature": `v1,${signature}`,
  };
  const answer = await fetch(`${url}/hooks/${hook}`, { method: "POST", headers, body });
  return { status: answer.status, said: await answer.text() };
}

const aBody = ({ repository }: TestPushWorld, before: string, after: string, ref = "refs/heads/main"): string =>
  JSON.stringify({ repository: repository.bare, pusher: { login: "lee" }, changes: [{ ref, before, after }] });

describe("a real push", { timeout: 60_000 }, () => {
  it("over SSH deploys the tip by itself, told by the hook of the repository", async () => {
    const sshd = await serveSsh();
    closing.push(() => sshd.close());
    const pushes = await opened({
      source: async ({ bare }) => ({
        git: `${sshd.url}${bare}`,
        identityFile: sshd.identityFile,
        hostKeys: [sshd.hostKey],
      }),
    });
    await pushes.installHook();
    const { repository } = pushes;
    const ssh = `ssh -i ${sshd.identityFile} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null`;
    await repository.git("config", "core.sshCommand", ssh);
    const revision = await repository.push("main", { a: "1" }, { to: `${sshd.url}${repository.bare}` });
    await eventually(async () => ((await pushes.asked("dev")).length > 0 ? true : undefined));
    expect(await pushes.asked("dev")).toEqual([["hook:plain", revision, "preparing"]]);
  });

  it("over HTTP does as well", async () => {
    let url = "";
    const pushes = await opened({
      source: async (_, directory) => {
        const http = await serveHttp(directory);
        closing.push(() => http.close());
        url = `${http.url}/orders.git`;
        return { git: url };
      },
    });
    await pushes.installHook();
    const revision = await pushes.repository.push("main", { a: "1" }, { to: url });
    await eventually(async () => ((await pushes.asked("dev")).length > 0 ? true : undefined));
    expect(await pushes.asked("dev")).toEqual([["hook:plain", revision, "preparing"]]);
  });

  it("is put down to the person whom this server knows", async () => {
    const pushes = await opened();
    const person = { login: "lee", set: { name: "Lee", commitMails: ["Lee@acme.example"] } };
    await pushes.world.store.people.write([person], [], 1);
    const revision = await pushes.repository.push("main", { a: "1" });
    const body = { repository: pushes.repository.bare, pusher: { login: "somebody", mail: "lee@acme.example" } };
    const changes = [{ ref: "refs/heads/main", before: "0".repeat(40), after: revision }];
    expect(await deliver(pushes, JSON.stringify({ ...body, changes }))).toMatchObject({ status: 202 });
    await pushes.settled();
    expect(await pushes.asked("dev")).toEqual([["lee", revision, "preparing"]]);
    const [deployment] = await pushes.world.store.deployments({});
    const [first] = await pushes.world.store.journal(deployment!.id);
    expect(first?.event).toMatchObject({ request: { pushedBy: "lee" } });
  });

  it("is put down to all who pushed before it was looked at", async () => {
    const pushes = await aPushWorld();
    closing.push(pushes.close);
    for (const login of ["kim", "lee"]) await pushes.world.store.people.write([{ login, set: {} }], [], 1);
    const { repository } = pushes;
    const revisions = ["0".repeat(40)];
    for (const text of ["1", "2", "3", "4"]) revisions.push(await repository.push("main", { a: text }));
    for (const [index, login] of ["kim", "kim", "stranger", "lee"].entries()) {
      const changes = [{ ref: "refs/heads/main", before: revisions[index], after: revisions[index + 1] }];
      const body = JSON.stringify({ repository: repository.bare, pusher: { login }, changes });
      expect(await deliver(pushes, body, { id: String(index) })).toMatchObject({ status: 202 });
    }
    // Tips are compared as well, and who compares does not know who pushed.
    await pushes.office.healNow();
    pushes.office.begin();
    await pushes.settled();
    expect(await pushes.asked("dev")).toEqual([["lee", revisions[4], "preparing"]]);
    const [deployment] = await pushes.world.store.deployments({});
    const [first] = await pushes.world.store.journal(deployment!.id);
    expect(first?.event).toMatchObject({ request: { pushedBy: "lee", alsoPushedBy: ["kim"] } });
  });
});

describe("the script for plain git servers", () => {
  it("has nothing to say for shellcheck, and refuses a secret that others can read", async () => {
    const check = spawnSync("shellcheck", ["examples/post-receive"], { encoding: "utf8" });
    expect(check.error === undefined ? check.stdout : "").toBe("");
    const pushes = await opened();
    await pushes.installHook();
    spawnSync("chmod", ["644", `${pushes.directory}/hook-secret`]);
    await pushes.repository.push("main", { a: "1" });
    expect(await pushes.world.store.pushes.list({})).toEqual([]);
  });

  it("says all refs of a push, whatever they are called", async () => {
    const pushes = await opened();
    await pushes.installHook();
    const names = ["기능/주문", 'quo"te', "dollar$(touch)"];
    for (const name of names) await pushes.repository.push(name, { [name.slice(0, 2)]: "x" });
    const listed = await pushes.world.store.pushes.list({});
    expect(listed.flatMap((one) => one.pushes.map(({ ref }) => ref.name)).toReversed()).toEqual(names);
  });
});

describe("news in any order", { timeout: 60_000 }, () => {
  it("never take an environment back, and the newest tip wins", async () => {
    const pushes = await opened();
    const { repository } = pushes;
    const first = await repository.push("main", { a: "1" });
    const second = await repository.push("main", { a: "2" });
    await deliver(pushes, aBody(pushes, first, second), { id: "2" });
    await pushes.settled();
    await deliver(pushes, aBody(pushes, "0".repeat(40), first), { id: "1" });
    await pushes.settled();
    expect((await pushes.asked("dev")).map(([, revision]) => revision)).toEqual([second]);
    // Sent again under another id, and again with the same one.
    for (const id of ["2", "3"]) expect((await deliver(pushes, aBody(pushes, first, second), { id })).status).toBe(202);
    await pushes.settled();
    expect(await pushes.asked("dev")).toHaveLength(1);
  });

  it("do not undo what a person asked for by name", async () => {
    const pushes = await opened();
    const { repository, world, settings } = pushes;
    const first = await repository.push("main", { a: "1" });
    const second = await repository.push("main", { a: "2" });
    const origin = { kind: "revision", ref: second } as const;
    await requestDeploy({ service: "orders", environment: "dev", origin }, "kim", { world, settings });
    await deliver(pushes, aBody(pushes, first, second));
    await pushes.settled();
    await pushes.office.healNow();
    expect((await pushes.asked("dev")).map(([by]) => by)).toEqual(["kim"]);
  });

  it("that are many take one look", async () => {
    let looks = 0;
    const pushes = await aPushWorld({
      change: ({ git }) => ({
        git: withTips(git, (...asked: Parameters<typeof git.tips>) => {
          looks += 1;
          return git.tips(...asked);
        }),
      }),
    });
    closing.push(pushes.close);
    const tip = await pushes.repository.push("main", { a: "1" });
    const ids = Array.from({ length: 50 }, (_, index) => String(index));
    const answers = await Promise.all(
      ids.map((id) => deliver(pushes, aBody(pushes, id.padStart(40, "a"), tip), { id })),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(50);
    // As after a start: another office finds in the store what the first one was told.
    pushes.newOffice().begin();
    await pushes.settled();
    expect(await pushes.asked("dev")).toHaveLength(1);
    // The one for the deliveries, and the one of the healing at the start.
    expect(looks).toBeLessThanOrEqual(2);
  });

  it("that never come are made up for by comparing tips", async () => {
    const pushes = await opened();
    const revision = await pushes.repository.push("main", { a: "1" });
    await pushes.office.healNow();
    await pushes.office.healNow();
    expect(await pushes.asked("dev")).toEqual([["signalbox", revision, "preparing"]]);
  });

  it("wait for a git server that does not answer", async () => {
    let isDown = true;
    const pushes = await opened({
      change: ({ git }) => ({
        git: withTips(git, async (...asked: Parameters<typeof git.tips>) => {
          if (isDown) throw new Error("no answer");
          return git.tips(...asked);
        }),
      }),
    });
    const revision = await pushes.repository.push("main", { a: "1" });
    await deliver(pushes, aBody(pushes, "0".repeat(40), revision));
    const waiting = await eventually(async () =>
      (await pushes.world.store.pushes.list({})).find(({ tries }) => tries > 0),
    );
    expect(waiting).toMatchObject({ state: "waiting", said: ["orders@dev: no answer"] });
    isDown = false;
    await pushes.world.store.pushes.settle([waiting.id], { kind: "again", at: 0, error: "" });
    pushes.office.wake();
    await pushes.settled();
    expect((await pushes.asked("dev")).map(([, asked]) => asked)).toEqual([revision]);
  });
});

describe("rules", { timeout: 60_000 }, () => {
  const environments = `
  dev:
    deploys: { branches: [main, "release/*"], paths: { exclude: [docs/**] }, on: push }
    hosts: [dev-1]
    services: { orders: {} }
  stage:
    deploys: { tags: [v*], on: push }
    hosts: [stage-1]
    services: { orders: {} }
`;

  it("send branches here and tags there, and leave out what does not count", async () => {
    const pushes = await opened({ environments });
    const { repository } = pushes;
    await pushes.installHook();
    const revisions = async (environment: string): Promise<readonly string[]> => {
      await pushes.settled();
      return (await pushes.asked(environment)).map(([, revision]) => revision);
    };
    const first = await repository.push("main", { "src/a": "1" });
    expect([await revisions("dev"), await revisions("stage")]).toEqual([[first], []]);
    const docs = await repository.push("main", { "docs/a": "1" });
    expect(await revisions("dev")).toEqual([first]);
    const { known } = await pushes.world.store.pushes.place("orders", "dev", "refs/heads/main");
    expect(known).toMatchObject({ seen: docs, requested: { revision: first } });
    await repository.push("other", { "src/a": "3" });
    expect(await revisions("dev")).toEqual([first]);
    await repository.tag("v1", docs);
    expect([await revisions("dev"), await revisions("stage")]).toEqual([[first], [docs]]);
    const release = await repository.push("release/1", { "src/a": "4" });
    expect(await revisions("dev")).toEqual([first, release]);
    // Comparing tips finds nothing that was not dealt with.
    await pushes.office.healNow();
    expect([await revisions("dev"), await revisions("stage")]).toEqual([[first, release], [docs]]);
  });

  it("deploy only the newest of the tags that nobody told of", async () => {
    const pushes = await aPushWorld({ environments });
    closing.push(pushes.close);
    const { repository } = pushes;
    for (const version of ["1", "2", "3"])
      await repository.tag(`v${version}`, await repository.push("other", { version }));
    const newest = await repository.git("rev-parse", "HEAD");
    await pushes.office.healNow();
    await pushes.office.healNow();
    expect((await pushes.asked("stage")).map(([, revision]) => revision)).toEqual([newest]);
  });
});

describe("whoever does not know the secret", { timeout: 60_000 }, () => {
  it("gets the same answer whatever is wrong, and leaves nothing behind", async () => {
    const pushes = await opened({ hooks: "  unset: { github: { secrets: [NOT_SET] } }" });
    const tip = await pushes.repository.push("main", { a: "1" });
    const body = aBody(pushes, "0".repeat(40), tip);
    const wrong = [
      await deliver(pushes, body, { secret: "another secret, also long" }),
      await deliver(pushes, body, { hook: "nobody" }),
      await deliver(pushes, body, { hook: "unset" }),
      await deliver(pushes, body, { time: 1 }),
      await deliver(pushes, body, { hook: "%00" }),
    ];
    expect(new Set(wrong.map(({ status, said }) => `${status} ${said}`)).size).toBe(1);
    expect(wrong[0]!.status).toBe(404);
    const get = await fetch(`${pushes.url}/hooks/plain`);
    expect([get.status, await get.text()]).not.toContain(405);
    expect(await pushes.world.store.pushes.list({})).toEqual([]);
    expect(await pushes.asked("dev")).toEqual([]);
  });

  it("is not listened to for more than a webhook may be long", async () => {
    const pushes = await opened();
    const long = "x".repeat(1024 * 1024 + 1);
    expect([await deliver(pushes, long), await deliver(pushes, long, { hook: "nobody" })]).toMatchObject([
      { status: 413 },
      { status: 413 },
    ]);
  });

  it("does not keep those out who know it", async () => {
    const pushes = await opened();
    const tip = await pushes.repository.push("main", { a: "1" });
    const forged = Array.from({ length: 80 }, (_, id) =>
      deliver(pushes, "{}", { id: String(id), secret: "a wrong secret, long" }),
    );
    const signed = Array.from({ length: 10 }, (_, id) =>
      deliver(pushes, aBody(pushes, String(id).padStart(40, "a"), tip), { id: `signed ${id}`.replace(" ", "-") }),
    );
    expect((await Promise.all(signed)).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 202));
    expect(new Set((await Promise.all(forged)).map(({ status }) => status))).toEqual(new Set([404]));
  });
});

describe("a secret", () => {
  it("is changed without losing a webhook: the old and the new one count", async () => {
    const pushes = await opened();
    const { secrets } = pushes.world;
    const next = "the next secret of this hook";
    const ping = JSON.stringify({ event: "ping" });
    expect((await deliver(pushes, ping, { secret: next })).status).toBe(404);
    await secrets.put({ name: "NEXT_HOOK", environment: null, service: null, value: next, by: "kim" });
    await eventually(async () => ((await deliver(pushes, ping, { secret: next })).status === 200 ? true : undefined));
    expect((await deliver(pushes, ping)).status).toBe(200);
  });
});

describe("the forge", { timeout: 60_000 }, () => {
  async function aForge(pushesFailing: number) {
    const shown: string[] = [];
    const pages: string[] = [];
    let failing = pushesFailing;
    const api = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const { state, context, description, target_url: page = "" } = JSON.parse(body) as Record<string, string>;
        expect(request.headers.authorization).toBe("Bearer token-of-the-forge");
        shown.push(`${request.url} ${context} ${state} ${description}`);
        pages.push(page);
        failing -= 1;
        response.writeHead(failing >= 0 ? 500 : 201).end();
      });
    });
    await new Promise<void>((resolve) => {
      api.listen(0, "127.0.0.1", resolve);
    });
    closing.push(() => void api.close());
    return { shown, pages, url: `http://127.0.0.1:${(api.address() as AddressInfo).port}` };
  }

  /** The repository as the forge calls it, and the forge's token. */
  async function openedAt(url: string) {
    const pushes = await opened({
      hooks: `  forge: { github: { secrets: [HOOK], token: FORGE, api: "${url}" } }`,
      source: async (_, directory) => {
        const http = await serveHttp(directory);
        closing.push(() => http.close());
        symlinkSync(".", join(directory, "acme"));
        return { git: `${http.url}/acme/orders.git` };
      },
    });
    const token = { name: "FORGE", environment: null, service: null, value: "token-of-the-forge", by: "kim" };
    await pushes.world.secrets.put(token);
    return pushes;
  }

  it("is shown what becomes of a commit, and again when it did not answer", async () => {
    const { shown, pages, url } = await aForge(1);
    const pushes = await openedAt(url);
    const first = await pushes.repository.push("main", { a: "1" });
    await pushes.office.healNow();
    const [deployment] = await pushes.world.store.deployments({});
    const pending = (revision: string, number: number): string =>
      `/repos/acme/orders/statuses/${revision} signalbox/orders@dev pending orders@dev: d-${number} is preparing`;
    const later = await eventually(async () => {
      return (await pushes.world.store.pushes.openReports(deployment!.id)).find(({ tries }) => tries > 0);
    });
    await pushes.world.store.pushes.settleReport(later.id, { kind: "again", at: 0, error: "" }, 0);
    await eventually(async () => (shown.length > 1 ? true : undefined));
    expect(shown).toEqual([pending(first, 1), pending(first, 1)]);
    expect(pages[0]).toBe(`https://deploy.example.com/deployments/${deployment!.id}`);

    const second = await pushes.repository.push("main", { a: "2" });
    await pushes.office.healNow();
    await eventually(async () => (shown.length > 3 ? true : undefined));
    expect(shown.slice(2)).toEqual(
      expect.arrayContaining([
        pending(second, 2),
        expect.stringMatching(`statuses/${first} signalbox/orders@dev failure orders@dev: d-1 is superseded: `),
      ]),
    );
  });

  it("is shown a push that cannot be deployed, once", async () => {
    const { shown, url } = await aForge(0);
    const pushes = await openedAt(url);
    await pushes.repository.push("main", { "signalbox.service.yml": "prot: 80\n" });
    await pushes.office.healNow();
    await eventually(async () => (shown.length > 0 ? true : undefined));
    await pushes.office.healNow();
    expect(shown).toEqual([expect.stringMatching(/signalbox\/orders@dev failure orders@dev: .*prot/)]);
    expect(await pushes.asked("dev")).toEqual([]);
  });
});
