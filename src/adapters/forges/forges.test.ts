import { createHmac } from "node:crypto";

import { describe, expect, it } from "vitest";

import type { ForgeKind } from "../../core/trigger-hook.ts";
import type { DeliveryHeaders } from "../../ports/forge.ts";
import { outcomeOfReport } from "../../ports/forge.ts";
import { describeForge } from "../../ports/forge.contract.ts";
import type { Sample } from "../../ports/forge-story.contract.ts";
import { story } from "../../ports/forge-story.contract.ts";
import { bitbucket } from "./bitbucket.ts";
import * as bitbucketSays from "./bitbucket.fixture.ts";
import { forgejo, gitea } from "./gitea.ts";
import { samplesOf } from "./gitea.fixture.ts";
import { github } from "./github.ts";
import * as githubSays from "./github.fixture.ts";
import { gitlab } from "./gitlab.ts";
import * as gitlabSays from "./gitlab.fixture.ts";
import { forgeOf } from "./index.ts";
import { forgeOptions } from "./options.ts";
import { signed } from "./signed.ts";
import * as signedSays from "./signed.fixture.ts";

const hexHmac = (body: Uint8Array, secret: string): string => createHmac("sha256", secret).update(body).digest("hex");

/** As the specification "Standard Webhooks" has it. */
function timed(body: Uint8Array, key: string | Buffer): DeliveryHeaders {
  const time = String(story.now / 1000);
  const digest = createHmac("sha256", key).update(`${story.delivery}.${time}.`).update(body).digest("base64");
  return { "webhook-id": story.delivery, "webhook-timestamp": time, "webhook-signature": `v1,${digest}` };
}

const signingKey = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const bodyOf = ({ payload }: Sample): Uint8Array => new TextEncoder().encode(JSON.stringify(payload));
const giteaSays = samplesOf([]);
const forgejoSays = samplesOf(["forgejo"]);

describeForge("GitHub", {
  forge: github,
  sign: (body, secret) => ({ "x-hub-signature-256": `sha256=${hexHmac(body, secret)}` }),
  ...githubSays,
  tells: { forced: true, paths: true, authors: true, mail: true },
  signs: "body",
});

describeForge("GitLab", {
  forge: gitlab,
  sign: (_body, secret) => ({ "x-gitlab-token": secret }),
  ...gitlabSays,
  tells: { forced: false, paths: true, authors: true, mail: true },
  signs: "token",
});

describeForge("Gitea", {
  forge: gitea,
  sign: (body, secret) => ({ "x-gitea-signature": hexHmac(body, secret) }),
  samples: giteaSays,
  ping: giteaSays.ping,
  cutOff: giteaSays.cutOff,
  tells: { forced: false, paths: true, authors: true, mail: true },
  signs: "body",
});

describeForge("Forgejo", {
  forge: forgejo,
  sign: (body, secret) => ({ "x-forgejo-signature": hexHmac(body, secret) }),
  samples: forgejoSays,
  ping: forgejoSays.ping,
  cutOff: forgejoSays.cutOff,
  tells: { forced: false, paths: true, authors: true, mail: true },
  signs: "body",
});

describeForge("Bitbucket Cloud", {
  forge: bitbucket,
  sign: (body, secret) => ({ "x-hub-signature": `sha256=${hexHmac(body, secret)}` }),
  ...bitbucketSays,
  tells: { forced: true, paths: false, authors: true, mail: false },
  signs: "body",
});

describeForge("a signed sender", {
  forge: signed,
  sign: timed,
  ...signedSays,
  tells: { forced: true, paths: true, authors: false, mail: true },
  signs: "body-and-time",
});

describe("GitLab with a signing token", () => {
  const sample = gitlabSays.samples.push;
  const body = bodyOf(sample);
  const signature = timed(body, Buffer.alloc(32, 7));
  const verify = (headers: DeliveryHeaders, secrets: readonly string[], now: number = story.now): unknown =>
    gitlab.verify({ headers, body }, secrets, now);

  it("takes the signature and no token in its place", () => {
    expect(verify(signature, [signingKey])).toEqual({ kind: "accepted", secret: 0 });
    expect(verify({ "x-gitlab-token": signingKey }, [signingKey])).toEqual({
      kind: "refused",
      because: "no-signature",
    });
    expect(verify(signature, [signingKey], story.now + 301_000)).toEqual({ kind: "refused", because: "stale" });
  });

  it("takes either while one takes the place of the other", () => {
    const both = [story.secret, signingKey];
    expect(verify(signature, both)).toEqual({ kind: "accepted", secret: 1 });
    expect(verify({ "x-gitlab-token": story.secret }, both)).toEqual({ kind: "accepted", secret: 0 });
    expect(verify({ "x-gitlab-token": signingKey }, both)).toMatchObject({ kind: "refused" });
  });
});

describe("a signature of Standard Webhooks", () => {
  it("is that of the example in its specification's libraries", () => {
    const body = new TextEncoder().encode('{"test": 2432232314}');
    const headers = {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    };
    const verification = signed.verify(
      { headers, body },
      ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
      1_614_265_330_000,
    );
    expect(verification).toEqual({ kind: "accepted", secret: 0 });
  });

  it("may be one of several", () => {
    const body = bodyOf(signedSays.samples.push);
    const headers = timed(body, story.secret);
    const several = `v1a,abc v1,${"A".repeat(43)}= ${String(headers["webhook-signature"])}`;
    const verify = (signature: string): string =>
      signed.verify({ headers: { ...headers, "webhook-signature": signature }, body }, [story.secret], story.now).kind;
    expect(verify(several)).toBe("accepted");
    expect(verify(`${"v1,x ".repeat(8)}${several}`)).toBe("refused");
  });
});

describe("what only one forge does", () => {
  const read = (forge: typeof github, sample: Sample): unknown =>
    forge.read({ headers: sample.headers, body: bodyOf(sample) });

  it("Gitea: says in another event that a tag is gone, with its short name or the whole one", () => {
    for (const sample of [giteaSays.deletedTag, giteaSays.deletedInFull])
      expect(read(gitea, sample)).toMatchObject({
        pushes: [{ ref: { kind: "tag", name: story.tag }, change: "deleted", pusher: { login: story.login } }],
      });
  });

  it("Gitea: of old versions does not say which paths were changed", () => {
    expect(read(gitea, giteaSays.old)).toMatchObject({
      pushes: [{ changedPaths: "unknown", authorsComplete: false, authors: [{ login: story.author.login }] }],
    });
    expect(read(gitea, giteaSays.withoutFiles)).toMatchObject({ pushes: [{ changedPaths: "unknown" }] });
    expect(read(gitea, giteaSays.withOneList)).toMatchObject({ pushes: [{ changedPaths: [story.paths[0]] }] });
  });

  it("GitLab: hides mail addresses, so that not all authors are known", () => {
    expect(read(gitlab, gitlabSays.redacted)).toMatchObject({
      pushes: [{ authorsComplete: false, authors: [{ name: story.author.name }], pusher: { login: story.login } }],
    });
  });

  it("Bitbucket and signed senders: say several refs at once, and sometimes none", () => {
    const refs = { pushes: [{ ref: { name: story.branch } }, { ref: { name: story.tag } }] };
    expect(read(bitbucket, bitbucketSays.several)).toMatchObject(refs);
    expect(read(signed, signedSays.several)).toMatchObject(refs);
    expect(read(bitbucket, bitbucketSays.without)).toMatchObject({ kind: "ignored" });
  });

  it("any: does not know the paths when the commit that the branch is at now is not in the list", () => {
    const { headers, payload } = githubSays.samples.push;
    const after = "d".repeat(40);
    expect(read(github, { headers, payload: { ...payload, after } })).toMatchObject({
      pushes: [{ after, changedPaths: "unknown", authorsComplete: false }],
    });
  });

  it("GitHub: names the pusher, who need not be the sender", () => {
    const { headers, payload } = githubSays.samples.push;
    const sender = { login: "release-robot[bot]", id: 5 };
    const pushed = { pushes: [{ pusher: { login: story.login, mail: story.mail } }] };
    expect(read(github, { headers, payload: { ...payload, sender } })).toMatchObject(pushed);
    expect(JSON.stringify(read(github, { headers, payload: { ...payload, sender } }))).not.toContain('"id":"5"');
  });

  it("Bitbucket: takes a short key, which stays the same", () => {
    const report = {
      repository: story.repository,
      revision: story.after,
      state: "pending",
      url: "https://signalbox.example/d-1",
      words: "is being deployed",
    } as const;
    const keyOf = (place: string): string =>
      (JSON.parse(bitbucket.report!({ ...report, place }, { token: "t" }).body) as { key: string }).key;
    const long = `${"orders-".repeat(8)}x@production`;
    expect(keyOf("orders@dev")).toBe("signalbox/orders@dev");
    expect(keyOf(long)).toHaveLength(40);
    expect(keyOf(long)).toBe(keyOf(long));
    expect(keyOf(long)).not.toBe(keyOf(`${"orders-".repeat(8)}y@production`));
  });
});

describe("the forges", () => {
  const kinds = Object.keys(forgeOptions) as ForgeKind[];

  it("are all there, each with its options", async () => {
    expect(kinds).toHaveLength(6);
    for (const kind of kinds) expect((await forgeOf(kind)).kind).toBe(kind);
    for (const kind of kinds)
      expect(forgeOptions[kind].parse({ secrets: ["HOOK"] })).toMatchObject({ secrets: ["HOOK"] });
  });

  it("have no hook without a secret, and no API that is not one", () => {
    for (const kind of kinds) {
      for (const secrets of [[], ["A", "B", "C"], ["not a name"], undefined])
        expect(forgeOptions[kind].safeParse({ secrets }).success).toBe(false);
    }
    const isTaken = (api: string): boolean => forgeOptions.gitea.safeParse({ secrets: ["HOOK"], api }).success;
    expect(isTaken("https://git.acme.example/api/v1")).toBe(true);
    expect(isTaken("http://127.0.0.1:3000/api/v1")).toBe(true);
    for (const api of [
      "http://git.acme.example",
      "https://a:b@git.example",
      "https://git.example/",
      "file:///etc",
      "git",
    ])
      expect([api, isTaken(api)]).toEqual([api, false]);
  });

  it("are asked again only when that can help", () => {
    const outcomes = [200, 201, 301, 400, 401, 404, 422, 408, 429, 500, 503].map(outcomeOfReport);
    expect(outcomes).toEqual([
      "shown",
      "shown",
      "refused",
      "refused",
      "refused",
      "refused",
      "refused",
      "again",
      "again",
      "again",
      "again",
    ]);
  });
});
