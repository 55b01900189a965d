/** What every forge has to do: the same story of one repository, told by each in its own words, and lies about it. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { PushEvent } from "../core/trigger-push.ts";
import { isRefName, pushKey } from "../core/trigger-push.ts";
import { isSameRepository, repositoryIdentity } from "../core/trigger-repository.ts";
import type { Delivery, DeliveryHeaders, Forge, Reading } from "./forge.ts";
import { ReportRefused, largestDelivery } from "./forge.ts";

/** What the payloads of all forges tell. */
export const story = {
  repository: "acme/orders",
  branch: "main",
  tag: "v1.2.0",
  unicodeBranch: "기능/주문-개선",
  none: "0".repeat(40),
  before: "5b1e0c9a7d3f42618e0b94c7a2d5f6830e1c7b94",
  after: "c4a87d20f1b94e3c85d6a07b9e21f3d8460c5e7a",
  login: "kim",
  mail: "kim@acme.example",
  author: { login: "lee", mail: "lee@acme.example", name: "이서연" },
  paths: ["src/orders.ts", "docs/설명서.md", "src/old.ts"],
  delivery: "72d3162e-cc78-11e3-81ab-4c9367dc0958",
  secret: "a secret of this hook, quite long",
  now: 1_764_000_000_000,
} as const;

/** A delivery before it is signed. */
export interface Sample {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface ForgeKit {
  readonly forge: Forge;
  /** The headers that are added to a delivery of the story's time. */
  sign(body: Uint8Array, secret: string): DeliveryHeaders;
  readonly samples: Readonly<
    Record<"push" | "tag" | "created" | "deleted" | "rewritten" | "unicode" | "other", Sample>
  >;
  /** A push of more commits than are listed, where that happens. */
  readonly cutOff?: Sample;
  readonly ping?: Sample;
  /** What this forge tells of a push. */
  readonly tells: Readonly<Record<"forced" | "paths" | "authors" | "mail", boolean>>;
  /** What is signed: the body, and with it id and time; or nothing but a token is sent along. */
  readonly signs: "token" | "body" | "body-and-time";
}

const bytes = (payload: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(payload));

/** Any UTF-16, halves of characters too. */
const anyText = fc
  .array(fc.integer({ min: 0, max: 0xff_ff }), { maxLength: 50 })
  .map((units) => String.fromCharCode(...units));

/** Everything that is promised of what is read, whatever it was read from. */
export function expectSound(reading: Reading): void {
  if (reading.kind === "ping") return;
  if (reading.kind !== "pushes") {
    expect(reading.reason).toMatch(/^[\x20-\x7e]{1,200}$/);
    return;
  }
  expect(reading.pushes.length).toBeGreaterThan(0);
  for (const push of reading.pushes) {
    expect(isRefName(push.ref.name)).toBe(true);
    expect(push.repository.addresses.length).toBeGreaterThan(0);
    for (const address of push.repository.addresses) expect(repositoryIdentity(address)).toBeDefined();
    for (const revision of [push.before, push.after])
      if (revision !== undefined) expect(revision).toMatch(/^(?!0+$)(?:[0-9a-f]{40}|[0-9a-f]{64})$/);
    expect(push.change === "deleted").toBe(push.after === undefined);
    for (const person of [push.pusher, ...push.authors])
      for (const text of Object.values(person)) expect(text).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,400}$/u);
  }
}

export function describeForge(name: string, kit: ForgeKit): void {
  const { forge, samples, tells, signs } = kit;
  const deliver = ({ headers, payload }: Sample, secret: string = story.secret): Delivery => {
    const body = bytes(payload);
    return { headers: { "content-type": "application/json", ...headers, ...kit.sign(body, secret) }, body };
  };
  const verify = (delivery: Delivery, secrets: readonly string[] = [story.secret], now: number = story.now): string => {
    const verification = forge.verify(delivery, secrets, now);
    return verification.kind === "accepted" ? `accepted ${verification.secret}` : verification.because;
  };
  const onlyPush = (sample: Sample): PushEvent => {
    const reading = forge.read(deliver(sample));
    expectSound(reading);
    expect(reading).toMatchObject({ kind: "pushes", delivery: story.delivery });
    const pushes = reading.kind === "pushes" ? reading.pushes : [];
    expect(pushes).toHaveLength(1);
    return pushes[0]!;
  };

  describe(`${name}: who sent it`, () => {
    const good = deliver(samples.push);

    it("takes what was signed with the secret", () => {
      expect(verify(good)).toBe("accepted 0");
    });

    it("takes both secrets while one takes the place of the other, and says which one it was", () => {
      expect(verify(good, ["another secret, as long as it", story.secret])).toBe("accepted 1");
      expect(verify(good, [story.secret, "another secret, as long as it"])).toBe("accepted 0");
    });

    it("refuses everything without a secret, or with one that could be guessed", () => {
      expect(verify(good, [])).toBe("no-secret");
      for (const weak of ["", "short", "whsec_", "whsec_c2hvcnQ="])
        expect([
          verify(deliver(samples.push, weak), [weak]),
          verify(deliver(samples.push, weak), [weak, story.secret]),
        ]).toEqual(["no-secret", expect.stringMatching(/^(no|wrong)-signature$/)]);
    });

    it("refuses what was signed with another secret, or not at all", () => {
      expect(verify(deliver(samples.push, "another secret, as long as it"))).toBe("wrong-signature");
      expect(verify({ ...good, headers: samples.push.headers })).toBe("no-signature");
    });

    it("refuses signatures that are cut, empty, doubled, in the wrong form or only begin well", () => {
      const signature = Object.keys(kit.sign(good.body, story.secret)).at(-1)!;
      const text = String(good.headers[signature]);
      const wrong = ["", text.slice(0, -1), `${text}0`, `0${text}`, `${text},${text}`, text.slice(0, 7), "sha256="];
      for (const one of [...wrong, "x".repeat(5000), "\u0000", [text], [text, text], undefined]) {
        const answer = verify({ ...good, headers: { ...good.headers, [signature]: one } });
        expect([one, answer]).toEqual([one, expect.stringMatching(/^(no|wrong)-signature$/)]);
      }
    });

    it("finds no header in the prototype of the headers", () => {
      const inherited = Object.create(good.headers) as DeliveryHeaders;
      expect(verify({ ...good, headers: inherited })).toBe("no-signature");
    });

    it("refuses a body over the limit before it looks at it", () => {
      const body = new Uint8Array(largestDelivery + 1).fill(32);
      expect(verify({ body, headers: kit.sign(body, story.secret) })).toBe("too-large");
      expect(forge.read({ body, headers: good.headers }).kind).toBe("unreadable");
    });

    it.runIf(signs !== "token")("refuses a body of which one byte is different, is missing, or was added", () => {
      for (const at of [0, 1, good.body.length >> 1, good.body.length - 1]) {
        const changed = Uint8Array.from(good.body);
        changed[at]! ^= 1;
        expect(verify({ ...good, body: changed })).toBe("wrong-signature");
      }
      expect(verify({ ...good, body: good.body.slice(0, -1) })).toBe("wrong-signature");
      expect(verify({ ...good, body: Uint8Array.from([...good.body, 10]) })).toBe("wrong-signature");
    });

    it.runIf(signs === "body-and-time")(
      "refuses an old delivery, one from the future, and one with another id or time",
      () => {
        expect(verify(good, [story.secret], story.now + 299_000)).toBe("accepted 0");
        expect(verify(good, [story.secret], story.now + 301_000)).toBe("stale");
        expect(verify(good, [story.secret], story.now - 301_000)).toBe("stale");
        const later = { ...good.headers, "webhook-timestamp": String(story.now / 1000 + 300) };
        expect(verify({ ...good, headers: later }, [story.secret], story.now + 301_000)).toBe("wrong-signature");
        expect(verify({ ...good, headers: { ...good.headers, "webhook-id": "another" } })).toBe("wrong-signature");
      },
    );
  });

  describe(`${name}: what it says`, () => {
    it("tells where, what, and who", () => {
      const push = onlyPush(samples.push);
      expect(push).toMatchObject({
        repository: { name: story.repository },
        ref: { kind: "branch", name: story.branch },
        change: "moved",
        before: story.before,
        after: story.after,
        forced: tells.forced ? false : "unknown",
        pusher: { login: story.login },
      });
      expect(push.pusher.mail).toBe(tells.mail ? story.mail : undefined);
      const host = repositoryIdentity(push.repository.addresses[0]!)!.split("/")[0]!;
      for (const form of [
        `git@${host}:acme/orders.git`,
        `https://${host}/acme/orders`,
        `ssh://git@${host}/acme/orders`,
      ])
        expect(isSameRepository(push.repository.addresses, form)).toBe(true);
    });

    it("tells the authors and the paths of all commits, or that it does not know them", () => {
      const push = onlyPush(samples.push);
      expect(push.authorsComplete).toBe(tells.authors);
      expect(push.authors).toMatchObject(tells.authors ? [{ name: story.author.name }] : []);
      expect(push.changedPaths === "unknown" ? "unknown" : push.changedPaths.toSorted()).toEqual(
        tells.paths ? story.paths.toSorted() : "unknown",
      );
    });

    it.runIf(kit.cutOff !== undefined)("knows neither all authors nor the paths when commits are left out", () => {
      expect(onlyPush(kit.cutOff!)).toMatchObject({ authorsComplete: false, changedPaths: "unknown" });
    });

    it("tells a tag, a new branch and a deleted one", () => {
      expect(onlyPush(samples.tag)).toMatchObject({ ref: { kind: "tag", name: story.tag }, change: "created" });
      const created = onlyPush(samples.created);
      expect(created).toMatchObject({ change: "created", after: story.after, changedPaths: "unknown" });
      expect(created).toMatchObject({ authorsComplete: false });
      expect(created).not.toHaveProperty("before");
      const deleted = onlyPush(samples.deleted);
      expect(deleted).toMatchObject({ ref: { kind: "branch", name: story.branch }, change: "deleted" });
      expect(deleted).not.toHaveProperty("after");
    });

    it("tells a rewritten branch, as far as the forge does", () => {
      const push = onlyPush(samples.rewritten);
      expect(push).toMatchObject({ change: "moved", forced: tells.forced ? true : "unknown" });
      expect(push.changedPaths === "unknown").toBe(tells.forced || !tells.paths);
    });

    it("keeps names in any script as they are", () => {
      expect(onlyPush(samples.unicode).ref).toEqual({ kind: "branch", name: story.unicodeBranch });
    });

    it("has the same id and the same key for the same push, however often it comes", () => {
      const [first, again] = [deliver(samples.push), deliver(samples.push)];
      expect(forge.read(again)).toEqual(forge.read(first));
      expect(pushKey(onlyPush(samples.push))).toBe(pushKey(onlyPush(samples.push)));
      const keys = [samples.push, samples.tag, samples.created, samples.deleted].map((one) => pushKey(onlyPush(one)));
      expect(new Set(keys).size).toBe(keys.length);
      for (const key of keys) expect(key).toMatch(/^\S+\/acme\/orders refs\/\S+ \S+ \S+$/);
    });

    it("takes nothing from other events", () => {
      expect(forge.read(deliver(samples.other)).kind).toBe("ignored");
    });

    it.runIf(kit.ping !== undefined)("answers a trial", () => {
      expect(forge.read(deliver(kit.ping!))).toMatchObject({ kind: "ping" });
    });
  });

  describe(`${name}: what is no such thing`, () => {
    const readBytes = (body: Uint8Array, headers: DeliveryHeaders = samples.push.headers): Reading => {
      const reading = forge.read({ headers, body });
      expectSound(reading);
      return reading;
    };
    const readText = (text: string): string => readBytes(new TextEncoder().encode(text)).kind;
    const text = JSON.stringify(samples.push.payload);

    it("is unreadable when it is cut off anywhere", () => {
      for (let length = 0; length < text.length; length += 7)
        expect(readText(text.slice(0, length))).toBe("unreadable");
    });

    it("is unreadable when it is no JSON in UTF-8", () => {
      for (const one of [
        "",
        " ",
        "null",
        "[]",
        '"push"',
        "42",
        "true",
        `${text}${text}`,
        `\ufeff${text}`,
        `${text}\u0000`,
      ])
        expect([one.slice(0, 20), readText(one)]).toEqual([one.slice(0, 20), "unreadable"]);
      const broken = new TextEncoder().encode(text);
      broken[broken.length >> 1] = 0xff;
      expect(readBytes(broken).kind).toBe("unreadable");
      const form = { ...samples.push.headers, "content-type": "application/x-www-form-urlencoded" };
      expect(readBytes(new TextEncoder().encode(text), form)).toMatchObject({ reason: expect.stringMatching(/form/) });
    });

    it("is unreadable when it is nested deeply, has endless lists, or a key twice", () => {
      for (const [open, close] of [
        ["[", "]"],
        ['{"a":', "}"],
      ] as const)
        for (const depth of [40, 100_000])
          expect(readText(`{"x":${open.repeat(depth)}1${close.repeat(depth)},${text.slice(1)}`)).toBe("unreadable");
      expect(readText(`{"x":[${"1,".repeat(250_000)}1],${text.slice(1)}`)).toBe("unreadable");
      expect(readText(`{"repository":{},${text.slice(1)}`)).toBe("unreadable");
      expect(readText(`{"\\u0072epository":{},${text.slice(1)}`)).toBe("unreadable");
      expect(readText(`${text.slice(0, -1)},"a":{"b":1,"b":2}}`)).toBe("unreadable");
      expect(readText(`${text.slice(0, -1)},"a":[{"b":1},{"b":2}],"b":"\\",\\"b\\":"}`)).toBe("pushes");
    });

    it("has no power over prototypes", () => {
      const polluted = readText(`{"__proto__":${text},"constructor":{"prototype":${text}}}`);
      expect(polluted).not.toBe("pushes");
      expect(readText(`{"__proto__":{"polluted":true},"toString":1,${text.slice(1)}`)).toBe("pushes");
      expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    });

    it("is never a throw, whatever takes the place of whatever", () => {
      const hostile = fc.oneof(
        fc.constantFrom<unknown>(null, true, -1, 2 ** 60, "", "\u0000\u202e\ud800", "x".repeat(5000), [], [[]], {}, [
          null,
        ]),
        fc.constantFrom<unknown>(
          "refs/heads/../x",
          "refs/heads/-o",
          "refs/pull/1/head",
          "refs/heads/\u200bmain",
          story.none,
        ),
        fc.constantFrom<unknown>(
          "https://evil.example/\u001b[2J",
          "javascript:alert(1)",
          "../..",
          "a/../b",
          "kim\nadmin",
        ),
        anyText,
        fc.jsonValue(),
      );
      const payloads = [...Object.values(samples), ...(kit.ping === undefined ? [] : [kit.ping])];
      fc.assert(
        fc.property(fc.constantFrom(...payloads), fc.nat(), hostile, (sample, which, value) => {
          const places = placesIn(sample.payload);
          const body = bytes(replaced(sample.payload, places[which % places.length]!, value));
          readBytes(body, sample.headers);
        }),
        { numRuns: 500 },
      );
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (body) => void readBytes(body)),
        { numRuns: 100 },
      );
      fc.assert(
        fc.property(fc.json(), (body) => void readText(body)),
        { numRuns: 100 },
      );
    });

    it("takes no odd header for an event or an id", () => {
      for (const name of Object.keys(samples.push.headers))
        for (const value of ["", "\u0000", "a b", "x".repeat(2000), "<script>", ["push"], undefined]) {
          const reading = readBytes(new TextEncoder().encode(text), { ...samples.push.headers, [name]: value });
          expect([story.delivery, undefined]).toContain("delivery" in reading ? reading.delivery : undefined);
        }
    });
  });

  describe.runIf(forge.report !== undefined)(`${name}: what it shows`, () => {
    const report = { ...reportOfStory, state: "failure" } as const;
    const access = { token: "a-token", api: "https://forge.example/api" };

    it("puts the commit into the address and nothing else that anybody else wrote", () => {
      const { method, url, headers, body } = forge.report!(report, access);
      expect(method).toBe("POST");
      expect(new URL(url).origin + new URL(url).pathname).toBe(url);
      expect(url).toContain(`https://forge.example/api/`);
      expect(url).toContain(story.after);
      expect(decodeURIComponent(url)).toContain(`/${story.repository}/`);
      expect(Object.values(headers).filter((value) => value.includes("a-token"))).toHaveLength(1);
      expect(url + body).not.toContain("a-token");
      const sent = Object.values(JSON.parse(body) as Record<string, string>);
      expect(sent).toEqual(expect.arrayContaining([report.url, report.words, "signalbox/orders@dev"]));
    });

    it("has a word for each state", () => {
      const states = (["pending", "success", "failure"] as const).map((state) => {
        const body = JSON.parse(forge.report!({ ...report, state }, access).body) as { state: string };
        return body.state;
      });
      expect(new Set(states).size).toBe(3);
    });

    it("cuts long words to what the forge takes, between characters", () => {
      const body = forge.report!({ ...report, words: "🚦 failed\r\n".repeat(100) }, access).body;
      const { description } = JSON.parse(body) as { description: string };
      expect(description.length).toBeLessThanOrEqual(255);
      expect(description).toMatch(/^(?:🚦 failed ?)+(?:🚦 ?(?:f|fa|fai|fail|faile)?)?…$/u);
    });

    it("refuses what would lead elsewhere", () => {
      const wrong = [
        { repository: "acme/../../user" },
        { repository: "orders" },
        { repository: "acme/orders?x" },
        { repository: "acme/or%2Fders" },
        { revision: "main" },
        { revision: `${story.after}/..` },
        { revision: story.after.slice(1) },
        { url: "javascript:alert(1)" },
        { url: "https://signalbox.example/a b" },
        { url: `https://signalbox.example/${"x".repeat(3000)}` },
        { place: "orders@dev\nx" },
      ];
      for (const one of wrong) expect(() => forge.report!({ ...report, ...one }, access)).toThrow(ReportRefused);
      for (const token of ["", "a\r\nb: c", "tökén"])
        expect(() => forge.report!(report, { ...access, token })).toThrow(ReportRefused);
    });
  });
}

const reportOfStory = {
  repository: story.repository,
  revision: story.after,
  place: "orders@dev",
  url: "https://signalbox.example/deployments/d-184",
  words: "orders@dev: release 42 was rolled back",
} as const;

type Place = readonly (string | number)[];

/** The places of all values in a payload, the inner ones too. */
function placesIn(value: unknown, above: Place = []): readonly Place[] {
  if (typeof value !== "object" || value === null) return [above];
  return [above, ...Object.entries(value).flatMap(([key, one]) => placesIn(one, [...above, key]))];
}

function replaced(value: unknown, [key, ...below]: Place, by: unknown): unknown {
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[key] = replaced(copy[key], below, by);
  return copy;
}
